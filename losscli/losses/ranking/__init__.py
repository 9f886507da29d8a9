"""Losses on the order of the items of a query."""
