"""Binary files, whole and damaged: the reference reader's numbers, or an error, and the process goes on.

Without a checksum a damaged file may be a valid one that holds other numbers: then the format's own library says which.
"""

from __future__ import annotations

import io
import random
import resource
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from shell import cli

from fuzz.children import reference_reads
from fuzz.laws import broken
from fuzz.reading import Read, read
from losscli.data.files import FORMATS

_MEMORY = 12 << 30
_TABLES = ("parquet", "arrow", "xlsx")
_DTYPES = ["f2", "f4", "f8", ">f4", ">f8", "i1", "u1", "i2", ">i4", "i8", "u8", "?"]


def case(seed: int, folder: Path) -> str | None:
    """One file; three in four are damaged."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))  # a damaged length must not take the machine's memory
    rng = random.Random(seed)
    format = rng.choice([name for name in MAKERS if name in FORMATS])
    name = f"x.{format}"
    values = MAKERS[format](rng, folder / name)
    harmed = rng.random() < 0.75
    if harmed:
        content = (folder / name).read_bytes()
        (folder / name).write_bytes(_damaged(rng, content, format))
    if format in _TABLES and rng.random() < 0.3:
        return _as_table(rng, name, harmed)
    ours = read(f"{name}::[abc]" if format in _TABLES else name)
    if not harmed:
        return None if ours.same(values) else f"{name}: {ours.shown}, and {_shown(values)} was written"
    # What was written is right, whatever else is damaged: a name that nobody asks for, say.
    return None if ours.values is None or ours.same(values) else _beside(ours, format, name)


def _beside(ours: Read, format: str, name: str) -> str | None:
    reference_reads()
    try:
        truth = _REFERENCES[format](name)
    except BaseException as error:  # whatever a library raises, and Rust's panics are no Exception
        return f"{name}: {ours.shown}, and its own library refuses it: {error!r}"
    mine = ours._replace(values=ours.values.astype(float)) if ours.values is not None and truth.dtype == float else ours
    return None if mine.same(truth) else f"{name}: {ours.shown}, and its own library reads {_shown(truth)}"


def _as_table(rng: random.Random, name: str, harmed: bool) -> str | None:
    """The ways by which a table's columns are read beside its numbers."""
    options = rng.choice([("--on", "k"), ("--by", "k"), ("--keep", "k", "-s"), ("--missing", "omit")])
    second = ("y.csv::q",) if options[0] == "--on" else (f"{name}::a",)
    Path("y.csv").write_text("".join(f"{k},{q}\n" for k, q in [("k", "q"), *((f"k{i}", i) for i in range(40))]))
    ran = cli("compute", "mse", f"{name}::a", *second, *options, "--unmatched", "drop")
    what = broken(ran)
    if not what and not harmed and ran.code:
        what = f"refused, though nothing is wrong with it: {ran.err}"
    return f"{name} {' '.join(options)}: {what}" if what else None


def _shown(values: np.ndarray) -> str:
    return Read(values).shown


# Files


def _array(rng: random.Random, dtype: str) -> np.ndarray:
    shape = tuple(rng.choice([1, 2, 3, 5, 40]) for _ in range(rng.choice([1, 1, 2, 2, 3])))
    drawn = np.random.default_rng(rng.randrange(1 << 32)).standard_normal(shape) * rng.choice([1, 1, 100])
    array = (np.abs(drawn) if "u" in dtype else drawn).astype(dtype)
    return np.asfortranarray(array) if rng.random() < 0.2 else array


def _npy(rng: random.Random, path: Path) -> np.ndarray:
    array = _array(rng, rng.choice(_DTYPES))
    np.save(path, array)
    return _native(array)


def _native(array: np.ndarray) -> np.ndarray:
    return array.astype(array.dtype.newbyteorder("="))


