"""Losses of class scores and probabilities against labels."""
