"""Files that are odd, damaged or oddly named: each was once a crash, a wrong number or an unclear refusal."""

from __future__ import annotations

import gzip
import subprocess
import sys
from pathlib import Path
from unittest import mock

import numpy as np
import polars as pl
import pytest
from shell import cli, compute, files_no_larger_than, refused

from losscli.data import files
from losscli.errors import LossCLIError, SourceError
from losscli.inputs.files import open_source
from losscli.knobs.options import ReadOptions

pytestmark = pytest.mark.usefixtures("folder")


@pytest.fixture
def scanned(monkeypatch):
    monkeypatch.setattr(files, "LEAN_BYTES", -1)


def zst(name, text):
    pl.DataFrame({"": text.rstrip("\n").split("\n")}).write_csv(
        name, include_header=False, quote_style="never", compression="zstd"
    )


def test_blanks_in_an_early_batch_lose_no_row(scanned):
    Path("x.csv").write_text(" 0 ,5\n0,1")
    assert open_source("x.csv").read_all().tolist() == [[0, 5], [0, 1]]


def test_blanks_in_a_late_cell_of_a_large_file():
    x = np.random.default_rng(0).standard_normal(700_000)
    np.save("y.npy", x)
    cells = [repr(v) for v in x.tolist()]
    cells[600_000] = f" {cells[600_000]} "
    Path("x.csv").write_text("\n".join(cells) + "\n")
    assert {compute("mse", "x.csv", "y.npy", "-q").out for _ in range(3)} == {"0.0\n"}


@pytest.mark.parametrize("bad", [{10: '5" pipe'}, {10: '"pipe', 15_000: 'pipe"'}, {19_997: '5" pipe'}])
def test_stray_quote_in_words_is_refused_with_its_line(scanned, bad):
    rows = [f"{bad.get(i, 'pipe')},{i % 7},{i % 5}" for i in range(20_000)]
    Path("r.csv").write_text("w,p,y\n" + "\n".join(rows) + "\n")
    error, _ = refused(cli("compute", "mse", "r.csv", "--pred", "p", "--target", "y"))
    assert f"line {min(bad) + 2} has a quote that is not closed" in error


def test_stray_quote_in_the_header(scanned):
    Path("x.csv").write_text('5" pipe,b\n1,2\n3,"4"\n5,6\n7,8\n')
    with pytest.raises(SourceError):
        open_source("x.csv").read_all()


@pytest.mark.parametrize("kind", ["parquet", "ipc", "ndjson"])
def test_brackets_in_a_name_are_the_name(kind):
    suffix = {"ipc": "arrow"}.get(kind, kind)
    for name, values in ((f"p[1].{suffix}", [1.0, 2, 3]), (f"p1.{suffix}", [9.0, 9, 9])):
        getattr(pl.DataFrame({"x": values}), f"write_{kind}")(name)
    assert open_source(f"p[1].{suffix}").read_all().tolist() == [1, 2, 3]


@pytest.mark.parametrize("suffix", [".parquet", ".csv.zst"])
def test_missing_value_of_a_history_is_no_sample_to_leave_out(suffix):
    np.save("p.npy", np.array([1.0, 2, 3]))
    np.save("t.npy", np.array([2.0, 2, 5]))
    frame = pl.DataFrame({"h": [1.0, 3, None, 4, 8]})
    frame.write_parquet("h.parquet") if suffix == ".parquet" else zst("h.csv.zst", frame.write_csv())
    error, _ = refused(cli("compute", "mase", "p.npy", "t.npy", "--history", f"h{suffix}", "--missing", "omit"))
    assert f"h{suffix}: 1 of its rows miss a value" in error


def test_missing_value_of_a_repeated_weight_is_not_zero():
    np.save("p.npy", np.full((3, 2), 0.4))
    np.save("t.npy", np.ones((3, 2)))
    pl.DataFrame({"a": [2.0], "b": [None]}, schema={"a": pl.Float64, "b": pl.Float64}).write_parquet("w.parquet")
    error, _ = refused(cli("compute", "bce", "p.npy", "t.npy", "--weight", "w.parquet", "--missing", "omit"))
    assert "w.parquet: " in error


def test_short_row_is_not_a_missing_value(scanned):
    Path("x.csv").write_text("a,b\n1,2\n3\n5,6\n")
    with pytest.raises(SourceError, match="line 3 has 1 cells"):
        open_source("x.csv", ReadOptions(missing="omit")).read_all()


def test_full_disk_under_an_npy_of_selected_samples():
    np.save("x.npy", np.arange(1000.0))
    np.save("t.npy", np.zeros(1000))
    with files_no_larger_than(2000):
        ran = cli("compute", "mse", "x.npy", "t.npy", "-s", "--top", "500", "-o", "out.npy")
    assert ran.code == 2
    assert not Path("out.npy").exists()


def test_failing_end_leaves_the_older_file():
    Path("x.csv").write_text("1\n")
    Path("out.json").write_text("precious")
    with mock.patch("os.fchmod", side_effect=OSError(28, "No space left on device")):
        cli("compute", "mse", "x.csv", "x.csv", "-o", "out.json")
    assert Path("out.json").read_text() == "precious"


