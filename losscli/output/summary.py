"""The summary of a step in GitHub Actions: a file that the runner names, to which steps add Markdown."""

from __future__ import annotations

import os

from losscli.output.writing import writing

VARIABLE = "GITHUB_STEP_SUMMARY"
MOST_BYTES = 900_000
"""GitHub drops a summary of more than 1 MiB without a word; what stands in the file already is another's share."""


def append(text: str) -> None:
    """Add Markdown to the summary, where a runner asks for one; what is too long is cut, and says so.

    Raises:
        OutputError: It cannot be written.
    """
    path = os.environ.get(VARIABLE)
    if path:
        with writing(path), open(path, "a", encoding="utf-8", errors="backslashreplace") as file:
            file.write(cut(text))


def cut(text: str, most: int = MOST_BYTES) -> str:
    """The lines of a text that fit into so many bytes, and one that says how many did not."""
    lines, room, kept = text.splitlines(keepends=True), most, 0
    for line in lines:
        room -= len(line.encode("utf-8", "backslashreplace"))
        if room < 0:
            break
        kept += 1
    if kept == len(lines):
        return text
    return "".join([*lines[:kept], f"\n{len(lines) - kept} more lines were cut: GitHub takes 1 MiB.\n"])