def _npz(rng: random.Random, path: Path) -> np.ndarray:
    array = _array(rng, rng.choice(_DTYPES))
    rng.choice([np.savez, np.savez_compressed])(path, **{rng.choice(["a", "logits", "arr_0"]): array})
    return _native(array)


def _safetensors(rng: random.Random, path: Path) -> np.ndarray:
    from safetensors.numpy import save_file

    array = np.ascontiguousarray(_array(rng, rng.choice([d for d in _DTYPES if ">" not in d])))
    save_file({"a": array}, path)
    return array


def _pt(rng: random.Random, path: Path) -> np.ndarray:
    import torch

    array = _array(rng, rng.choice(["f2", "f4", "f8", "i1", "u1", "i2", "i8", "?"]))
    tensor = torch.from_numpy(np.ascontiguousarray(array))
    torch.save(rng.choice([tensor, {"a": tensor}]), path, _use_new_zipfile_serialization=rng.random() < 0.8)
    return array


def _frame(rng: random.Random) -> tuple[Any, np.ndarray]:
    import polars as pl

    rows = rng.choice([1, 2, 7, 40])
    drawn = np.random.default_rng(rng.randrange(1 << 32))
    kinds = [rng.choice([pl.Float64, pl.Float32, pl.Int64, pl.Int16, pl.UInt8]) for _ in range(rng.randint(1, 3))]
    numbers = pl.DataFrame({n: drawn.integers(0, 99, rows) / 4 for n in "abc"[: len(kinds)]})
    numbers = numbers.cast(dict(zip("abc", kinds, strict=False)))
    values = numbers.to_series().to_numpy() if numbers.width == 1 else numbers.cast(pl.Float64).to_numpy()
    return numbers.with_columns(k=pl.Series([f"k{i}" for i in range(rows)])), values


def _parquet(rng: random.Random, path: Path) -> np.ndarray:
    frame, values = _frame(rng)
    compression: Any = rng.choice(["uncompressed", "snappy", "zstd", "gzip", "lz4"])
    frame.write_parquet(path, compression=compression, row_group_size=rng.choice([None, 5]))
    return values


def _arrow(rng: random.Random, path: Path) -> np.ndarray:
    frame, values = _frame(rng)
    compression: Any = rng.choice(["uncompressed", "lz4", "zstd"])
    frame.write_ipc(path, compression=compression)
    return values


def _xlsx(rng: random.Random, path: Path) -> np.ndarray:
    import openpyxl

    frame, values = _frame(rng)
    book = openpyxl.Workbook()
    for row in [frame.columns, *frame.rows()]:
        book.active.append(list(row))
    book.save(path)
    return values.astype(float)


def _zip(rng: random.Random, path: Path) -> np.ndarray:
    values = np.random.default_rng(rng.randrange(1 << 32)).standard_normal((rng.choice([2, 7, 40]), 2))
    text = "a,b\n" + "".join(f"{x!r},{y!r}\n" for x, y in values.tolist())
    with zipfile.ZipFile(path, "w", rng.choice([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])) as packed:
        packed.writestr("table.csv", text)
    return values


MAKERS: dict[str, Callable[[random.Random, Path], np.ndarray]] = {
    "npy": _npy,
    "npz": _npz,
    "safetensors": _safetensors,
    "pt": _pt,
    "parquet": _parquet,
    "arrow": _arrow,
    "xlsx": _xlsx,
    "zip": _zip,
}
"""By format; the text formats have modules of their own."""


# What other programs read from them


def _only(found: Any) -> np.ndarray:
    (value,) = found.values()
    return np.asarray(value)


def _by_torch(name: str) -> np.ndarray:
    import torch

    found = torch.load(name, map_location="cpu", weights_only=True)
    return np.asarray(found if isinstance(found, torch.Tensor) else next(iter(found.values())))


def _by_safetensors(name: str) -> np.ndarray:
    from safetensors.numpy import load_file

    return _only(load_file(name))


