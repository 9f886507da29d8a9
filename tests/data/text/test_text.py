"""Text files: every dialect reads to the same numbers, and what cannot be read is named by line and column."""

from __future__ import annotations

import itertools
import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from shell import cli, compute, refused

from losscli.data import files
from losscli.data.text.lean import LeanTable
from losscli.errors import DataError, SourceError
from losscli.inputs.files import open_source
from losscli.knobs.options import ReadOptions

DIALECTS = [",", ";", "\t", "|", " "]


def read(tmp_path, content, name="x.csv", **options):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return open_source(path, ReadOptions(**options))


def complaint(tmp_path, content, **options):
    """The message and the hint of a file that is refused; the message starts with the file's name."""
    with pytest.raises(SourceError) as caught:
        read(tmp_path, content, **options)
    assert caught.value.message.startswith(str(tmp_path / "x.csv"))
    return caught.value.message, caught.value.hint


# Shape and header


def test_one_column_is_a_vector(tmp_path):
    source = read(tmp_path, "1\n2\n3\n")
    assert source.shape == (3,)
    assert source.dtype == np.float64
    assert source.read_all().tolist() == [1, 2, 3]


def test_one_row_of_one_column_is_a_vector_of_one(tmp_path):
    assert read(tmp_path, "7").shape == (1,)


def test_columns_are_the_second_axis(tmp_path):
    source = read(tmp_path, "1,2\n3,4\n5,6\n")
    assert source.shape == (3, 2)
    assert source.read_all().tolist() == [[1, 2], [3, 4], [5, 6]]


def test_one_row_of_columns_stays_a_matrix(tmp_path):
    assert read(tmp_path, "1,2,3\n").shape == (1, 3)


def test_header_is_found(tmp_path):
    source = read(tmp_path, "pred,y\n1,2\n")
    assert source.columns == ("pred", "y")
    assert source.read_all().tolist() == [[1, 2]]


def test_numbers_are_no_header(tmp_path):
    source = read(tmp_path, "nan,inf\n1,2\n")
    assert source.columns == ()
    assert source.shape == (2, 2)


def test_header_of_numbers_can_be_forced(tmp_path):
    source = read(tmp_path, "2020,2021\n1,2\n", header=True)
    assert source.columns == ("2020", "2021")
    assert source.shape == (1, 2)


def test_no_header_reads_the_first_row_as_data(tmp_path):
    message, _ = complaint(tmp_path, "a,b\n1,2\n", header=False)
    assert "line 1, column 1: 'a' is not a number" in message


def test_header_name_of_two_words_in_a_single_column(tmp_path):
    source = read(tmp_path, "house price\n1.5\n2.5\n")
    assert source.columns == ("house price",)
    assert source.read_all().tolist() == [1.5, 2.5]


def test_header_width_must_be_the_rows_width(tmp_path):
    message, hint = complaint(tmp_path, "a,b,c\n1,2\n3,4\n")
    assert "3 columns" in message
    assert "rows have 2" in message
    assert "--no-header" in hint


# Dialects


@pytest.mark.parametrize("delimiter", DIALECTS)
def test_delimiter_is_found(tmp_path, delimiter):
    assert read(tmp_path, f"1{delimiter}2\n3{delimiter}4\n").read_all().tolist() == [[1, 2], [3, 4]]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|", " ", ":"])
def test_delimiter_can_be_forced(tmp_path, delimiter):
    source = read(tmp_path, f"1{delimiter}2\n3{delimiter}4\n", delimiter=delimiter)
    assert source.read_all().tolist() == [[1, 2], [3, 4]]


def test_forced_delimiter_wins_over_the_one_found(tmp_path):
    # Found, the header would be two columns; forced, it is one with a comma in its name.
    assert read(tmp_path, "speed, m/s;y\n1;2\n", delimiter=";").columns == ("speed, m/s", "y")


def test_blanks_line_up_columns(tmp_path):
    assert read(tmp_path, "  1.0    -2.5\n 10.0     3.5\n").read_all().tolist() == [[1, -2.5], [10, 3.5]]


def test_blanks_around_delimiters_do_not_matter(tmp_path):
    assert read(tmp_path, "a , b\n1 , 2\n").read_all().tolist() == [[1, 2]]


@pytest.mark.parametrize("quoted", ["{}", '"{}"', '"{}\n"', '"{} ""said"""'])
def test_cells_of_any_length(tmp_path, reader, quoted):
    long = quoted.format("word " * 40_000)  # more than Python's csv takes unasked
    (tmp_path / "x.csv").write_text(f"p,text\n1,{long}\n2,short\n")
    ran = compute("l1", tmp_path / "x.csv", "--pred", "p", "--target", "p", "--keep", "text", "-s", "-f", "json")
    assert len(json.loads(ran.out)["results"][0]["kept"]["text"][0]) >= 199_999


