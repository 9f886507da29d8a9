"""Losses of forecasts, which know the series up to the forecast."""
