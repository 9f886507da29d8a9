"""Tables of every format, whole or in shards, small or large: the same numbers, and errors that name the place."""

from __future__ import annotations

import gzip
import itertools
import json
import os
import subprocess
import sys
import tempfile
import threading
import zipfile
from pathlib import Path
from unittest import mock

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shell import cli, compute, refused

from losscli.data import ReadOptions, files
from losscli.data.frames import typed
from losscli.data.text import streamed
from losscli.engine import plan, split
from losscli.errors import LossCLIError
from losscli.inputs.files import open_source

SUFFIXES = [(name, suffix) for name, one in files.FORMATS.items() for suffix in one.suffixes]
PACKED = [("csv", f"{suffix}{packed}") for suffix in (".csv", ".tsv", ".txt") for packed in (".gz", ".zst")]
DELIMITERS = {".csv": ",", ".tsv": "\t", ".txt": ";"}
BLOCK = 64


@pytest.fixture(params=["lean", "scanned"])
def reader(request, monkeypatch):
    """Each of the two readers of text, whatever the size of the file."""
    if request.param == "scanned":
        monkeypatch.setattr(files, "LEAN_BYTES", -1)
    return request.param


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def small_blocks(monkeypatch):
    for module in (plan, split):
        monkeypatch.setattr(module, "BLOCK_ELEMENTS", BLOCK)


# Every format


def _delimited(path, matrix):
    suffix, packed = [*Path(path).suffixes, ""][:2]
    lines = [DELIMITERS[suffix].join(map(repr, row)) for row in matrix.tolist()]
    if packed == ".zst":
        pl.DataFrame({"": lines}).write_csv(path, include_header=False, quote_style="never", compression="zstd")
        return
    content = "\n".join(lines).encode()
    Path(path).write_bytes(gzip.compress(content) if packed == ".gz" else content)


def _objects(path, matrix):
    Path(path).write_text("".join(json.dumps({"a": a, "b": b}) + "\n" for a, b in matrix.tolist()))


def _safetensors(path, matrix):
    pytest.importorskip("safetensors.numpy").save_file({"x": matrix}, path)


def _tensor(path, matrix):
    torch = pytest.importorskip("torch")
    torch.save(torch.from_numpy(matrix.copy()), path)


def _sheet(path, matrix):
    book = pytest.importorskip("openpyxl").Workbook()
    for row in [["a", "b"], *matrix.tolist()]:
        book.active.append(row)
    book.save(path)


def _zipped(path, matrix):
    _delimited("inside.csv", matrix)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write("inside.csv")


WRITERS = {
    "csv": _delimited,
    "npy": np.save,
    "npz": lambda path, matrix: np.savez(path, x=matrix),
    "parquet": lambda path, matrix: pl.DataFrame(matrix, schema=["a", "b"]).write_parquet(path),
    "arrow": lambda path, matrix: pl.DataFrame(matrix, schema=["a", "b"]).write_ipc(path),
    "ndjson": _objects,
    "json": lambda path, matrix: Path(path).write_text(json.dumps([{"a": a, "b": b} for a, b in matrix.tolist()])),
    "xlsx": _sheet,
    "zip": _zipped,
    "safetensors": _safetensors,
    "pt": _tensor,
}
PIPED = [name for name in files.FORMATS if name not in ("npz", "safetensors", "pt")]


@pytest.fixture
def values(small_blocks):
    """Numbers for several blocks, some of them as small or large as they come."""
    pred, target = np.random.default_rng(0).standard_normal((2, 500, 2))
    pred[:4] = [[-0.0, 5e-324], [1e-300, 1e150], [1 / 3, 2.0**53 + 2], [0.1, -1e-5]]
    np.save("pred.npy", pred)
    np.save("target.npy", target)
    return pred, target


def mse(*arguments, **more):
    return float(compute("mse", *arguments, "-q", **more).out).hex()


def written(name, suffix, values):
    """The two inputs in one format."""
    for stem, matrix in zip(("p", "t"), values, strict=True):
        WRITERS[name](f"{stem}{suffix}", matrix)
    return f"p{suffix}", f"t{suffix}"


