"""Command lines: any options with any values on any files end in a result, or in one error and nothing else."""

from __future__ import annotations

import json
import os
import random
import re
from pathlib import Path

import numpy as np
import polars as pl
from shell import Ran, cli

from fuzz.laws import broken
from losscli import losses
from losscli.cli.options import Asked

_TEXTS = {
    "p.csv": "0.5\n1.5\n2.5\n",
    "t.csv": "0\n1\n2\n",
    "both.csv": "id,y_hat,y,w,g\na,0.5,0,1,x\nb,1.5,1,0,y\nc,2.5,2,2,x\n",
    "logits.csv": "id,cat,dog,ant\n1,0.5,-1,2\n2,3,0,-2\n3,1,1,1\n",
    "words.csv": "id,label\n3,dog\n1,cat\n2,ant\n",
    "proba.csv": "0.2,0.3,0.5\n0.1,0.8,0.1\n1,0,0\n",
    "holes.csv": "a,b\n1,\n,2\n3,4\n",
    "index.csv": ",p\n5,0.5\n7,1.5\n9,2.5\n",
    "numbered.csv": "0,1,2\n0.5,-1,2\n3,0,-2\n1,1,1\n",
    "long.csv": "x\n" + "1.5\n" * 300,
    "nan.csv": "nan\ninf\n-inf\n",
    "ragged.csv": "1,2\n3\n",
    "empty.csv": "",
    "only_header.csv": "a,b\n",
    "comma.csv": "a;b\n1,5;2\n2,5;3\n0,5;1\n",
    "x.ndjson": '{"a": 1, "b": 2.5}\n{"a": 2, "b": 0}\n{"a": 3, "b": 1}\n',
    "bad.ndjson": '{"a": 1\n',
    "records.json": '[{"a": 1}, {"a": 2}, {"a": 3}]',
    "\udcff.csv": "1\n2\n3\n",
    "y_hat": "7\n",
}
_ODD = [
    "",
    " ",
    "-",
    "nan",
    "-1",
    "0",
    "1e400",
    "\0",
    "ü",
    "--",
    "::",
    "a::b::c",
    "*",
    "[",
    "1,2,x",
    "9" * 30,
    "\udcff",
]
_VALUES = {
    "--reduction": ["mean", "sum", "none", "batchmean"],
    "--backend": ["numpy", "numpy", "torch", "nope"],
    "--device": ["cpu", "cuda", "tpu"],
    "--dtype": ["float64", "float32", "native", "float16"],
    "--nan": ["error", "propagate", "omit"],
    "--format": ["table", "json", "csv", "markdown", "xml"],
    "--output": ["out.json", "out.csv", "out.md", "out.npy", "out.parquet", "out.xyz", "no/out.csv", "p.csv", "sub"],
    "--delimiter": [",", ";", "\\t", ",,", "a", '"'],
    "--decimal": [",", ".", ";"],
    "--input-format": ["csv", "npy", "parquet", "ndjson", "npz", "arrow", "nope"],
    "--on": ["id", "id,g", "a", "x", "id=ID", "nope"],
    "--unmatched": ["error", "drop"],
    "--missing": ["error", "omit"],
    "--classes": ["cat,dog,ant", "cat,cat", "ant,dog,cat", "a"],
    "--label-base": ["0", "1", "-1", str(2**63)],
    "--sample-weight": ["w", "1,2,0.5", "0,0,0", "-1,1,1", "t.csv", "w.npy"],
    "--by": ["g", "id", "y", "g,id", "a"],
    "--sort": ["name", "loss", "count", "sum"],
    "--keep": ["id", "g,y", "a", "mse"],
    "--jobs": ["1", "2", "0", "1000"],
    "--digits": ["1", "6", "17", "18"],
    "--top": ["1", "2", "0", "100"],
    "--head": ["1", "3", "-1"],
    "--pred-is": ["logits", "probs", "log-probs"],
    "--class-axis": ["1", "-1", "0", "2"],
    "--shift": ["1", "0", "-1", "5"],
    "--na-values": ["NA", ".", "NA,-9"],
    "--weight": ["1,2,0.5", "1", "w.npy", "-1,1,1", "t.csv"],
    "--pos-weight": ["2", "1,2,3"],
    "--ignore-index": ["-100", "0", "2", "255"],
}
_FILES = [
    *_TEXTS,
    "p.npy",
    "m.npy",
    "n3.npy",
    "half.npy",
    "x.parquet",
    "lists.parquet",
    "x.arrow",
    "a.npz",
    "sub",
    "nope.csv",
    "-",
]
_CHOSEN = ["y_hat", "y", "a", "b", "a,b", "cat..ant", "c*", "1", "w", "nope", "logits"]
_INLINE = ["1,2,3", "0.5", "0,1,1", "0.1,0.2,0.7", "inf,1,2"]
_WORKING = [
    *("mse p.csv t.csv", "mse,l1,huber p.npy t.csv", "mse both.csv --pred y_hat --target y", "l1 - p.csv"),
    *("smooth_l1 x.parquet::a x.arrow::b", "ce logits.csv::cat,dog,ant t.csv", "ce m.npy t.csv", "ce m.npy m.npy"),
    *("ce logits.csv words.csv --on id", "bce proba.csv::1 both.csv::w", "bce_with_logits m.npy proba.csv"),
    *("triplet_margin m.npy m.npy m.npy", "nll m.npy t.csv", "mse sub p.csv", "mase p.csv t.csv long.csv"),
    *("mse x.ndjson --pred a --target b", "median_absolute_error long.csv long.csv", "ranknet p.csv t.csv"),
    *("mse,rmse half.npy half.npy", "dice n3.npy n3.npy", "nt_xent m.npy m.npy", "mse a.npz::a p.csv"),
]
_FITTING = {
    "-r": ["mean", "sum", "none"],
    "-b": ["numpy", "torch"],
    "--dtype": ["float64", "float32", "native"],
    "-f": ["json", "csv", "markdown", "table"],
    "-o": ["out.json", "out.csv", "out.npy", "out.parquet", "out.md"],
    "--nan": ["propagate", "omit"],
    "--missing": ["omit"],
    "--top": ["1", "2"],
    "--head": ["2"],
    "-j": ["1", "2"],
    "--sample-weight": ["1,2,0.5", "w.npy", "w"],
    "--by": ["g", "id"],
    "--keep": ["id", "g,y"],
    "--digits": ["3"],
    "--ignore-index": ["0", "2"],
    "--weight": ["1,2,0.5"],
    "--label-smoothing": ["0.1"],
    "--beta": ["0.5"],
}
_SWITCHES = ["-q", "-s", "--strict", "--no-per-sample"]
_BYTES = [b"", b"1\n2\n3\n", b"a,b\n1,2\n3,4\n5,6\n", b"\x93NUMPY", b"\xff\xfe", b'{"a": 1}\n', b"PAR1", b"PK\x03\x04"]