def test_quoted_cells(tmp_path):
    source = read(tmp_path, '"a;b","c, d"\n"1","2"\n"3","4.5"\n')
    assert source.columns == ("a;b", "c, d")
    assert source.read_all().tolist() == [[1, 2], [3, 4.5]]


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_line_ends_of_every_system(tmp_path, newline):
    assert read(tmp_path, newline.join(["a,b", "1,2", "3,4", ""])).read_all().tolist() == [[1, 2], [3, 4]]


def test_byte_order_mark_is_no_part_of_the_first_cell(tmp_path):
    assert read(tmp_path, "\ufeff1,2\n3,4\n").shape == (2, 2)
    assert read(tmp_path, "\ufeffa,b\n3,4\n").columns == ("a", "b")


def test_blank_last_lines_are_no_rows(tmp_path):
    assert read(tmp_path, "1\n2\n\n  \n\n").shape == (2,)


@pytest.mark.parametrize("name", ["x.csv", "x.tsv", "x.txt", "X.CSV"])
def test_suffixes_of_text(tmp_path, name):
    assert read(tmp_path, "1\n2\n", name=name).shape == (2,)


def _written(matrix, delimiter, quoted, newline, mark, header, blank_lines):
    quote = '"' if quoted else ""
    rows = [[f"c{i}" for i in range(matrix.shape[1])]] if header else []
    rows += [[repr(x) for x in row] for row in matrix.tolist()]
    text = newline.join(delimiter.join(f"{quote}{cell}{quote}" for cell in row) for row in rows)
    return (("\ufeff" if mark else "") + text + newline * blank_lines).encode()


@given(
    arrays(np.float64, st.tuples(st.integers(1, 6), st.integers(1, 4)), elements=st.floats(width=64)),
    st.sampled_from(DIALECTS),
    st.booleans(),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.booleans(),
    st.booleans(),
    st.integers(0, 3),
)
def test_what_repr_wrote_reads_back_to_the_last_bit(matrix, delimiter, quoted, newline, mark, header, blank_lines):
    content = _written(matrix, delimiter, quoted, newline, mark, header, blank_lines)
    wanted = matrix[:, 0] if matrix.shape[1] == 1 else matrix
    for options in (ReadOptions(), ReadOptions(delimiter=delimiter, header=header)):
        table = LeanTable(content, "x.csv", options)
        source = table.numbers(list(table.columns))
        found = source.read_all()
        assert found.shape == wanted.shape
        same = np.isnan(wanted) | (found.view(np.uint64) == wanted.view(np.uint64))  # text holds no NaN payload
        assert same.all()
        assert np.array_equal(np.isnan(found), np.isnan(wanted))
        assert bool(source.columns) == header


# What is refused


def test_blank_line_in_the_middle_is_refused(tmp_path):
    message, hint = complaint(tmp_path, "a\n1\n\n2\n")
    assert "line 3 is blank" in message
    assert "--missing omit" in hint


def test_empty_cell_is_refused(tmp_path):
    with pytest.raises(DataError) as caught:
        read(tmp_path, "a,b\n1,2\n3,\n")
    assert "line 3, column 'b'" in caught.value.message
    assert "empty" in caught.value.message
    assert "--missing omit" in caught.value.hint


@pytest.mark.parametrize("row", ["3", "3,4,5"])
def test_ragged_row_is_refused(tmp_path, row):
    message, _ = complaint(tmp_path, f"a,b\n1,2\n{row}\n5,6\n")
    assert "line 3" in message
    assert f"{row.count(',') + 1} cells" in message


def test_bad_cell_is_named_by_line_and_column_name(tmp_path):
    message, hint = complaint(tmp_path, "id,score\n1,0.5\n2,high\n")
    assert "line 3, column 'score': 'high' is not a number" in message
    assert hint


def test_bad_cell_without_header_is_named_by_column_number(tmp_path):
    assert "line 2, column 2: 'x' is not a number" in complaint(tmp_path, "1,2\n3,x\n")[0]


@pytest.mark.parametrize(("text", "hint"), [("1,2\n3,x\n", "PATH::COLUMN"), ("1\nx\n", "an empty line")])
def test_there_are_columns_to_choose_only_where_there_are_several(tmp_path, text, hint):
    assert hint in complaint(tmp_path, text)[1]


def test_decimal_comma_among_points_gets_its_own_hint(tmp_path):
    message, hint = complaint(tmp_path, "a;b\n1.5;2,5\n")
    assert "'2,5'" in message
    assert "decimal comma" in hint


@pytest.mark.parametrize("cell", ["1_000", "١", "1e", "0x10", "--1"])
def test_what_only_python_would_take_is_no_number(tmp_path, cell):
    assert "line 2" in complaint(tmp_path, f"1\n{cell}\n")[0]


def test_not_text(tmp_path):
    message, hint = complaint(tmp_path, b"1\n\xff\xfe\x00\n")
    assert "not UTF-8" in message
    assert ".npy" in hint


@pytest.mark.parametrize("content", ["", "\n\n", "  \n", "\ufeff"])
def test_empty_file(tmp_path, content):
    assert "is empty" in complaint(tmp_path, content)[0]


