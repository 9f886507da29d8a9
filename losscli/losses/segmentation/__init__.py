"""Losses on masks of images."""
