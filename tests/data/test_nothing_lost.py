"""Files that change or break while they are read, full disks, Ctrl-C: one error line, and nothing half written."""

from __future__ import annotations

import gzip
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager, nullcontext
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from blocks import blocks_of
from shell import cli, files_no_larger_than, refused

from losscli.data import files
from losscli.output import samples

resource = pytest.importorskip("resource")

ROWS = 1000
KINDS = [".csv", ".csv.gz", ".csv.zst", ".parquet", ".arrow", ".ndjson", ".npy", ".npz", ".safetensors", ".pt"]
MAPPED = (".arrow", ".ndjson", ".pt")
"""Where a library maps the file: a page that is gone would end this process."""
VALUES = np.random.default_rng(0).standard_normal(ROWS)


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    np.save("t.npy", np.zeros(ROWS))
    with blocks_of(128):  # 64 rows of two columns
        yield tmp_path


def _write(kind, values=VALUES):
    name, frame = f"x{kind}", pl.DataFrame({"x": values})
    if kind == ".npy":
        np.save(name, values)
    elif kind == ".npz":
        np.savez(name, x=values)
    elif kind == ".safetensors":
        pytest.importorskip("safetensors.numpy").save_file({"x": values}, name)
    elif kind == ".pt":
        torch = pytest.importorskip("torch")
        torch.save(torch.from_numpy(values.copy()), name)
    elif kind.startswith(".csv"):
        frame.write_csv(name, compression={"": "uncompressed", ".gz": "gzip", ".zst": "zstd"}[kind[4:]])
    else:
        {".parquet": frame.write_parquet, ".arrow": frame.write_ipc, ".ndjson": frame.write_ndjson}[kind](name)
    return name


@contextmanager
def nothing_left(but=""):
    """Whatever is done inside, every file but one is as it was, and there is no other."""
    before = _contents(but)
    yield
    assert _contents(but) == before


def _contents(but=""):
    return {path.name: path.is_file() and path.read_bytes() for path in Path().iterdir() if path.name != but}


# Files that change while they are read