@pytest.mark.parametrize(("name", "suffix"), SUFFIXES + PACKED)
def test_every_format_gives_the_same_bits(name, suffix, reader, values):
    pred, target = written(name, suffix, values)
    assert mse(pred, target) == mse(pred, "target.npy") == mse("pred.npy", target) == mse("pred.npy", "target.npy")


@pytest.mark.parametrize("limit", [files.LEAN_BYTES, 100])
@pytest.mark.parametrize("name", PIPED)
def test_standard_input_gives_the_same_bits(name, limit, values, monkeypatch):
    # Above the limit what is read lies in a temporary file, which is gone in the end.
    monkeypatch.setattr(files, "LEAN_BYTES", limit)
    kept = Path("kept").resolve()
    kept.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(kept))
    suffix = files.FORMATS[name].suffixes[0]
    pred, target = written(name, suffix, values)
    found = mse("-", target, "--input-format", name, stdin=Path(pred).read_bytes())
    assert found == mse("pred.npy", "target.npy")
    assert list(kept.iterdir()) == []


@pytest.mark.parametrize("limit", [files.LEAN_BYTES, 100])
@pytest.mark.parametrize("name", PIPED)
def test_named_pipe_gives_the_same_bits(name, limit, values, monkeypatch):
    monkeypatch.setattr(files, "LEAN_BYTES", limit)
    pred, target = written(name, files.FORMATS[name].suffixes[0], values)
    os.mkfifo("pipe")
    feeder = threading.Thread(target=lambda: Path("pipe").write_bytes(Path(pred).read_bytes()), daemon=True)
    feeder.start()
    assert mse("pipe", target, "--input-format", name) == mse("pred.npy", "target.npy")
    feeder.join()


def test_process_substitution_feeds_both_inputs(values):
    # A process of its own has large blocks; so does the reference.
    pred, target = written("csv", ".csv", values)
    program = f"{sys.executable} -m losscli compute mse"
    found = [
        subprocess.run(["bash", "-c", f"{program} {inputs} -q"], capture_output=True, text=True, check=True).stdout
        for inputs in (f"<(cat {pred}) <(cat {target})", "pred.npy target.npy")
    ]
    assert float(found[0]).hex() == float(found[1]).hex()


# Two readers of text


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
        draw(st.sampled_from([None, delimiter])), draw(st.sampled_from([None, header is not None])), missing=missing
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


# Choosing columns


TABLE = {"id": [7, 8, 9], "y": [1.0, 2, 3], "y_hat": [1.5, 2, 2]} | {f"c{i}": [i + 1.0, 2, 3] for i in range(3)}


@pytest.fixture(params=["lean", "scanned", "parquet", "arrow", "ndjson"])
def table(request, monkeypatch):
    """The same table as a file of each format that has columns."""
    frame = pl.DataFrame(TABLE)
    if request.param in ("lean", "scanned"):
        frame.write_csv("results.csv")
        monkeypatch.setattr(files, "LEAN_BYTES", -1 if request.param == "scanned" else files.LEAN_BYTES)
        return "results.csv"
    write = {"parquet": frame.write_parquet, "arrow": frame.write_ipc, "ndjson": frame.write_ndjson}[request.param]
    write(f"results.{request.param}")
    return f"results.{request.param}"


@pytest.mark.parametrize(
    ("select", "chosen"),
    [("y", "y"), ("y_hat,y", "y_hat y"), ("c2, c0", "c2 c0"), ("c0..c2", "c0 c1 c2"), ("c1..c1", "c1"),
     ("c*", "c0 c1 c2"), ("c[02]", "c0 c2"), ("y*,c?", "y y_hat c0 c1 c2"), ("c2,y..c0", "c2 y y_hat c0"),
     ("*", "id y y_hat c0 c1 c2")],
)  # fmt: skip
def test_selection(table, select, chosen):
    source = open_source(f"{table}::{select}")
    assert source.columns == tuple(chosen.split())
    found = source.read_all().reshape(3, -1)
    assert found.T.tolist() == [TABLE[c] for c in chosen.split()]