def test_failing_replace_leaves_no_temporary_file():
    Path("x.csv").write_text("1\n")
    with mock.patch("os.replace", side_effect=OSError(13, "Permission denied")):
        cli("compute", "mse", "x.csv", "x.csv", "-o", "out.json")
    assert [path.name for path in Path().iterdir()] == ["x.csv"]


@pytest.mark.parametrize(
    "output", ["-s -o out.npy", "-s -o out.csv", "-s -o out.parquet", "-r none -o out.parquet", "-o out.json"]
)
def test_full_disk_names_the_file(output):
    np.save("x.npy", np.random.default_rng(0).standard_normal(1000))
    np.save("t.npy", np.zeros(1000))
    with files_no_larger_than(9):
        ran = cli("compute", "mse", "x.npy", "t.npy", *output.split())
    assert output.split()[-1] in refused(ran)[0]


@pytest.mark.parametrize("kind", ["npz", "safetensors", "pt"])
def test_archive_from_standard_input(kind):
    if kind == "npz":
        np.savez("x.npz", x=np.ones(3))
    elif kind == "pt":
        import torch

        torch.save(torch.ones(3), "x.pt")
    else:
        from safetensors.numpy import save_file

        save_file({"x": np.ones(3)}, "x.safetensors")
    ran = cli("compute", "mse", "-", f"x.{kind}", "--input-format", kind, "-q", stdin=Path(f"x.{kind}").read_bytes())
    assert "internal error" not in ran.err


def test_archive_under_another_name():
    np.savez("x.npz", x=np.ones(3))
    Path("x.npz").rename("x.dat")
    assert "internal error" not in cli("compute", "mse", "x.dat", "x.dat", "--input-format", "npz", "-q").err


def test_pairing_standard_input_by_key():
    Path("t.csv").write_text("id,y\n1,2\n2,3\n")
    assert (
        "internal error" not in cli("compute", "mse", "-", "t.csv", "--on", "id", "-q", stdin=b"id,p\n2,3\n1,2\n").err
    )
    Path("p.txt").write_text("id p\n2 3\n1 2\n")
    assert "internal error" not in cli("compute", "mse", "p.txt", "t.csv", "--on", "id", "-q").err


def test_latin_1_late_in_a_large_text(scanned):
    Path("x.csv").write_bytes(b"a,b\n" + b"1,2\n" * 200 + b"1,\xff\n")
    assert "internal error" not in cli("compute", "mse", "x.csv", "--pred", "a", "--target", "b").err


def test_latin_1_header_is_refused_by_both_readers(scanned):
    Path("x.csv").write_bytes(b"\xe9,b\n1,2\n")
    with pytest.raises(SourceError, match="not UTF-8"):
        open_source("x.csv")


def test_damaged_gzip():
    packed = bytearray(
        gzip.compress("\n".join(map(repr, np.random.default_rng(0).standard_normal(20_000).tolist())).encode())
    )
    packed[20] ^= 0xFF
    Path("x.csv.gz").write_bytes(packed)
    assert "x.csv.gz: cannot be unpacked" in refused(cli("compute", "mse", "x.csv.gz", "x.csv.gz"))[0]


def test_damaged_arrow():
    pl.DataFrame({"x": np.arange(5000.0)}).write_ipc("x.arrow")
    whole = Path("x.arrow").read_bytes()
    for i in range(len(whole) - 140, len(whole) - 10):
        Path("x.arrow").write_bytes(whole[:i] + bytes([whole[i] ^ 0xFF]) + whole[i + 1 :])
        assert "internal error" not in cli("compute", "mse", "x.arrow", "x.arrow", "-q").err


def test_damaged_npy_header():
    np.save("x.npy", np.arange(5.0))
    whole = bytearray(Path("x.npy").read_bytes())
    whole[10] ^= 0xFF
    Path("x.npy").write_bytes(whole)
    assert "internal error" not in cli("compute", "mse", "x.npy", "x.npy", "-q").err


def test_first_line_blank(scanned):
    Path("x.csv").write_text("\n1\n2\n")
    with pytest.raises(LossCLIError, match="line 1 is blank"):
        open_source("x.csv").read_all()


def test_a_cell_too_many_at_the_very_end(reader):
    Path("x.csv").write_text("p,u\n1,x\n2,y,")
    with pytest.raises(LossCLIError, match="line 3 has 3 cells"):
        open_source("x.csv::p").read_all()
    Path("x.csv").write_text("p,u\n1,x\n2,")
    assert open_source("x.csv::p").read_all().tolist() == [1, 2]


def test_a_blank_line_below_comments_is_no_header(reader):
    Path("x.csv").write_text("# a;b\n\n1;2\n")
    with pytest.raises(LossCLIError, match="line 2 is blank"):
        open_source("x.csv", ReadOptions(header=True))


