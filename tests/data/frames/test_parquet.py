"""Parquet: the index that pandas notes in it, and the decimals of databases."""

from __future__ import annotations

import json
from decimal import Decimal

import polars as pl
import pytest

from losscli.data.files import open_location
from losscli.data.location import locate
from losscli.knobs.options import ReadOptions

pytestmark = pytest.mark.usefixtures("folder")


def index_columns(note):
    frame = pl.DataFrame({"p": [0.5], "my_index": [3], "y": [1]})
    frame.write_parquet("x.parquet", metadata={} if note is None else {"pandas": note})
    return open_location(locate("x.parquet"), ReadOptions(), []).index_columns


def test_the_columns_of_a_pandas_index_are_told():
    assert index_columns(json.dumps({"index_columns": ["my_index"]})) == ("my_index",)
    assert index_columns(json.dumps({"index_columns": ["y", "my_index"]})) == ("y", "my_index")


@pytest.mark.parametrize(
    "note",
    [
        None,
        json.dumps({"index_columns": [{"kind": "range", "name": None, "start": 0, "stop": 1, "step": 1}]}),
        json.dumps({"index_columns": ["gone"]}),
        *('{"index_columns": null}', '{"index_columns": 7}', "[]", "null", "7", "{", "", "[" * 100_000),
    ],
)
def test_other_notes_tell_of_none(note):
    assert index_columns(note) == ()


def test_decimals_are_the_floats_next_to_them():
    texts = ["0.10", "-2.50", "12345678901.23"]
    pl.DataFrame({"p": [Decimal(text) for text in texts]}).write_parquet("x.parquet")
    table = open_location(locate("x.parquet"), ReadOptions(), [])
    assert table.numbers(["p"]).read_all().tolist() == [float(text) for text in texts]
