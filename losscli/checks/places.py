"""Where the keys of a TOML text stand: a reader of TOML tells values, and not their lines."""

from __future__ import annotations

import re
from collections.abc import Iterator

Path = tuple[str, ...]

_PART = r"""(?:[A-Za-z0-9_-]+|"[^"\n]*"|'[^'\n]*')"""
_KEY = rf"{_PART}(?:[ \t]*\.[ \t]*{_PART})*"
_TABLE = re.compile(rf"^[ \t]*\[\[?[ \t]*({_KEY})[ \t]*\]\]?")
_VALUE = re.compile(rf"^[ \t]*({_KEY})[ \t]*=")
_INLINE = re.compile(rf"(?:^|[{{,])[ \t]*({_KEY})[ \t]*=")


class Places:
    """The lines of tables and keys, from 1.

    Args:
        text: Valid TOML.
    """

    def __init__(self, text: str) -> None:
        self._lines: dict[Path, int] = {}
        for path, line in _found(text):
            self._lines.setdefault(path, line)

    def line(self, *path: str) -> int:
        """The line of a key, or else of the nearest table around it; 1 where there is none."""
        for end in range(len(path), 0, -1):
            if path[:end] in self._lines:
                return self._lines[path[:end]]
        return 1


def _found(text: str) -> Iterator[tuple[Path, int]]:
    table: Path = ()
    for number, line in enumerate(text.splitlines(), 1):
        header, value = _TABLE.match(line), _VALUE.match(line)
        if header:
            table = _parts(header[1])
            yield from ((table[:end], number) for end in range(1, len(table) + 1))
        elif value:
            key = (*table, *_parts(value[1]))
            yield from ((key[:end], number) for end in range(len(table) + 1, len(key) + 1))
            inner = line[value.end() :]
            if "{" in inner:
                yield from (((*key, *_parts(found)), number) for found in _INLINE.findall(inner))


def _parts(key: str) -> Path:
    return tuple(part.strip("\"'") for part in re.findall(_PART, key))