def test_header_only(tmp_path):
    message, hint = complaint(tmp_path, "a,b\n")
    assert "no rows" in message
    assert "--no-header" in hint


@pytest.mark.parametrize("name", ["x.docx", "x", "x.gz"])
def test_unknown_suffix(tmp_path, name):
    with pytest.raises(SourceError) as caught:
        read(tmp_path, "1\n", name=name)
    assert "unknown format" in caught.value.message
    assert ".csv" in caught.value.hint
    assert ".npy" in caught.value.hint


def test_missing_file_lists_its_near_names(tmp_path):
    (tmp_path / "predictions.csv").write_text("1\n")
    with pytest.raises(SourceError) as caught:
        open_source(tmp_path / "prediction.csv")
    assert "no such file" in caught.value.message
    assert "predictions.csv" in caught.value.hint


@pytest.mark.parametrize("name", ["x.csv", "x"])
def test_folder(tmp_path, name):
    (tmp_path / name).mkdir()
    with pytest.raises(SourceError, match="is a folder"):
        open_source(tmp_path / name)


# From the command line


def test_standard_input(tmp_path):
    (tmp_path / "t.csv").write_text("1\n2\n")
    assert compute("mse", "-", tmp_path / "t.csv", "-q", stdin=b"x\n2\n4\n").out == "2.5\n"


def test_standard_input_may_be_npy(tmp_path):
    (tmp_path / "t.csv").write_text("1\n2\n")
    np.save(tmp_path / "p.npy", np.array([2.0, 4.0]))
    assert compute("mse", "-", tmp_path / "t.csv", "-q", stdin=(tmp_path / "p.npy").read_bytes()).out == "2.5\n"


def test_standard_input_feeds_one_input_only():
    error, hint = refused(cli("compute", "mse", "-", "-", stdin=b"1\n"))
    assert "only one input" in error
    assert "file" in hint


def test_delimiter_and_header_options_reach_the_reader(tmp_path):
    for name in "pt":
        (tmp_path / name).with_suffix(".csv").write_text("1:2\n3:4\n5:7\n")
    ran = compute("mse", tmp_path / "p.csv", tmp_path / "t.csv", "--delimiter", ":", "--header", "-f", "json")
    assert '"shape": [2, 2]' in ran.out


def test_tab_can_be_written_as_an_escape(tmp_path):
    (tmp_path / "p.txt").write_text("1\t2\n")
    assert compute("mse", tmp_path / "p.txt", tmp_path / "p.txt", "--delimiter", "\\t", "-q").out == "0.0\n"


def test_rows_stay_paired_whatever_the_dialects(tmp_path):
    numbers = [[0.1, -2.0], [math.pi, 1e-300], [5.0, 6.0]]
    for i, delimiter in enumerate(DIALECTS):
        (tmp_path / f"{i}.csv").write_text("\n".join(delimiter.join(map(repr, row)) for row in numbers))
    for a, b in itertools.combinations(range(len(DIALECTS)), 2):
        assert compute("mse", tmp_path / f"{a}.csv", tmp_path / f"{b}.csv", "-q").out == "0.0\n"


@pytest.mark.parametrize("text", ['1\n"2\n3"\n4\n', '1\n"2\n3\n4\n', '"1\n2\n3\n'])
def test_quote_left_open_never_joins_lines(tmp_path, text):
    (tmp_path / "open.csv").write_text(text)
    with pytest.raises(SourceError, match=r"line \d has a quote that is not closed"):
        open_source(tmp_path / "open.csv")


def test_endless_name_is_an_error_like_any_other(tmp_path):
    (tmp_path / "long.csv").write_text("x" * 200_000 + "\n1\n")
    with pytest.raises(SourceError, match="cannot be split into cells"):
        open_source(tmp_path / "long.csv")


@pytest.mark.parametrize("word", ["true", "-"])
def test_word_that_may_be_a_value_in_the_first_row_is_doubted(tmp_path, word):
    (tmp_path / "first.csv").write_text(f"{word}\n1\n2\n")
    source = open_source(tmp_path / "first.csv")
    assert source.shape == (2,)
    assert [note.code for note in source.notes] == ["L103"]


@pytest.mark.parametrize("content", [b"\x01a0\r0\r", b"a\x01b\r1\r2\r", b"a,b\n1,2\x01\n"])
def test_control_characters_are_no_numbers(content, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(files, "LEAN_BYTES", -1)
    Path("x.csv").write_bytes(content)
    assert cli("compute", "mse", "x.csv", "x.csv", "-q").code in (0, 2)


def test_frames_that_are_to_be_skipped_are_told(folder):
    Path("x.csv.zst").write_bytes(b"P*M\x18\x04\0\0\0abcd" + b"x" * 100)
    error, hint = refused(cli("compute", "mse", "x.csv.zst", "x.csv.zst"))
    assert "pzstd" in error
    assert "zstd -dc" in hint