def case(seed: int, folder: Path) -> str | None:
    """One command line in a folder of small files."""
    rng = random.Random(seed)
    _write(folder)
    arguments, stdin = _arguments(rng), rng.choice(_BYTES)
    before = _contents(folder)
    with_temporaries = Path(f"{folder}-tmp")
    with_temporaries.mkdir(exist_ok=True)
    os.environ["TMPDIR"] = str(with_temporaries)
    ran = cli(*arguments, stdin=stdin)
    what = broken(ran) or _changed(folder, before, arguments, ran) or _misprinted(arguments, ran)
    if not what and any(with_temporaries.iterdir()):
        what = "temporary files are left"
        for path in with_temporaries.iterdir():
            path.unlink()
    return f"losscli {' '.join(map(repr, arguments))} < {stdin!r}: {what}" if what else None


def _write(folder: Path) -> None:
    for name, text in _TEXTS.items():
        (folder / name).write_text(text)
    np.save(folder / "p.npy", np.array([0.5, 1.5, 2.5]))
    np.save(folder / "w.npy", np.array([1.0, 2.0, 0.5]))
    np.save(folder / "m.npy", np.array([[0.5, -1, 2], [3, 0, -2], [1, 1, 1]], np.float32))
    np.save(folder / "n3.npy", np.zeros((3, 3, 2)))
    np.save(folder / "half.npy", np.array([1e4, -6e4, 0], np.float16))
    np.savez(folder / "a.npz", a=np.arange(3.0), logits=np.eye(3))
    frame = pl.DataFrame({"a": [1.5, 2, 3], "b": [0, 1, 2], "g": ["x", "y", None], "id": ["1", "2", "3"]})
    frame.write_parquet(folder / "x.parquet")
    frame.write_ipc(folder / "x.arrow")
    pl.DataFrame({"logits": [[1.0, 2], [0, 1], [3, 3]], "a": [0, 1, 1]}).write_parquet(folder / "lists.parquet")
    (folder / "sub").mkdir()
    (folder / "sub" / "part-0.csv").write_text("1\n2\n")
    (folder / "sub" / "part-1.csv").write_text("3\n")


