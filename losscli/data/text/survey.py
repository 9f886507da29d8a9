"""What a text file holds from beginning to end, as far as bytes tell: quotes, and how many cells are parted."""

from __future__ import annotations

from pathlib import Path

import numpy as np

_AT_ONCE = 1 << 18
"""Small enough for a processor's cache, where further looks are next to free: most of this is the reading."""


def delimiters_without_quotes(file: str, skip: int, delimiter: bytes, quote: bytes) -> int | None:
    """How many delimiters stand below the first ``skip`` lines of a file that holds no quote; None where one does."""
    room = bytearray(_AT_ONCE)
    values, found = np.frombuffer(room, np.uint8), 0
    with Path(file).open("rb", buffering=0) as opened:
        while read := opened.readinto(room):
            if room.find(quote, 0, read) >= 0:
                return None
            start = 0
            while skip and (end := room.find(b"\n", start, read)) >= 0:
                skip, start = skip - 1, end + 1
            if not skip:
                found += int(np.count_nonzero(values[start:read] == ord(delimiter)))
    return found
