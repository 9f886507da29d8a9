"""The program's entry, for the console script and ``python -m losscli``: signals first, and only then the imports."""

import gc
import os
import sys

OBJECTS = 200_000
"""Objects that may come to be between two searches for garbage: twice as many as a small run makes."""

try:
    from losscli.cli import signals
except KeyboardInterrupt:  # during this import itself
    os.write(2, b"Interrupted.\n")
    os._exit(130)


def main() -> None:
    """Run the program."""
    signals.take()
    # Imports make no cyclic garbage worth a search: a tenth of a small run (measured). What runs long is searched all
    # the same, now and then.
    gc.set_threshold(OBJECTS)
    try:
        from losscli.cli.app import main
    except (ImportError, MemoryError, OSError) as error:
        sys.exit(_broken(error))
    main()


def _broken(error: Exception) -> int:
    told = f"Error: losscli cannot start ({type(error).__name__}: {error})."
    sys.stderr.write(" ".join(told.split()) + "\n")
    return 2


if __name__ == "__main__":
    main()
