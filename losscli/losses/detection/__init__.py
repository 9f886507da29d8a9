"""Losses of boxes around objects."""
