"""JSON, Excel's files and ZIP: read whole, and told apart on standard input."""

from __future__ import annotations

import json
import logging
import sys
import zipfile
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from shell import cli, compute, refused

from losscli.errors import LossCLIError
from losscli.inputs.files import open_source
from losscli.knobs.options import ReadOptions

RECORDS = [{"id": "x", "p": 1, "t": 2}, {"id": "y", "p": 1.5, "t": 2}]


pytestmark = pytest.mark.usefixtures("folder")


def read(path, **options):
    return open_source(path, ReadOptions(**options)).read_all().tolist()


# JSON


@pytest.mark.parametrize(
    ("text", "wanted"),
    [("[1, 2.5]", [1, 2.5]), ("[[1, 2], [3, 4]]", [[1, 2], [3, 4]]), ("[[[1]], [[2]]]", [[[1]], [[2]]]),
     ("\ufeff [1]\n", [1]),
     ('[{"p": 1}, {"p": 1.5}]', [1, 1.5]), ('[{"p": [1, 2]}, {"p": [3, 4.5]}]', [[1, 2], [3, 4.5]])],
)  # fmt: skip
def test_lists_of_numbers_are_arrays_and_lists_of_objects_tables(text, wanted):
    Path("x.json").write_text(text, encoding="utf-8")
    assert read("x.json") == wanted


def test_records_are_a_table():
    Path("x.json").write_text(json.dumps(RECORDS))
    arguments = ("--pred", "p", "--target", "t", "-q")
    assert compute("mse", "x.json", *arguments).out == "0.625\n"
    for on in ((), ("--on", "id")):
        assert compute("mse", "x.json::p", "x.json::t", *on, "-q").out == "0.625\n"
    assert "y,0.25" in compute("mse", "x.json", *arguments[:-1], "--keep", "id", "-s", "-f", "csv").out


def test_columns_of_records_come_in_the_order_in_which_they_appear():
    names = [f"c{(7 * i) % 101}" for i in range(60)]
    Path("x.json").write_text(json.dumps([{n: i for i, n in enumerate(names)}] * 2))
    assert open_source("x.json::*").columns == tuple(names)


@pytest.mark.parametrize(
    ("text", "said"),
    [('{"p": {"0": 1}}', "holds an object"), ("7", "holds 7"), ("[1", "cannot be read as JSON"), ("", "cannot be read"),
     ("[[1, 2], [3]]", "different lengths"), ("[1, null]", "not numbers"), ('["a"]', "not numbers"),
     ('[{"p": 1, "p": 2}]', "the key 'p' twice"), ('[{"p": 1}, 2]', "row 1 is not an object"), ("[{}]", "no columns"),
     ('[{"p": 1}, {"p": "x"}]', "not numbers"), ('[{"p": 1}, {"p": null}]', "missing at row 1, column 'p'"),
     ('[{"p": 1}, {"q": 1}]', "missing"), ('[{"p": 1}, {"p": [1]}]', "not numbers"), ("[" * 100_000, "recursion"),
     ('[{"p": 1, "q": [1]}]', "holds lists"), ("[\xff]", "cannot be read")],
)  # fmt: skip
def test_other_json_is_refused(text, said):
    Path("x.json").write_bytes(text.encode("latin-1"))
    error, _ = refused(cli("compute", "mse", "x.json", "x.json"))
    assert "x.json" in error
    assert said in error


def test_a_json_array_has_nothing_to_choose():
    Path("x.json").write_text("[1, 2]")
    assert "nothing can be chosen" in refused(cli("compute", "mse", "x.json::a", "x.json"))[0]


@pytest.mark.parametrize("content", ["[[1, 2], [3, 4]]", '[{"a": 1, "b": 2}, {"a": 3, "b": 4}]'])
def test_json_in_shards(content):
    Path("x").mkdir()
    for i in range(3):
        Path(f"x/{i}.json").write_text(content)
    assert read("x") == [[1, 2], [3, 4]] * 3


# Standard input


@pytest.mark.parametrize("kind", ["parquet", "arrow", "ndjson", "json", "npy", "csv"])
def test_standard_input_tells_its_format(kind):
    values = np.array([[1.0, 2.0], [3.0, 4.5]])
    frame = pl.DataFrame(values, schema=["a", "b"])
    write = {"parquet": frame.write_parquet, "arrow": frame.write_ipc, "ndjson": frame.write_ndjson,
             "json": frame.write_json, "csv": frame.write_csv, "npy": lambda path: np.save(path, values)}  # fmt: skip
    write[kind](f"x.{kind}")
    np.save("y.npy", values)
    assert compute("mse", "-", "y.npy", "-q", stdin=Path(f"x.{kind}").read_bytes()).out == "0.0\n"


@pytest.mark.parametrize("text", ["[1, 2]\n", "  [[1], [2]]", '\n{ "a" : 1 }\n{"a": 2}\n'])
def test_blanks_before_json_are_no_matter(text):
    assert compute("mse", "-", "1,2", "-q", stdin=text.encode()).out == "0.0\n"


# ZIP


def zipped(members, path="x.zip"):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


@pytest.mark.parametrize("path", ["x.zip", "x.csv.zip"])
@pytest.mark.parametrize("member", ["x", "x.csv", "in/a.folder/x.csv", "y.tsv", "x.json", "x.ndjson"])
def test_the_one_file_of_a_zip_is_read(path, member):
    content = {
        "": "a,b\n1,2\n",
        ".csv": "a,b\n1,2\n",
        ".tsv": "a\tb\n1\t2\n",
        ".json": '[{"a": 1, "b": 2}]',
        ".ndjson": '{"a": 1, "b": 2}\n',
    }
    junk = {"__MACOSX/._x.csv": b"\0", ".DS_Store": b"\0", "in/": b""}
    zipped(junk | {member: content[Path(member).suffix]}, path)
    assert read(path) == [[1, 2]]
    assert read(f"{path}::b") == [2]
    error, _ = refused(cli("compute", "mse", f"{path}::c", path))
    assert f"{path}: has no column 'c'" in error


