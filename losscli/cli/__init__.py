"""The command line: a file a command; no arithmetic and no parsing of data."""
