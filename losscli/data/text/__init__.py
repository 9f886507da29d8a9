"""Delimited text (CSV, TSV, white space): one grammar, and two readers of it, a lean one and one that streams."""