def _shrink(name):
    os.truncate(name, Path(name).stat().st_size // 2)


def _grow(name):
    with open(name, "ab") as file:
        file.write(b"1\n" * 40)


def _replace(name):
    Path("new").write_bytes(b"1\n2\n")
    os.replace("new", name)


CHANGES = {"shrink": _shrink, "grow": _grow, "vanish": os.unlink, "replace": _replace}


@pytest.fixture
def after_the_first_block(monkeypatch):
    """Have something done while a run is on: after its first block was computed."""

    def arrange(act):
        done = []

        def progress(rows, total):
            if not done:
                done.append(rows)
                act()

        monkeypatch.setattr("losscli.cli.commands.compute.progress", lambda _: nullcontext(progress))
        return done

    return arrange


@pytest.mark.parametrize(
    ("kind", "change"), [(k, c) for k in KINDS for c in CHANGES if c != "shrink" or k not in MAPPED]
)
def test_file_that_changes_gives_no_number(kind, change, after_the_first_block):
    name = _write(kind)
    Path("out.csv").write_text("precious")
    done = after_the_first_block(lambda: CHANGES[change](name))
    with nothing_left(name):
        error, _ = refused(cli("compute", "mse", name, "t.npy", "-s", "-o", "out.csv"))
    assert done == [64]
    assert name in error
    assert any(word in error for word in ("was changed", "was removed", "changed while", "shorter"))


@pytest.mark.parametrize("change", CHANGES)
def test_text_read_by_polars_that_changes_gives_no_number(change, after_the_first_block, monkeypatch):
    monkeypatch.setattr(files, "LEAN_BYTES", -1)
    name = _write(".csv")
    after_the_first_block(lambda: CHANGES[change](name))
    with nothing_left(name):
        error, _ = refused(cli("compute", "mse", name, "t.npy", "-q"))
    assert name in error


@pytest.mark.parametrize("how", ["-q", "-s", "-r none -o out.npy", "-s -o out.npy", "-s -o out.parquet", "-o out.json"])
def test_no_output_of_a_file_that_changed(how, after_the_first_block):
    name = _write(".npy")
    after_the_first_block(lambda: _grow(name))
    with nothing_left(name):
        error, hint = refused(cli("compute", "mse", name, "t.npy", *how.split()))
    assert error == "Error: x.npy: was changed while it was read."
    assert "discarded" in hint


def test_target_that_changes_is_noticed_too(after_the_first_block):
    _write(".csv")
    after_the_first_block(lambda: os.utime("t.npy", (0, 0)))
    assert "t.npy: was changed" in refused(cli("compute", "mse", "x.csv", "t.npy", "-q"))[0]


@pytest.mark.parametrize("role", ["--sample-weight", "--keep"])
def test_file_beside_the_inputs_that_changes_is_noticed_too(role, after_the_first_block):
    _write(".parquet")
    pl.DataFrame({"w": np.ones(ROWS)}).write_csv("w.csv")
    after_the_first_block(lambda: _grow("w.csv"))
    ran = cli("compute", "mse", "x.parquet", "t.npy", role, "w.csv::w", "-s", "-q")
    assert "w.csv: was changed" in refused(ran)[0]


@pytest.mark.parametrize("change", ["grow", "vanish", "replace"])
def test_last_shard_that_changes_is_noticed(change, after_the_first_block):
    Path("x").mkdir()
    for i, part in enumerate(np.split(VALUES, 5)):
        pl.DataFrame({"x": part}).write_csv(f"x/{i}.csv")
    after_the_first_block(lambda: CHANGES[change]("x/4.csv"))
    with nothing_left():
        ran = cli("compute", "mse", "x", "t.npy", "-s", "-o", "out.csv")
    assert "x/4.csv: was" in refused(ran)[0]


def test_file_that_does_not_change_gives_its_number(after_the_first_block):
    # Guards the tests above: what they do to a file is what makes the difference.
    for kind in KINDS:
        done = after_the_first_block(lambda: None)
        assert cli("compute", "mse", _write(kind), "t.npy", "-q").code == 0
        assert done == [64], kind


def test_number_between_blanks_that_is_met_late_is_written_once(monkeypatch):
    monkeypatch.setattr(files, "LEAN_BYTES", -1)
    values = [repr(x) for x in VALUES.tolist()]
    Path("x.csv").write_text("\n".join(["x", *values[:-1], f" {values[-1]} "]) + "\n")
    threads, closed = threading.active_count(), []
    close = samples.ParquetSamples.close
    monkeypatch.setattr(samples.ParquetSamples, "close", lambda self, n: closed.append(n) or close(self, n))
    assert cli("compute", "l1", "x.csv", "t.npy", "-s", "-o", "out.parquet").code == 0
    assert len(closed) == 1
    assert threading.active_count() == threads
    assert pl.read_parquet("out.parquet")["l1"].to_list() == np.abs(VALUES).tolist()


# Files that are broken from the start


def _cuts(size):
    return sorted({0, 1, 4, 9, size // 3, size // 2, size - 200, size - 9, size - 2, size - 1})


@pytest.mark.parametrize("large", [False, True])
@pytest.mark.parametrize("kind", [k for k in KINDS if k not in (".csv", ".ndjson")])
def test_file_that_was_cut_off_is_an_error(kind, large, monkeypatch):
    if large:
        monkeypatch.setattr(files, "LEAN_BYTES", -1)
    name = _write(kind)
    whole = Path(name).read_bytes()
    Path("out.csv").write_text("precious")
    for size in _cuts(len(whole)):
        Path(name).write_bytes(whole[:size])
        with nothing_left():
            error, _ = refused(cli("compute", "mse", name, "t.npy", "-s", "-o", "out.csv"))
        assert name in error, size


@pytest.mark.parametrize("large", [False, True])
def test_packed_text_that_was_cut_off_is_an_error_between_rows_too(large, monkeypatch):
    # Both inputs lack the same rows: their counts tell nothing.
    if large:
        monkeypatch.setattr(files, "LEAN_BYTES", -1)
    content = "".join(f"{i % 10}\n" for i in range(20_000)).encode()
    for packed in (gzip.compress(content, 0), gzip.compress(content), gzip.compress(content) * 2):
        for size in (len(packed) - 8, len(packed) - 5, len(packed) - 1, len(packed) * 2 // 3):
            Path("x.csv.gz").write_bytes(packed[:size])
            error, hint = refused(cli("compute", "mse", "x.csv.gz", "x.csv.gz"))
            assert "x.csv.gz: cannot be" in error
            assert "cut off" in hint


@pytest.mark.parametrize("limit", [files.LEAN_BYTES, -1])
def test_packed_text_in_several_pieces_is_read_to_its_end(limit, monkeypatch):
    # As `cat a.gz b.gz` makes it.
    monkeypatch.setattr(files, "LEAN_BYTES", limit)
    Path("x.csv.gz").write_bytes(b"".join(gzip.compress(f"{i}\n".encode()) for i in range(100)))
    np.save("y.npy", np.arange(100.0))
    assert cli("compute", "mse", "x.csv.gz", "y.npy", "-q").out == "0.0\n"


@pytest.mark.parametrize("limit", [files.LEAN_BYTES, -1])
def test_packed_text_whose_checksum_is_wrong_is_an_error(limit, monkeypatch):
    monkeypatch.setattr(files, "LEAN_BYTES", limit)
    packed = bytearray(gzip.compress(b"1\n2\n" * 500, 0))
    packed[50] ^= 1  # a digit becomes another
    Path("x.csv.gz").write_bytes(packed)
    assert "x.csv.gz: cannot be" in refused(cli("compute", "mse", "x.csv.gz", "t.npy"))[0]


@pytest.mark.parametrize("kind", [".parquet", ".arrow"])
def test_footer_of_zeros_is_an_error(kind):
    name = _write(kind)
    whole = Path(name).read_bytes()
    for size in (1, 4, 10, 100):
        Path(name).write_bytes(whole[:-size] + bytes(size))
        assert name in refused(cli("compute", "mse", name, "t.npy"))[0]


@pytest.mark.parametrize("kind", [".parquet", ".arrow", ".npy", ".npz", ".safetensors", ".pt", ".csv.gz", ".csv.zst"])
def test_text_under_another_name_is_an_error(kind):
    Path(f"x{kind}").write_text("1\n2\n3\n")
    assert f"x{kind}" in refused(cli("compute", "mse", f"x{kind}", "t.npy"))[0]


# Full disks


OUTPUTS = [
    *(f"{what} -o out{suffix}" for what in ("-s", "-r none") for suffix in (".npy", ".csv", ".parquet")),
    *(f"-s --top 500 -o out{suffix}" for suffix in (".csv", ".parquet")),
    *(f"-o out{suffix}" for suffix in (".json", ".csv", ".md")),
]


def _failed(ran):
    assert ran.code == 2
    assert ran.out == ""
    assert sum(line.startswith("Error: ") for line in ran.errors) == 1
    assert "Traceback" not in ran.err
    return next(line for line in ran.errors if line.startswith("Error: "))


@pytest.mark.parametrize("older", [False, True])
@pytest.mark.parametrize("pred", [".npy", ".csv", ".parquet"])
@pytest.mark.parametrize("output", OUTPUTS)
def test_disk_that_fills_leaves_no_half_file(output, pred, older):
    name = _write(pred)
    if older:
        Path(output.split()[-1]).write_text("precious")
    for size in (0, 60, 2000):
        if size == 2000 and output.startswith("-o"):
            continue  # which has room for a reduced result
        with nothing_left(), files_no_larger_than(size):
            assert "File too large" in _failed(cli("compute", "mse", name, "t.npy", *output.split()))


@pytest.mark.parametrize("output", OUTPUTS)
def test_disk_with_room_takes_the_same_output(output):
    # Guards the test above.
    with files_no_larger_than(100_000):
        assert cli("compute", "mse", _write(".npy"), "t.npy", *output.split()).code == 0
    assert Path(output.split()[-1]).stat().st_size > 60


def test_disk_that_fills_under_standard_input_is_an_error(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "LEAN_BYTES", 100)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    content = Path(_write(".csv")).read_bytes()
    with nothing_left(), files_no_larger_than(5000):
        _failed(cli("compute", "mse", "-", "t.npy", stdin=content))


# Ctrl-C


LINKS = 200


@pytest.fixture(scope="module")
def endless(tmp_path_factory):
    """Inputs that take far longer to read than a test may, and next to no disk: holes, and links to one file."""
    folder = tmp_path_factory.mktemp("endless")
    rows = 10**9
    header = {"descr": "<f8", "fortran_order": False, "shape": (rows,)}
    with open(folder / "x.npy", "wb") as file:
        np.lib.format.write_array_header_1_0(file, header)
        file.truncate(file.tell() + rows * 8)
    part = pl.DataFrame({"x": np.resize(VALUES, 200_000)})
    for kind, write in ((".csv", part.write_csv), (".parquet", part.write_parquet)):
        (folder / kind[1:]).mkdir()
        write(folder / f"part{kind}")
        for i in range(LINKS):
            os.link(folder / f"part{kind}", folder / kind[1:] / f"{i}{kind}")
    return folder


def _until(condition, process):
    deadline = time.monotonic() + 30
    while not condition():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.01)


def _begun(folder):
    """Whether a temporary file holds something."""
    found = [p for p in folder.iterdir() if p.name.startswith((".out", "losscli-"))]
    return any(path.stat().st_size for path in found)


@pytest.mark.parametrize("suffix", [".csv", ".npy", ".parquet"])
@pytest.mark.parametrize("given", ["x.npy", "csv", "parquet"])
def test_interrupt_leaves_no_half_file(given, suffix, endless, folder):
    target = folder / f"out{suffix}"
    target.write_text("precious")
    arguments = [endless / given, endless / given, "-s", "-o", target]
    with nothing_left():
        process = subprocess.Popen(
            [sys.executable, "-m", "losscli", "compute", "mse", *map(str, arguments)],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        _until(lambda: _begun(folder), process)
        process.send_signal(signal.SIGINT)
        assert process.communicate(timeout=20) == ("", "Interrupted.\n")
    assert process.returncode == 130


def test_interrupt_removes_what_was_kept_of_standard_input(folder):
    with subprocess.Popen(["yes", "1"], stdout=subprocess.PIPE) as endless:
        process = subprocess.Popen(
            [sys.executable, "-m", "losscli", "compute", "mse", "-", "t.npy"],
            stdin=endless.stdout, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env={**os.environ, "TMPDIR": str(folder)},
        )  # fmt: skip
        with nothing_left():
            _until(lambda: _begun(folder), process)
            process.send_signal(signal.SIGINT)
            assert process.communicate(timeout=20) == ("", "Interrupted.\n")
        assert process.returncode == 130
        endless.kill()
