"""Every format gives the same bits, as a file and through a pipe."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
import tempfile
import threading
import warnings
import zipfile
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pytest
from shell import cli, compute, mse, refused

from losscli.data import files

pytestmark = pytest.mark.usefixtures("folder")


SUFFIXES = [(name, suffix) for name, one in files.FORMATS.items() for suffix in one.suffixes]
PACKED = [("csv", f"{suffix}{packed}") for suffix in (".csv", ".tsv", ".txt") for packed in (".gz", ".zst")]
DELIMITERS = {".csv": ",", ".tsv": "\t", ".txt": ";"}


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


@pytest.mark.parametrize("told", [False, True])
@pytest.mark.parametrize(("name", "suffix"), [*PACKED[:2], ("ndjson", ".ndjson.gz"), ("json", ".json.gz")])
def test_what_is_packed_is_known_on_standard_input_too(name, suffix, told, values):
    pred, target = written(name, suffix.removesuffix(".gz"), values)
    content = gzip.compress(Path(pred).read_bytes()) if suffix.endswith(".gz") else Path(pred).read_bytes()
    options = ("--input-format", name) if told and name == "csv" else ()
    assert mse("-", target if options else "target.npy", *options, stdin=content) == mse("pred.npy", "target.npy")


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


FETCHED = [(name, suffix) for name, suffix in SUFFIXES if not files.FORMATS[name].remote]


@pytest.mark.parametrize(("name", "suffix"), [*FETCHED, ("json", ".json.gz")])
def test_what_is_not_read_at_an_address_is_fetched(name, suffix, values, monkeypatch):
    memory = pytest.importorskip("fsspec").filesystem("memory")
    kept = Path("kept").resolve()
    kept.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(kept))
    pred, target = written(name, suffix.removesuffix(".gz"), values)
    content = Path(pred).read_bytes()
    memory.pipe(f"/p{suffix}", gzip.compress(content) if suffix.endswith(".gz") else content)
    assert mse(f"memory://p{suffix}", target) == mse("pred.npy", "target.npy")
    error, hint = refused(cli("compute", "mse", f"memory://none{suffix}", target))
    assert (error, hint) == (f"Error: memory://none{suffix}: no such file.", "")
    assert list(kept.iterdir()) == []


def test_process_substitution_feeds_both_inputs(values):
    # A process of its own has large blocks; so does the reference.
    pred, target = written("csv", ".csv", values)
    program = f"{sys.executable} -m losscli compute mse"
    found = [
        subprocess.run(["bash", "-c", f"{program} {inputs} -q"], capture_output=True, text=True, check=True).stdout
        for inputs in (f"<(cat {pred}) <(cat {target})", "pred.npy target.npy")
    ]
    assert float(found[0]).hex() == float(found[1]).hex()


def _zipped(name, content):
    with zipfile.ZipFile("x.zip", "w") as archive:
        archive.writestr(name, content)


def _torch(name):
    torch = pytest.importorskip("torch")
    torch.save({"p": torch.tensor([1.0, 2.0]), "y": torch.tensor([2.0, 4.0])}, name)


IN_ZIP = {
    "zip": lambda _: _zipped("f.csv", "p,y\n1,2\n2,4\n"),
    "zip of what names an array": lambda _: _zipped("f.csv", "p,y,file\n1,2,a.npy\n2,4,b.npy\n"),
    "npz": lambda name: np.savez(name, p=np.array([1.0, 2.0]), y=np.array([2.0, 4.0])),
    "pt": _torch,
    "xlsx": lambda name: pd.DataFrame({"p": [1, 2], "y": [2, 4]}).to_excel(name, index=False),
}


@pytest.mark.parametrize("kind", IN_ZIP)
def test_what_is_in_a_zip_file_is_known_on_standard_input_too(kind, folder):
    name = f"x.{kind.partition(' ')[0]}"
    IN_ZIP[kind](name)
    ran = compute("mse", "-", "--pred", "p", "--target", "y", "-q", stdin=Path(name).read_bytes())
    assert ran.out == "2.5\n"


class _Quiet(SimpleHTTPRequestHandler):
    """Serves files whole, as ``python -m http.server`` does: no parts of them."""

    def log_message(self, format, *args):
        pass


@pytest.fixture
def server(folder):
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder))) as found:
        threading.Thread(target=found.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{found.server_port}"
        found.shutdown()


@pytest.mark.parametrize(("name", "suffix"), [*SUFFIXES, ("csv", ".csv.gz"), ("csv", ".csv.zst")])
def test_server_that_gives_no_parts_gives_the_whole(name, suffix, values, server, monkeypatch):
    pytest.importorskip("aiohttp")
    kept = Path("kept").resolve()
    kept.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(kept))
    pred, target = written(name, suffix, values)
    assert mse(f"{server}/{pred}", target) == mse("pred.npy", "target.npy")
    assert list(kept.iterdir()) == []


def test_what_polars_says_of_buckets_stays_with_it(values, monkeypatch):
    from losscli.data.frames import typed

    def scan(file):
        warnings.warn("'(default_)region' not set; polars will try to get it from bucket", UserWarning, stacklevel=2)
        return pl.scan_parquet("p.parquet")

    pl.DataFrame({"p": [1.0, 2.0]}).write_parquet("p.parquet")
    monkeypatch.setitem(typed._SCANS, "parquet", scan)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert cli("compute", "mse", "s3://bucket/p.parquet", "0,0", "-q").out == "2.5\n"
