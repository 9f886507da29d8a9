"""Random tables as delimited text, written in random ways, and damage done to them."""

from __future__ import annotations

import random
import re
from typing import NamedTuple

_ODD = [
    *("", " ", '""', '"', '"1"5', '1"5', ' "1"', '"1" ', "1 2", "1,5", "1_000", "0x10", "１", "1e400", "-1e400"),
    *("nan", "NA", "inf", "-Infinity", "True", "false", "--1", "+-1", "1.5.2", "1e", "e5", ".", "-", "∞", "1\0", "\0"),
    *("\x0c1", "1\x1c", "\u20031", "1\u2028", "\ufeff1", "\r", "\n", "\r\r\n", "#", "# 1", "'1'", '"a\nb"', '"a,b"'),
    *("9007199254740993", "1" * 400, "0." + "0" * 400 + "1", "1e-5000000000", "0x1p3", "1f", "1L", "١", "1d5", "$5"),
    *("1e+05", "5%", "4e-324", "1.234,5", "1,234.5", '"1,5"', "1/2", "<NA>", r"\N"),
]
_WORDS = ["a", "b", "y_hat", "class 1", 'say ""x""', "x,y", "über", "1b", "-"]


class Dialect(NamedTuple):
    """How a table is written."""

    delimiter: str
    header: bool
    end: str
    quoted: float
    blanks: float
    bom: bool
    final: str


class Written(NamedTuple):
    """A table as text: columns of numbers, then columns of words."""

    dialect: Dialect
    names: list[str]
    numbers: list[list[float]]
    content: bytes


def table(rng: random.Random) -> Written:
    """A table that can be read."""
    dialect = Dialect(
        delimiter=rng.choice(",,,;\t|"),
        header=rng.random() < 0.7,
        end=rng.choice(["\n", "\n", "\r\n", "\r"]),
        quoted=rng.choice([0, 0, 0.3, 1]),
        blanks=rng.choice([0, 0, 0, 0.3]),
        bom=rng.random() < 0.1,
        final=rng.choice(["end", "end", "none", "two"]),
    )
    rows, columns = rng.choice([1, 2, 2, 3, 3, 5, 5, 120]), rng.randint(1, 3)
    cells = [[_number(rng) for _ in range(rows)] for _ in range(columns)]
    # In a file whose lines end in a carriage return, a line feed is no part of any program's cells.
    words = [*_WORDS, *(["a\nb"] if dialect.end != "\r" else [])]
    texts = [[rng.choice(words) for _ in range(rows)] for _ in range(rng.choice([0, 0, 1, 2]))]
    names = [f"{rng.choice(['p', 'y_hat', 'x y', 'Ü'])}{i}" for i in range(columns + len(texts))]
    numbers = [[float(cell) for cell in column] for column in cells]
    return Written(dialect, names, numbers, _text(rng, dialect, cells + texts, names))


def _number(rng: random.Random) -> str:
    value = rng.choice([rng.gauss(0, 1), rng.gauss(0, 1e9), rng.gauss(0, 1e-9), float(rng.randint(-9, 9)), 0.1, -0.0])
    styles = (repr(value), repr(value), f"{value:.17E}", f"{value:g}", f"{value:+.3f}", f"{int(value)}")
    return rng.choice([*styles, f"{int(value)}.", f"{value:.25f}"])


def _text(rng: random.Random, dialect: Dialect, columns: list[list[str]], names: list[str]) -> bytes:
    rows = [*([names] if dialect.header else []), *(list(row) for row in zip(*columns, strict=True))]
    lines = [dialect.delimiter.join(_cell(rng, dialect, cell) for cell in row) for row in rows]
    text = dialect.end.join(lines) + {"end": dialect.end, "none": "", "two": dialect.end * 2}[dialect.final]
    return (b"\xef\xbb\xbf" if dialect.bom else b"") + text.encode()


def _cell(rng: random.Random, dialect: Dialect, cell: str) -> str:
    special = dialect.delimiter in cell or '"' in cell or "\n" in cell
    text = f'"{cell}"' if special or rng.random() < dialect.quoted else cell
    blank = " " * rng.randint(1, 2) if not special and rng.random() < dialect.blanks else ""
    return blank + text if rng.random() < 0.5 or '"' in text else text + blank


def damaged(rng: random.Random, written: Written) -> bytes:
    """Its text with some bytes, cells or lines changed."""
    content, mark = written.content, written.dialect.delimiter.encode()
    for _ in range(rng.choice([1, 1, 1, 2, 4])):
        content = rng.choice([_bytes, _cells, _cells, _lines])(rng, content, mark)
    return content


def _bytes(rng: random.Random, content: bytes, mark: bytes) -> bytes:
    at = rng.randrange(len(content) + 1)
    some = rng.choice([bytes([rng.randrange(256)]), bytes([rng.choice(b'",;\t|\r\n 0.-e#\0')]), b""])
    return content[:at] + some + content[at + rng.randint(0, 2) :]


def _cells(rng: random.Random, content: bytes, mark: bytes) -> bytes:
    parts = re.split(rb"(\r\n|[\r\n]|" + re.escape(mark) + rb")", content)
    parts[2 * rng.randrange((len(parts) + 1) // 2)] = rng.choice(_ODD).encode()
    return b"".join(parts)


def _lines(rng: random.Random, content: bytes, mark: bytes) -> bytes:
    lines = content.splitlines(keepends=True) or [b""]
    at = rng.randrange(len(lines))
    longer, shorter = lines[at].rstrip() + mark + b"\n", lines[at].rpartition(mark)[2]
    return b"".join([*lines[:at], rng.choice([b"", b"\n", mark + lines[at], longer, shorter]), *lines[at + 1 :]])
