"""Random files, losses, command lines and signals, held against other programs; ``python -m tests.fuzz --help``."""
