"""The reader of small text and the reader of large text make the same of any text."""

from __future__ import annotations

from pathlib import Path
from unittest import mock

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shell import cli, refused

from losscli.data import files
from losscli.errors import LossCLIError
from losscli.inputs.files import open_source
from losscli.knobs.options import ReadOptions

pytestmark = pytest.mark.usefixtures("folder")


WORDS = ["x", "1_000", "1e", "0x10", "--1", "1d5", "1 2", "'1'", "$1", "1,5", "1.000,5", "true", "#1", ".", "-", "1٣"]
NUMBERS = ["0", "-0", "+1", "1e5", "1E-5", "1e+05", "1.", ".5", "-.5", "nan", "NaN", "-nan", "inf", "-Inf", "+inf",
           "INFINITY", "1e400", "5e-324", "007", "9007199254740993", "0.1000000000000000055511151231257827",
           "2.2250738585072011e-308", "179769313486231580793e289"]  # fmt: skip
MISSING = ["NA", "NULL", "None", "n/a", "<NA>"]
NAMES = ["pred", "c0", "logit_cat", "c d", "c, d", "a;b", "ü", "2020", "NA", "true", "1e5"]


@st.composite
def texts(draw):
    """Delimited text, and how it is to be read. At most one kind of thing is wrong with it."""
    delimiter, width = draw(st.sampled_from(",;\t|")), draw(st.integers(1, 4))
    missing = draw(st.sampled_from(["error", "omit"]))
    kinds = ["blank", "empty", "long", "short", "word", None, None]
    wrong = draw(st.sampled_from(kinds if width > 1 else ["word", "long", None]))
    number = st.one_of(st.sampled_from(NUMBERS), st.floats(width=64).map(repr))
    rows = draw(st.lists(st.lists(number, min_size=width, max_size=width), min_size=1, max_size=6))
    style = draw(st.sampled_from(["plain", "plain", "quoted", "blanks", "blanks quoted"]))
    rows = [[_styled(cell, draw(st.booleans()) and style, draw) for cell in row] for row in rows]
    if wrong is not None:
        # Its beginning tells whether a column holds words, so that here it holds numbers.
        rows = [["1"] * width] * 100 + rows
        for at in draw(st.lists(st.integers(100, len(rows) - 1), min_size=1, max_size=2, unique=True)):
            rows[at] = _spoilt(rows[at], wrong, draw)
    header = draw(st.lists(st.sampled_from(NAMES), min_size=width, max_size=width)) if draw(st.booleans()) else None
    lines = [delimiter.join(row) for row in rows]
    if header is not None:
        lines.insert(0, delimiter.join(f'"{n}"' if set(n) & set(",;") else n for n in header))
    newline = draw(st.sampled_from(["\n", "\r\n", "\r\r\n"]))
    tails = [newline] + [newline * 3, f"{newline} {newline}"] * (wrong != "empty")
    tails += [""] * (style in ("plain", "quoted") and wrong not in ("blank", "empty"))
    tail = draw(st.sampled_from(tails))
    options = ReadOptions(
        delimiter=draw(st.sampled_from([None, delimiter])),
        header=draw(st.sampled_from([None, header is not None])),
        missing=missing,
    )
    return (draw(st.sampled_from(["", "\ufeff"])) + newline.join(lines) + tail).encode(), options


def _styled(cell, style, draw):
    if not style:
        return cell
    if "blanks" in style:
        cell = draw(st.sampled_from([" ", "  ", ""])) + cell + draw(st.sampled_from([" ", ""]))
    return f'"{cell}"' if "quoted" in style else cell


def _spoilt(row, wrong, draw):
    if wrong == "blank":
        return [draw(st.sampled_from(["", "  "]))]
    if wrong == "short":
        return row[:-1]
    if wrong == "long":
        return [*row, "1"]
    cell = draw(st.sampled_from(WORDS if wrong == "word" else ["", '""', "  ", *MISSING]))
    at = draw(st.integers(0, len(row) - 1))
    return [*row[:at], cell, *row[at + 1 :]]


@pytest.fixture(scope="module")
def scratch(tmp_path_factory):
    return tmp_path_factory.mktemp("texts") / "x.csv"


def _reading(path, options, limit):
    """All that a reader makes of a file: an error as the user sees it, or shape, names, notes and numbers."""
    with mock.patch.object(files, "LEAN_BYTES", limit):
        try:
            source = open_source(path, options)
            found = source.read_all()
            missing = source.missing(0, len(found))
        except LossCLIError as error:
            return type(error), error.message, error.hint
    if missing is not None:
        found[missing] = 0
    return source.columns, source.notes, found.shape, found.tobytes(), None if missing is None else missing.tolist()


def _canonical(reading):
    """Without the payload and the sign of a NaN, of which text tells nothing."""
    if len(reading) == 3:
        return reading
    columns, notes, shape, raw, missing = reading
    numbers = np.frombuffer(raw)
    return columns, notes, shape, np.where(np.isnan(numbers), np.nan, numbers).tobytes(), missing


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(text=texts())
def test_both_readers_make_the_same_of_any_text(scratch, text):
    content, options = text
    scratch.write_bytes(content)
    lean, scanned = (_canonical(_reading(scratch, options, limit)) for limit in (files.LEAN_BYTES, -1))
    assert lean == scanned


def test_both_readers_are_compared_above():
    # Guards the test above: it would be empty if both sizes led to one reader.
    Path("x.csv").write_text("1,2\n")
    kinds = set()
    for limit in (files.LEAN_BYTES, -1):
        with mock.patch.object(files, "LEAN_BYTES", limit):
            kinds.add(type(open_source("x.csv")).__name__)
    assert len(kinds) == 2


@pytest.mark.parametrize("digits", [17, 18, 19, 25, 40])
def test_decimal_numbers_of_any_length_are_read_to_the_last_bit(digits, reader):
    rng = np.random.default_rng(digits)
    values = rng.standard_normal(500) * 10.0 ** rng.integers(-30, 30, 500)
    cells = [f"{x:.{digits}e}" for x in values]
    Path("x.csv").write_text("\n".join(cells))
    assert open_source("x.csv").read_all().tolist() == [float(cell) for cell in cells]


def test_text_larger_than_a_batch_comes_in_order():
    # Above the limit for small text, and several of the pieces that polars cuts a file into.
    values = np.random.default_rng(0).standard_normal(600_000)
    Path("x.csv").write_text("\r\n".join(map(repr, values.tolist())) + "\r\n\r\n")
    assert Path("x.csv").stat().st_size > files.LEAN_BYTES
    assert np.array_equal(open_source("x.csv").read_all(), values)


def test_nan_in_a_late_block_is_named_by_its_line(reader, small_blocks):
    rows = ["1,2"] * 500
    rows[333] = "1,nan"
    Path("x.csv").write_text("p,y\n" + "\n".join(rows) + "\n")
    error, _ = refused(cli("compute", "mse", "x.csv", "--pred", "p", "--target", "y"))
    assert "x.csv::y: 1 value is NaN, the first at line 335, column 'y'" in error
