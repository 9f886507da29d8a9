"""Plan, block loop, reduction. Nothing here knows a loss by name."""
