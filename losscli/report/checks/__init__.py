"""Verdicts in, text out. A renderer a file, each a function from Verdicts and significant digits to text."""