def _arguments(rng: random.Random) -> list[str]:
    return _working(rng) if rng.random() < 0.6 else _wild(rng)


def _working(rng: random.Random) -> list[str]:
    """What computes as it stands, with options that may fit it."""
    command = rng.choice(_WORKING).split()
    flags = rng.sample([*_FITTING, *_SWITCHES], rng.choice([0, 1, 1, 2, 2, 3]))
    more = [part for flag in flags for part in ([flag, rng.choice(_FITTING[flag])] if flag in _FITTING else [flag])]
    return ["compute", *command, *more]


def _wild(rng: random.Random) -> list[str]:
    chosen = rng.sample(losses.built_in(), rng.choice([1, 1, 1, 2, 3]))
    names = ",".join(rng.choice([one.name, *one.aliases]) for one in chosen)
    roles = [role.name for role in chosen[0].inputs if not role.optional]
    files = [_file(rng) for _ in range(max(0, len(roles) + rng.choice([0, 0, 0, 0, 0, -1, 1])))]
    named: list[str] = []
    if rng.random() < 0.3:
        files = files[:1]
        for role in roles:
            named += [f"--{role}", rng.choice(_CHOSEN) if rng.random() < 0.8 else _file(rng)]
    known = [one.flag for one in Asked.knobs.values()]
    own = [f"--{p.name.replace('_', '-')}" for one in chosen for p in one.parameters]
    options = [
        part
        for _ in range(rng.choice([0, 1, 1, 2, 2, 3, 5]))
        for part in _option(rng, rng.choice([*known, *own, *own]))
    ]
    parts = [[names], files, named, options]
    rest = parts[1:]
    rng.shuffle(rest)
    return ["compute", *parts[0], *(part for some in rest for part in some)]


def _file(rng: random.Random) -> str:
    draw = rng.random()
    if draw < 0.1:
        return rng.choice(_INLINE)
    if draw < 0.13:
        return rng.choice(_ODD)
    name = rng.choice(["p.csv", "t.csv", "logits.csv", "both.csv", "p.npy", *_FILES])
    return f"{name}::{rng.choice(_CHOSEN)}" if rng.random() < 0.25 else name


def _option(rng: random.Random, flag: str) -> list[str]:
    if flag == "--debug":
        return []
    values = _VALUES.get(flag)
    if values is None and rng.random() < 0.7:
        return [flag]  # most of those without values here are switches
    value = rng.choice(_ODD) if values is None or rng.random() < 0.05 else rng.choice(values)
    return rng.choice([[flag, value], [flag, value], [f"{flag}={value}"]])


def _contents(folder: Path) -> dict[str, bytes]:
    return {os.fspath(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def _changed(folder: Path, before: dict[str, bytes], arguments: list[str], ran: Ran) -> str | None:
    after = _contents(folder)
    changed = [name for name in before.keys() | after.keys() if before.get(name) != after.get(name)]
    wanted = any("out" in argument for argument in arguments) and ran.code == 0
    strange = [Path(name).name for name in changed if not (wanted and Path(name).name.startswith("out."))]
    return f"it changed {strange}" if strange else None


def _misprinted(arguments: list[str], ran: Ran) -> str | None:
    """Whether what was printed for a program is not what a program can read."""
    if ran.code or not ran.out:
        return None
    text = " ".join(arguments)
    if re.search(r"(-f|--format)[ =]json", text):
        try:
            json.loads(ran.out, parse_constant=lambda name: 1 / 0)
            ran.out.encode()
        except (ValueError, ZeroDivisionError) as error:
            return f"no JSON ({error}): {ran.out[:200]!r}"
    return None