@pytest.mark.parametrize(
    ("select", "said", "hinted"),
    [("y_hut", "has no column 'y_hut'", "did you mean y_hat?"),
     ("Y", "has no column 'Y'", "it has id, y, y_hat, c0, c1, c2."),
     ("c0,c0", "selects column 'c0' twice", ""),
     ("c0..c2,c1", "selects column 'c1' twice", ""),
     ("y*,y", "selects column 'y' twice", ""),
     ("c2..c0", "column 'c2' comes after 'c0'", "write c0..c2"),
     ("c0..c3", "has no column 'c0..c3'", ""),
     ("d*", "has no column 'd*'", "it has id, y, "),
     ("2", "has no column '2'", "did you mean c2?"),
     ("y,", "has no column ''", "it has id, y, ")],
)  # fmt: skip
def test_selection_of_what_is_not_there(table, select, said, hinted):
    error, hint = refused(cli("compute", "mse", f"{table}::{select}", f"{table}::y"))
    assert f"{table}: " in error
    assert said in error
    assert hinted in hint


def test_many_columns_are_not_all_listed(reader):
    Path("wide.csv").write_text(",".join(f"column{i}" for i in range(50)) + "\n" + ",".join(["1"] * 50) + "\n")
    _, hint = refused(cli("compute", "mse", "wide.csv::zebra", "wide.csv::column1"))
    assert hint == "Hint: it has " + ", ".join(f"column{i}" for i in range(8)) + ", …."


@pytest.mark.parametrize(
    ("select", "chosen"), [("2", [2]), ("1", [1]), ("3,1", [3, 1]), ("1..2", [1, 2]), ("*", [1, 2, 3])]
)
def test_columns_without_names_are_chosen_by_number(reader, select, chosen):
    Path("x.csv").write_text("1,2,3\n4,5,6\n")
    found = open_source(f"x.csv::{select}").read_all().reshape(2, -1)
    assert found.tolist() == [chosen, [c + 3 for c in chosen]]


@pytest.mark.parametrize("select", ["0", "4", "a", "2..4"])
def test_columns_without_names_have_no_others(reader, select):
    Path("x.csv").write_text("1,2,3\n4,5,6\n")
    error, hint = refused(cli("compute", "mse", f"x.csv::{select}", "x.csv::1"))
    assert f"x.csv: has no column '{select}'" in error
    assert "it has 1, 2, 3." in hint


@pytest.mark.parametrize("name", ["a,b", "a..b", "c*", "[c]"])
def test_column_whose_name_looks_like_a_selection(reader, name):
    Path("x.csv").write_text(f'"{name}";a;b;c\n1;2;3;4\n')
    assert open_source(f"x.csv::{name}").read_all().tolist() == [1]


def test_repeated_names_choose_none_of_their_columns(reader):
    Path("x.csv").write_text("a,a,b\n1,2,3\n")
    assert open_source("x.csv").columns == ("a_1", "a_2", "b")
    assert open_source("x.csv::a_2").read_all().tolist() == [2]
    error, _ = refused(cli("compute", "mse", "x.csv::a", "x.csv::b"))
    assert "has no column 'a'" in error


@pytest.mark.parametrize("select", ["", "::y", "::y_hat,y"])
def test_marks_in_a_file_name_are_part_of_it(reader, select):
    pl.DataFrame(TABLE).write_csv("run::7.csv")
    assert len(open_source(f"run::7.csv{select}").read_all()) == 3
    Path("run").write_text("not a table")
    assert len(open_source(f"run::7.csv{select}").read_all()) == 3


@pytest.mark.parametrize(
    ("given", "said"),
    [("x.csv::", "no column or key"), ("::y", "no file"), ("nosuch.csv::y", "nosuch.csv: no such file")],
)
def test_half_a_selection(given, said):
    Path("x.csv").write_text("y\n1\n")
    error, _ = refused(cli("compute", "mse", given, "x.csv"))
    assert said in error


