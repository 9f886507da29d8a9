"""Comparisons in, text out. A renderer a file, each a function from Comparisons and significant digits to text."""
