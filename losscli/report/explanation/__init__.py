"""Explanations in, text out. A renderer a file, each a function from an Explanation and digits to text."""