@pytest.mark.parametrize("suffix", [".npz", ".safetensors", ".pt"])
def test_key_of_an_archive(suffix):
    arrays = {"pred": np.array([1.0, 2, 4]), "target": np.array([1.0, 2, 3])}
    if suffix == ".npz":
        np.savez("run.npz", **arrays)
    elif suffix == ".safetensors":
        pytest.importorskip("safetensors.numpy").save_file(arrays, "run.safetensors")
    else:
        torch = pytest.importorskip("torch")
        torch.save({k: torch.from_numpy(v) for k, v in arrays.items()}, "run.pt")
    wanted = float(1 / 3).hex()
    assert mse(f"run{suffix}::pred", f"run{suffix}::target") == wanted
    assert mse(f"run{suffix}", "--pred", "pred", "--target", "target") == wanted
    _, hint = refused(cli("compute", "mse", f"run{suffix}::prd", f"run{suffix}::target"))
    assert f"did you mean run{suffix}::pred?" in hint
    _, hint = refused(cli("compute", "mse", f"run{suffix}", f"run{suffix}::target"))
    assert f"run{suffix}::pred" in hint


def test_npy_has_nothing_to_choose():
    np.save("x.npy", np.zeros(3))
    error, hint = refused(cli("compute", "mse", "x.npy::a", "x.npy"))
    assert "x.npy::a: an .npy file is one array" in error
    assert hint == "Hint: write x.npy"


def test_inputs_by_name_out_of_one_table(table):
    wanted = float((0.25 + 0 + 1) / 3).hex()
    assert mse(table, "--pred", "y_hat", "--target", "y") == wanted
    assert mse(f"{table}::y_hat", f"{table}::y") == wanted
    assert mse("--pred", f"{table}::y_hat", "--target", f"{table}::y") == wanted
    Path("other.csv").write_text("1\n2\n3\n")
    assert mse(table, "--pred", "y_hat", "--target", "other.csv") == wanted


def test_columns_of_standard_input(reader):
    content = pl.DataFrame(TABLE).write_csv().encode()
    assert mse("-", "--pred", "y_hat", "--target", "y", stdin=content) == float((0.25 + 0 + 1) / 3).hex()


def test_one_file_is_read_once(table, monkeypatch):
    counts = {"opened": 0, "streamed": 0}

    def counted(name, call):
        def wrapped(*arguments, **more):
            counts[name] += 1
            return call(*arguments, **more)

        return wrapped

    monkeypatch.setattr(streamed, "open_text", counted("opened", streamed.open_text))
    monkeypatch.setattr(typed, "open_typed", counted("opened", typed.open_typed))
    monkeypatch.setattr(files, "_lean", counted("opened", files._lean))
    monkeypatch.setattr(pl.LazyFrame, "sink_batches", counted("streamed", pl.LazyFrame.sink_batches))
    inputs = (table, "--pred", "y_hat", "--target", "y", "--sample-weight", "c0", "--by", "c1", "--keep", "id")
    compute("mse,l1", *inputs, "-s", "-f", "csv")
    assert counts["opened"] == 1
    assert counts["streamed"] <= 1


# Shards


def _parts(kind, stem, cuts, rows=30):
    """Files of the rows 0, 1, 2... cut at these rows, numbered so that their names sort wrong as text."""
    Path(stem).mkdir()
    for i, (start, stop) in enumerate(itertools.pairwise([0, *cuts, rows])):
        frame = pl.DataFrame({"a": np.arange(start, stop) + 0.5, "b": np.arange(start, stop) ** 2.0})
        name = f"{stem}/part-{i}{kind}"
        if kind in (".csv", ".csv.gz"):
            content = frame.write_csv().encode()
            Path(name).write_bytes(gzip.compress(content) if kind == ".csv.gz" else content)
        elif kind == ".npy":
            np.save(name, frame.to_numpy())
        elif kind == ".npz":
            np.savez(name, x=frame.to_numpy())
        else:
            {".parquet": frame.write_parquet, ".arrow": frame.write_ipc, ".ndjson": frame.write_ndjson}[kind](name)
    return stem


SHARDED = [".csv", ".csv.gz", ".parquet", ".arrow", ".ndjson", ".npy", ".npz"]
WHOLE = np.column_stack([np.arange(30) + 0.5, np.arange(30) ** 2.0])


