"""Files as polars takes them: paths as they are, lines as they are."""

from __future__ import annotations

import os

import polars as pl

from losscli.errors import SourceError


def absolute(file: str) -> str:
    """A path that polars takes as it is."""
    try:
        file.encode()
    except UnicodeEncodeError as error:
        shown = os.fsencode(file).decode(errors="replace")
        raise SourceError(f"{shown}: polars opens no file whose name is not UTF-8.", "rename it.") from error
    # Polars would expand a name that begins with a tilde.
    return file if "://" in file else os.path.abspath(file)


def lines(file: str) -> pl.LazyFrame:
    """A text file's lines as they are, of compressed files too, in the column ``line``; a blank one is null."""
    schema = {"line": pl.String}
    return pl.scan_csv(absolute(file), has_header=False, schema=schema, separator="\x01", quote_char=None, glob=False)
