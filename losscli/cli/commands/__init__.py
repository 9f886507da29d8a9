"""The commands: one file each, called as the command, which holds its Typer ``app``. Nothing else lists them."""