@pytest.mark.parametrize("kind", SHARDED)
def test_shards_are_one_table_in_natural_order(kind):
    # Twelve of them: part-10 sorts before part-2 as text.
    _parts(kind, "x", range(1, 12))
    for path in ("x", "x/", f"x/part-*{kind}", f"./x/*{kind}", f"{Path.cwd()}/x/part*"):
        assert np.array_equal(open_source(path).read_all(), WHOLE), path


@pytest.mark.parametrize("target", SHARDED)
@pytest.mark.parametrize("pred", SHARDED)
def test_shards_of_pred_and_target_may_be_cut_anywhere(pred, target, monkeypatch):
    for module in (plan, split):
        monkeypatch.setattr(module, "BLOCK_ELEMENTS", 14)
    _parts(pred, "p", [1, 2, 13, 20])
    _parts(target, "t", [7, 14, 29])
    found = compute("l1", "p", f"t/*{target}", "-s", "-f", "csv").out.splitlines()[1:]
    assert found == [f"{i},0.0" for i in range(30)]


@pytest.mark.parametrize("kind", SHARDED[:5])
def test_columns_of_shards(kind):
    _parts(kind, "x", [4, 5])
    assert open_source("x::b").read_all().tolist() == WHOLE[:, 1].tolist()
    assert open_source(f"x/*{kind}::b,a").columns == ("b", "a")
    assert mse("x", "--pred", "a", "--target", "a") == float(0).hex()


@pytest.mark.parametrize("kind", SHARDED)
def test_shards_that_lack_rows_are_counted_together(kind):
    _parts(kind, "p", [4, 5])
    _parts(kind, "t", [4, 5], rows=29)
    error, _ = refused(cli("compute", "mse", "p", "t"))
    assert "p has 30 rows" in error
    assert "t has 29" in error


@pytest.mark.parametrize("kind", SHARDED[:5])
@pytest.mark.parametrize("names", [["b", "a"], ["a"], ["a", "c"], ["a", "b", "c"]])
def test_shards_of_different_columns_are_refused(kind, names):
    _parts(kind, "x", [4, 5])
    frame = pl.DataFrame({n: [1.0] for n in names})
    write = {".csv": frame.write_csv, ".parquet": frame.write_parquet, ".arrow": frame.write_ipc}
    if kind == ".csv.gz":
        Path("x/part-1.csv.gz").write_bytes(gzip.compress(frame.write_csv().encode()))
    else:
        write.get(kind, frame.write_ndjson)(f"x/part-1{kind}")
    error, hint = refused(cli("compute", "mse", "x", "x"))
    assert f"x/part-1{kind}: has the columns {', '.join(names)}, x/part-0{kind} has a, b" in error
    assert "same columns" in hint


@pytest.mark.parametrize("odd", [np.zeros((2, 3)), np.zeros(2), np.zeros((2, 2), np.float32), np.zeros(())])
@pytest.mark.parametrize("kind", [".npy", ".npz"])
def test_shards_of_different_arrays_are_refused(kind, odd):
    _parts(kind, "x", [4, 5])
    np.save("x/part-1.npy", odd) if kind == ".npy" else np.savez("x/part-1.npz", x=odd)
    error, hint = refused(cli("compute", "mse", "x", "x"))
    assert f"x/part-1{kind}: holds {odd.dtype} of shape {odd.shape}" in error
    assert "same dtype and the same shape" in hint


def test_folder_of_several_kinds_is_refused():
    _parts(".csv", "x", [4, 5])
    np.save("x/extra.npy", np.zeros(3))
    error, hint = refused(cli("compute", "mse", "x", "x"))
    assert "x: is a folder of several kinds of files (.csv .npy)" in error
    assert hint == "Hint: 'x/*.csv' takes one."
    assert mse("x/*.csv", "x/*.csv") == float(0).hex()


def test_hidden_and_marker_files_are_no_shards():
    _parts(".parquet", "x", [4, 5])
    for name in ("_SUCCESS", ".part-0.parquet.crc", "_metadata.json"):
        Path("x", name).write_text("")
    assert np.array_equal(open_source("x").read_all(), WHOLE)


