"""Losses of times until an event, which some samples do not live to see."""