def test_a_zip_whose_member_lost_its_name_is_damaged():
    zipped({"x.csv": "1\n2\n"})
    content = Path("x.zip").read_bytes()
    directory = bytearray(content[content.index(b"PK\x01\x02") :])
    directory[28:30] = b"\0\0"  # the length of the name, which is taken for an extra field
    directory[30:32] = b"\5\0"
    Path("x.zip").write_bytes(content[: content.index(b"PK\x01\x02")] + directory)
    error, _ = refused(cli("compute", "mse", "x.zip", "x.zip"))
    assert "x.zip: cannot be unpacked" in error


def test_zips_are_shards(tmp_path):
    Path("x").mkdir()
    for i in range(3):
        zipped({"part.csv": f"a,b\n{i},5\n"}, f"x/{i}.zip")
    assert read("x") == [[i, 5] for i in range(3)]


def test_a_zip_on_standard_input():
    content = Path(zipped({"x.csv": "1\n2\n"})).read_bytes()
    assert compute("mse", "-", "1,2", "--input-format", "zip", "-q", stdin=content).out == "0.0\n"


@pytest.mark.parametrize(
    ("members", "said"),
    [({"a.csv": "1", "b.csv": "2"}, "holds 2 files: a.csv, b.csv"), ({}, "holds no file"),
     ({".a": ""}, "holds no file"),
     ({"a.zip": "1"}, "holds a ZIP file"), ({"a.docx": "1"}, "unknown format '.docx'")],
)  # fmt: skip
def test_other_zips_are_refused(members, said):
    zipped(members)
    assert f"x.zip: {said}" in refused(cli("compute", "mse", "x.zip", "x.zip"))[0]


def test_damaged_zips_are_refused_and_leave_nothing(tmp_path, monkeypatch):
    import tempfile

    (tmp_path / "kept").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "kept"))
    with zipfile.ZipFile("x.zip", "w") as archive:
        archive.writestr("x.csv", "1\n2\n3\n" * 1000)
    whole = bytearray(Path("x.zip").read_bytes())
    whole[500] ^= 1
    for content in (whole, whole[:3000], b"", b"PK"):
        Path("x.zip").write_bytes(content)
        error, _ = refused(cli("compute", "mse", "x.zip", "x.zip"))
        assert "x.zip: cannot be unpacked" in error
    assert list((tmp_path / "kept").iterdir()) == []


# Excel


def sheet(rows, path="x.xlsx"):
    book = pytest.importorskip("openpyxl").Workbook()
    for row in rows:
        book.active.append(row)
    book.create_sheet("second").append(["other"])
    book.save(path)
    return path


def test_the_first_sheet_is_read():
    pytest.importorskip("fastexcel")
    sheet([["name", "p", "t"], ["x", 1, 2], ["y", 1.5, 2]])
    assert compute("mse", "x.xlsx", "--pred", "p", "--target", "t", "-q").out == "0.625\n"
    assert read("x.xlsx::p") == [1, 1.5]
    assert "not numbers" in refused(cli("compute", "mse", "x.xlsx::name", "x.xlsx::p"))[0]


def test_a_first_row_of_numbers_is_no_header():
    pytest.importorskip("fastexcel")
    sheet([[1, 2.5], [3, 4]])
    assert read("x.xlsx") == [[1, 2.5], [3, 4]]
    assert read("x.xlsx::2") == [2.5, 4]
    assert read("x.xlsx", header=True) == [[3, 4]]


def test_a_column_without_a_name_is_called_as_pandas_calls_it():
    pytest.importorskip("fastexcel")
    sheet([[None, "p"], [0, 1.5], [1, 2.5]])
    assert open_source("x.xlsx::*").columns == ("Unnamed: 0", "p")


def test_nothing_that_the_reader_of_excel_files_logs_reaches_standard_error(monkeypatch):
    pytest.importorskip("fastexcel")
    sheet([["p", "empty"], [1, None], [2.5, None]])
    monkeypatch.setattr(logging.root, "handlers", [])  # pytest's own, which would take it
    assert compute("mse", "x.xlsx::p", "x.xlsx::p", "-q").err == ""


def test_what_is_no_excel_file_and_a_missing_reader(monkeypatch):
    pytest.importorskip("fastexcel")
    Path("x.xlsx").write_text("a,b\n")
    assert "x.xlsx: cannot be read" in refused(cli("compute", "mse", "x.xlsx", "x.xlsx"))[0]
    monkeypatch.setitem(sys.modules, "fastexcel", None)
    with pytest.raises(LossCLIError) as caught:
        open_source("x.xlsx")
    assert caught.value.hint == "pip install 'losscli[excel]'"


def test_damaged_part_of_an_excel_file_is_refused():
    pytest.importorskip("fastexcel")
    sheet([["p"], [1], [2]])
    content = bytearray(Path("x.xlsx").read_bytes())
    with zipfile.ZipFile("x.xlsx") as parts:
        last = parts.infolist()[-1]
    content[last.header_offset + 30 + len(last.filename) + last.compress_size // 2] ^= 1
    Path("x.xlsx").write_bytes(content)
    assert "x.xlsx" in refused(cli("compute", "mse", "x.xlsx::p", "x.xlsx::p"))[0]