def test_delimiter_beyond_ascii(scanned):
    Path("x.csv").write_text("1§2\n3§4\n")
    assert "internal error" not in cli("compute", "mse", "x.csv", "x.csv", "--delimiter", "§").err


def test_int128():
    pl.DataFrame({"x": pl.Series([1, 2, 3], dtype=pl.Int128)}).write_parquet("x.parquet")
    assert "internal error" not in cli("compute", "mse", "x.parquet", "x.parquet", "-q").err


def test_vector_from_a_stream_is_one_sample():
    zst("x.csv.zst", "1\n2\n3\n")
    np.save("t.npy", np.array(1))
    assert "internal error" not in cli("compute", "cross_entropy", "x.csv.zst", "t.npy", "-q").err


@pytest.mark.parametrize("suffix", [".gz", ".zst"])
def test_packed_text_parted_by_blanks(suffix, scanned):
    text = "x y\n1 1\n2 1\n3 1\n"
    zst("w.txt.zst", text) if suffix == ".zst" else Path("w.txt.gz").write_bytes(gzip.compress(text.encode()))
    assert open_source(f"w.txt{suffix}").read_all().tolist() == [[1, 1], [2, 1], [3, 1]]


def test_shards_parted_by_blanks():
    Path("s-1.txt").write_text("x y\n1 1\n")
    Path("s-2.txt").write_text("x y\n2 1\n")
    assert open_source("s-*.txt").read_all().tolist() == [[1, 1], [2, 1]]


def test_streamed_weight_beside_arrays():
    for name in "pt":
        np.save(f"{name}.npy", np.linspace(0.1, 0.9, 17))
    zst("w.csv.zst", "w\n" + "1\n" * 17)
    assert cli("compute", "bce", "p.npy", "t.npy", "--weight", "w.csv.zst", "-q").code == 0


def test_unequal_counts_of_three_inputs_beside_a_stream():
    zst("p.csv.zst", "1,2\n" * 9)
    np.save("q.npy", np.zeros((9, 2)))
    np.save("r.npy", np.zeros((10, 2)))
    assert "r.npy has 10" in refused(cli("compute", "triplet_margin", "p.csv.zst", "q.npy", "r.npy"))[0]


def test_whole_numbers_before_fractions():
    Path("x.ndjson").write_text("".join(f'{{"x": {i}}}\n' for i in range(200)) + '{"x": 0.5}\n')
    assert open_source("x.ndjson").read_all()[-1] == 0.5


PARTED = {
    "word in the first 100 rows": b"a,b\n1,2\n3,x\n",
    "decimal comma in the first 100 rows": b"a;b\n1,5;2,5\n",
    "no-header word": b"1\n2\n#3\n",
    "blank line, one column": b"1\n\n2\n",
    "first row blank": b"a,b\n\n1,2\n",
    "header only": b"a,b\n",
    "L104": b"index,b\n0,2\n1,3\n",
    "blanks before a quote": b'1, "2"\n3,4\n',
    "open quote": b'a\n1\n"2\n3"\n',
    "old line ends": b"a,b\r1,2\r3,4\r",
}


@pytest.mark.parametrize("content", PARTED.values(), ids=PARTED)
def test_readers_part(content):
    Path("x.csv").write_bytes(content)
    found = []
    for limit in (files.LEAN_BYTES, -1):
        with mock.patch.object(files, "LEAN_BYTES", limit):
            try:
                source = open_source("x.csv")
                found.append((source.columns, source.notes, source.read_all().tobytes()))
            except LossCLIError as error:
                found.append((type(error), error.message, error.hint))
    assert found[0] == found[1]


def test_superscript_in_a_shard():
    Path("d").mkdir()
    Path("d/1²2.csv").write_text("1\n")
    assert open_source("d").read_all().tolist() == [1]


def test_tilde_folder(scanned):
    Path("~").mkdir()
    Path("~/a.csv").write_text("1\n2\n")
    assert open_source("~/a.csv").read_all().tolist() == [1, 2]


def test_empty_shard_is_named():
    Path("s0.csv").write_text("a\n1\n")
    Path("s1.csv").write_text("")
    assert "s1.csv" in refused(cli("compute", "mse", "s?.csv", "s?.csv"))[0]


@pytest.mark.parametrize("suffix", ["ndjson", "pt"])
def test_mapped_file_that_shrinks(suffix):
    program = f"""
import os, numpy as np, polars as pl
from contextlib import nullcontext
from unittest import mock
x = np.random.default_rng(0).standard_normal(1_000_000)
f, n = pl.DataFrame({{"x": x}}), "x.{suffix}"
if n == "x.pt":
    import torch
    torch.save(torch.from_numpy(x), n)
else:
    f.write_ndjson(n)
np.save("t.npy", x)
from losscli.cli.app import run
cut = lambda *_: os.truncate(n, 1000)
with mock.patch("losscli.cli.commands.compute.progress", lambda _: nullcontext(cut)):
    raise SystemExit(run(["compute", "mse", n, "t.npy", "-s", "-o", "out.csv"]))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (done.returncode, [path for path in Path().iterdir() if "out" in path.name]) == (2, [])