def test_empty_folder_and_pattern_without_files():
    Path("none").mkdir()
    assert "none: is a folder without files" in refused(cli("compute", "mse", "none", "none"))[0]
    error, hint = refused(cli("compute", "mse", "none/*.csv", "none/*.csv"))
    assert "none/*.csv: no file fits this pattern" in error
    assert "quote" in hint


@pytest.mark.parametrize("kind", [".csv", ".parquet"])
def test_bad_value_in_a_shard_is_named_by_its_row(kind):
    _parts(kind, "x", [10, 20])
    frame = pl.DataFrame({"a": [1.0, None], "b": [1.0, 2.0]})
    frame.write_csv("x/part-1.csv") if kind == ".csv" else frame.write_parquet("x/part-1.parquet")
    error, hint = refused(cli("compute", "mse", "x", "x"))
    assert "x: a value is missing at row 11" in error
    assert "column 'a'" in error
    assert "--missing omit" in hint


def test_shards_without_rows_add_none():
    _parts(".csv", "x", [10, 20])
    for i, name in enumerate(["x/part-00.csv", "x/part-3.csv"]):
        Path(name).write_text("a,b\n")
        assert np.array_equal(open_source("x").read_all(), WHOLE), i


# Unequal counts


KINDS = ["npy", "lean", "scanned", "parquet"]
LENGTHS = [(1, 2), (BLOCK - 1, BLOCK), (BLOCK, BLOCK + 1), (BLOCK - 1, BLOCK + 1), (BLOCK, 2 * BLOCK),
           (2 * BLOCK, 2 * BLOCK + 1), (2 * BLOCK - 1, 2 * BLOCK), (1, 3 * BLOCK)]  # fmt: skip


def _rows(kind, stem, rows):
    values = np.arange(rows) + 0.5
    if kind == "npy":
        np.save(f"{stem}.npy", values)
        return f"{stem}.npy"
    if kind == "parquet":
        pl.DataFrame({"x": values}).write_parquet(f"{stem}.parquet")
        return f"{stem}.parquet"
    # What is packed this way is never read whole, however small it is.
    suffix, packed = (".csv", "uncompressed") if kind == "lean" else (".csv.zst", "zstd")
    pl.DataFrame({"x": values}).write_csv(f"{stem}{suffix}", compression=packed)
    return f"{stem}{suffix}"


@pytest.mark.parametrize("lengths", [pair for a, b in LENGTHS for pair in ((a, b), (b, a))], ids=str)
@pytest.mark.parametrize("target", KINDS)
@pytest.mark.parametrize("pred", KINDS)
def test_unequal_counts_name_both_files_and_counts(pred, target, lengths, small_blocks):
    names = [_rows(kind, stem, n) for kind, stem, n in zip((pred, target), "pt", lengths, strict=True)]
    for how in ([], ["-s", "-o", "out.csv"]):
        error, hint = refused(cli("compute", "mse", *names, *how))
        assert f"{names[0]} has {lengths[0]} rows" in error
        assert f"{names[1]} has {lengths[1]}" in error
        assert ("header" in hint) == (abs(lengths[0] - lengths[1]) == 1)
    assert sorted(map(str, Path().iterdir())) == sorted(names)


@pytest.mark.parametrize("rows", [1, BLOCK - 1, BLOCK, BLOCK + 1, 2 * BLOCK])
@pytest.mark.parametrize("target", KINDS)
@pytest.mark.parametrize("pred", KINDS)
def test_equal_counts_pair_row_by_row(pred, target, rows, small_blocks):
    names = [_rows(kind, stem, rows) for kind, stem in zip((pred, target), "pt", strict=True)]
    assert mse(*names) == float(0).hex()


@pytest.mark.parametrize("kinds", [*itertools.product(["npy", "scanned"], repeat=2)], ids="-".join)
def test_unequal_counts_beside_unreduced_values_leave_no_file(kinds, small_blocks):
    names = [_rows(kind, stem, n) for kind, stem, n in zip(kinds, "pt", (2 * BLOCK, 2 * BLOCK + 1), strict=True)]
    error, _ = refused(cli("compute", "mse", *names, "-r", "none", "-o", "out.npy"))
    assert f"{names[1]} has {2 * BLOCK + 1}" in error
    assert sorted(map(str, Path().iterdir())) == sorted(names)
