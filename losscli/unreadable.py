"""What is said of a file that the system does not let one read: one sentence for one thing, whoever wanted it."""

from __future__ import annotations

from pathlib import Path

from losscli.errors import SourceError


def unreadable(name: str, error: OSError) -> SourceError:
    """The error to raise for a file, and the file that may have been meant."""
    if isinstance(error, FileNotFoundError):
        return SourceError(f"{name}: no such file.", _nearest_file(Path(name)))
    if isinstance(error, PermissionError):
        return SourceError(f"{name}: may not be read (permission denied).", f"chmod +r {name}")
    return SourceError(f"{name}: cannot be read ({error.strerror or error}).")


def _nearest_file(path: Path) -> str:
    from difflib import get_close_matches

    if _are_numbers(str(path)):
        return "numbers stand in place of a file behind a loss alone: losscli compute LOSS 1,2,0.5 ..."
    if "," in path.name or path.name.replace("_", "").isdecimal():
        return "numbers in place of a file are written as 1,2,0.5."
    if not path.parent.is_dir():
        return f"there is no folder {path.parent} either."
    close = get_close_matches(path.name, [p.name for p in path.parent.iterdir() if p.is_file()], n=2)
    return f"did you mean {' or '.join(str(path.parent / c) for c in close)}?" if close else ""


def _are_numbers(text: str) -> bool:
    try:
        return "_" not in text and text.isascii() and bool([float(cell) for cell in text.split(",")])
    except ValueError:
        return False
