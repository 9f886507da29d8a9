"""The grammar of text files, in both readers: what is a header, a cell, a number, a missing value."""

from __future__ import annotations

from pathlib import Path

import pytest

from losscli.data import ReadOptions, files
from losscli.data.location import locate


@pytest.fixture(params=["lean", "streamed"])
def reader(request, monkeypatch):
    """Each of the two readers of text, whatever the size of the file."""
    if request.param == "streamed":
        monkeypatch.setattr(files, "LEAN_BYTES", -1)
    return request.param


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def table_of(content, **options):
    """The table that a file of this content is."""
    Path("x.csv").write_bytes(content if isinstance(content, bytes) else content.encode())
    return files.open_location(locate("x.csv"), ReadOptions(**options), [])


def numbers(table):
    """All columns of a table, as lists."""
    return table.numbers(list(table.columns)).read_all().tolist()


# A header of numbers, as pandas writes it over columns without names


@pytest.mark.parametrize(
    ("text", "numbered", "decimals", "names"),
    [("0,1\n2.0,-1\n", True, True, ("0", "1")), ("0,1\n1,0\n", True, False, ("0", "1")), ("0\n1\n", True, False, ()),
     ("0\n1e5\n", True, True, ()), ("0,2\n1,2\n", False, False, ()), ("a,b\n1.5,2\n", False, True, ("a", "b")),
     (",0,1\n0,5,6\n", False, False, ("", "0", "1"))],
)  # fmt: skip
def test_row_that_counts_from_0_may_be_a_header(reader, text, numbered, decimals, names):
    table = table_of(text)
    assert (table.numbered_header, table.decimals_below) == (numbered, decimals)
    assert (table.columns if table.header else ()) == names
    assert table.rows_below == (1 if reader == "lean" else None)


def test_header_that_counts_is_doubted(reader):
    assert [note.code for note in table_of("0,1\n2.0,-1\n").notes] == ["L103"]


@pytest.mark.parametrize(("text", "rest"), [("0,1\n2,-1\n", [[2, -1]]), ("0\n1\n2\n", [1, 2])])
def test_either_reading_of_such_a_row_can_be_had(reader, text, rest):
    table = table_of(text)
    named, unnamed = table.with_header(True), table.with_header(False)
    assert (named.header, unnamed.header) == (True, False)
    assert numbers(named) == rest
    assert numbers(unnamed)[1:] == rest
    assert not named.notes
    assert not (named.numbered_header or unnamed.numbered_header)
