"""Predictions compared on the same samples: what was given for each, and what their differences come to.

Statistics in, numbers out; nothing here reads a file or computes a loss.
"""
