"""What holds of every command line, whatever it asks for."""

from __future__ import annotations

from itertools import pairwise

from shell import Ran


def broken(ran: Ran) -> str | None:
    """The first law that a finished command broke."""
    if ran.code not in (0, 2):
        return f"exit code {ran.code}"
    for word in ("Traceback", "internal error", "panicked"):
        if word in ran.err:
            return f"{word}: {ran.err.strip()[-300:]}"
    errors = [line for line in ran.errors if line.startswith("Error: ")]
    if ran.code == 0:
        strange = next((line for before, line in pairwise(["", *ran.errors]) if not _fits(before, line)), None)
        return None if strange is None else f"exit code 0, and {strange!r}"
    if ran.out:
        return f"an error, and on standard output {ran.out[:80]!r}"
    if len(errors) != 1:
        return f"{len(errors)} lines of errors: {ran.err[:300]!r}"
    after = ran.errors[ran.errors.index(errors[0]) + 1 :]
    if len(after) > 1 or not all(line.startswith("Hint: ") for line in after):
        return f"more than an error and a hint: {ran.err[:300]!r}"
    return None


def _fits(before: str, line: str) -> bool:
    """Whether a line stands below another on standard error where something was computed."""
    return line.startswith(("Warning L", "wrote ")) or (line.startswith("Hint: ") and before.startswith("Warning L"))
