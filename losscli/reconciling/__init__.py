"""Which convention gives a number that somebody reported: settings enumerated, simplest first, and what agrees."""
