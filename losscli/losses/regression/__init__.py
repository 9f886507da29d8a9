"""Losses between real predictions and real targets."""
