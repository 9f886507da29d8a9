"""Losses on vectors that should lie near or far from one another."""