def _by_polars(scan: str) -> Callable[[str], np.ndarray]:
    def reading(name: str) -> np.ndarray:
        import polars as pl

        frame = getattr(pl, scan)(Path(name).absolute())
        numbers = frame.select([c for c in frame.collect_schema() if c in ("a", "b", "c")]).collect()
        return numbers.to_series().to_numpy() if numbers.width == 1 else numbers.cast(pl.Float64).to_numpy()

    return reading


def _by_numpy(name: str) -> np.ndarray:
    with np.load(name, allow_pickle=False) as found:
        return _native(_only(found))


def _by_openpyxl(name: str) -> np.ndarray:
    import openpyxl

    names, *rows = openpyxl.load_workbook(name).worksheets[0].iter_rows(values_only=True)
    chosen = [i for i, column in enumerate(names) if column in ("a", "b", "c")]
    values = np.array([[float(row[i]) for i in chosen] for row in rows])
    return values[:, 0] if len(chosen) == 1 else values


def _by_zipfile(name: str) -> np.ndarray:
    with zipfile.ZipFile(name) as packed:
        (only,) = packed.namelist()
        return np.loadtxt(io.StringIO(packed.read(only).decode()), delimiter=",", skiprows=1, ndmin=2)


_REFERENCES: dict[str, Callable[[str], np.ndarray]] = {
    "npy": lambda name: _native(np.load(name, allow_pickle=False)),
    "npz": _by_numpy,
    "safetensors": _by_safetensors,
    "pt": _by_torch,
    "parquet": _by_polars("scan_parquet"),
    "arrow": _by_polars("scan_ipc"),
    "xlsx": _by_openpyxl,
    "zip": _by_zipfile,
}


# Damage

_TOKENS = {
    "npy": [*(b"()", b"[]", b"-", b"(1,)", b"'<f8'", b"'|O'"), *(b"True", b"99999999999", b"{", b"1e9", b"'<U1'")],
    "safetensors": [b"[]", b"{", b"-1", b"1e9", b'"F64"', b"null", b"99999999999", b'"BF16"', b","],
}


def _damaged(rng: random.Random, content: bytes, format: str) -> bytes:
    for _ in range(rng.choice([1, 1, 1, 2, 3, 8])):
        content = rng.choice([_flip, _flip, _overwrite, _cut, _splice, _token])(rng, content, format)
    return content


def _flip(rng: random.Random, content: bytes, format: str) -> bytes:
    found = bytearray(content or b"\0")
    found[_place(rng, found)] ^= 1 << rng.randrange(8)
    return bytes(found)


def _place(rng: random.Random, content: bytes | bytearray) -> int:
    """Anywhere, and often near the ends, where headers and footers stand."""
    last = len(content) - 1
    return rng.choice([rng.randint(0, last), min(last, rng.randrange(200)), max(0, last - rng.randrange(200))])


def _overwrite(rng: random.Random, content: bytes, format: str) -> bytes:
    found = bytearray(content or b"\0")
    at = _place(rng, found)
    found[at : at + rng.choice([1, 4, 8])] = rng.choice([b"\0", b"\xff", b"\x80", b"\x7f"]) * rng.choice([1, 4, 8])
    return bytes(found)


def _cut(rng: random.Random, content: bytes, format: str) -> bytes:
    return content[: rng.randrange(len(content) + 1)]


def _splice(rng: random.Random, content: bytes, format: str) -> bytes:
    at, to = sorted(rng.randrange(len(content) + 1) for _ in range(2))
    return rng.choice([content[:at] + content[to:], content[:to] + content[at:]])


def _token(rng: random.Random, content: bytes, format: str) -> bytes:
    head, at = content[:120], rng.randrange(min(len(content), 120) + 1)
    if format not in _TOKENS:
        return _flip(rng, content, format)
    return head[:at] + rng.choice(_TOKENS[format]) + content[at + rng.randint(0, 4) :]
