"""Distributions in, text out. A renderer a file, each a function from a Distribution and digits to text."""
