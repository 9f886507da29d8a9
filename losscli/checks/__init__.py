"""Gates: limits that a loss must keep to, and the verdicts on them. Results in, verdicts out; nothing here computes."""
