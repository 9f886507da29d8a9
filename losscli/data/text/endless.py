"""Lines without end: what polars would take into memory whole is refused before."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from losscli.data.text.complaints import endless_line, skippable_frames
from losscli.errors import SourceError

LONGEST_LINE = 64 << 20
_STEP = LONGEST_LINE // 2
"""A line twice as long covers a whole stretch of this length, wherever it begins."""
_BLOCK = 1 << 16
_DEFLATE_AT_MOST = 1032
"""How much text a byte of gzip can stand for."""
_USUAL_RATIO = 30
"""Rows of numbers take less room than this tells; what takes more is looked through."""
_SKIPPABLE = b"*M\x18"


def refuse_endless(file: str) -> None:
    """Raise if a local file holds a line longer than any row.

    Plain text is looked at in steps. Packed text would have to be unpacked twice, so that is done where it takes
    much less room than rows of numbers do.

    Raises:
        SourceError: It does, or it is packed in a way that polars does not read.
    """
    kind = Path(file).suffix.lower()
    if "://" in file:
        return
    if kind == ".zst":
        _refuse_skippable(file)
    elif kind == ".gz":
        if _is_dense(file):
            with gzip.open(file) as opened:
                _look_through(_blocks(opened), file)
    else:
        _look_in_steps(file)


def _look_in_steps(file: str) -> None:
    with Path(file).open("rb") as opened:
        size = opened.seek(0, 2)
        for start in range(0, size - _STEP, _STEP):
            opened.seek(start)
            seen = 0
            for block in _blocks(opened):
                if b"\n" in block or b"\r" in block:
                    break
                seen += len(block)
                if seen >= _STEP:
                    raise endless_line(file, LONGEST_LINE)


def _is_dense(file: str) -> bool:
    with Path(file).open("rb") as opened:
        size = opened.seek(0, 2)
        if size < 18 or size * _DEFLATE_AT_MOST < LONGEST_LINE:
            return False
        opened.seek(-4, 2)
        text = int.from_bytes(opened.read(4), "little")  # of the last member, modulo 4 GiB
    return not size // 2 < text < size * _USUAL_RATIO


def _look_through(blocks: Iterator[bytes], file: str) -> None:
    seen = 0
    for block in blocks:
        last = max(block.rfind(b"\n"), block.rfind(b"\r"))
        seen = len(block) - last - 1 if last >= 0 else seen + len(block)
        if seen > LONGEST_LINE:
            raise endless_line(file, LONGEST_LINE)


def _refuse_skippable(file: str) -> None:
    with Path(file).open("rb") as opened:
        if opened.read(4)[1:] == _SKIPPABLE:
            raise skippable_frames(file)


def _blocks(opened: BinaryIO | gzip.GzipFile) -> Iterator[bytes]:
    try:
        while block := opened.read(_BLOCK):
            yield block
    except (OSError, EOFError) as error:
        raise SourceError(f"{opened.name}: cannot be unpacked ({error}).") from error
