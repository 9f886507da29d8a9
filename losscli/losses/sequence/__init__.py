"""Losses of sequences: tokens one after the other, labels without an alignment."""
