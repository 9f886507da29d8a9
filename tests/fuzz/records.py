"""Records as JSON, one a line or in an array: random objects, and damaged ones, against Python's own ``json``."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import numpy as np

from fuzz.reading import read
from losscli.data.files import FORMATS

_NUMBERS = ["0", "1", "-1", "2.5", "1e3", "-0.0", "1E-7", "123456789012", "0.1", "4.9e-324"]
_ODD = [
    *("null", "true", "false", '"x"', '"1"', "[1]", "{}", "NaN", "Infinity", "01", "+1", "1.", ".5", "1e", "1e400"),
    *("9007199254740993", "18446744073709551616", "1_0", "0x1", "", '"\\ud800"', "\u0661", "'1'", "tru", "1 2", "1,"),
    *("]", "--1"),
]
_NAMES = ["a", "b", "y hat", "ü", "0", "a.b", "*", ""]


def case(seed: int, folder: Path) -> str | None:
    """A file of records: what ``json`` reads from it, or an error."""
    rng = random.Random(seed)
    names = rng.sample(_NAMES, rng.randint(1, 3)) if rng.random() < 0.95 else [f"c{i}" for i in range(40)]
    lines = [_line(rng, names) for _ in range(rng.choice([1, 2, 3, 5, 120]))]
    harmed = rng.random() < 0.7
    form = rng.choice([name for name in ("ndjson", "json") if name in FORMATS])
    content = "\n".join(lines) if form == "ndjson" else "[" + ",\n".join(lines) + "]"
    content += rng.choice(["\n", "\n", ""])
    for _ in range(rng.choice([1, 1, 2]) if harmed else 0):
        content = _damaged(rng, content)
    (folder / f"x.{form}").write_bytes(content.encode("utf-8", "surrogatepass"))
    ours = read(f"x.{form}")
    about = f"{content!r} as {form}"
    try:
        truth: np.ndarray | str = _reference(content, form)
    except (ValueError, RecursionError) as error:
        truth = f"{error}"
    if ours.values is None:
        return None if harmed else f"{about}: {ours.shown}, and nothing is wrong with it"
    if isinstance(truth, str):
        return f"{about}: {ours.shown}, and json says: {truth}"
    return (
        None if ours._replace(values=ours.values.astype(float)).same(truth) else f"{about}: {ours.shown}, not {truth}"
    )


def _line(rng: random.Random, names: list[str]) -> str:
    order = rng.sample(names, len(names)) if rng.random() < 0.2 else names
    blank = rng.choice(["", "", " "])
    return "{" + ",".join(f"{blank}{json.dumps(n)}:{blank}{rng.choice(_NUMBERS)}" for n in order) + "}"


def _damaged(rng: random.Random, content: str) -> str:
    lines = content.split("\n")
    at = rng.randrange(len(lines))
    line = lines[at]
    cut = rng.randrange(len(line) + 1)
    token = rng.choice(_ODD)
    head, mark, rest = line.partition(":")
    end = min((rest + ",}").index(","), (rest + ",}").index("}"))
    lines[at] = rng.choice(
        [
            line[:cut] + line[cut + 1 :],
            line[:cut] + rng.choice('{}[]",:0 \t\r\0') + line[cut:],
            head + mark + token + rest[end:],
            head + mark + token + rest[end:],
            line.replace("}", f',"a":{token}}}'),
            "",
            line + line,
        ]
    )
    return "\n".join(lines)


def _reference(content: str, form: str) -> np.ndarray:
    """The numbers, in the order of the first object's keys."""
    texts = [line for line in content.split("\n") if line.strip(" \t\r")] if form == "ndjson" else [content]
    found: list[Any] = [json.loads(x, object_pairs_hook=_pairs) for x in texts]
    records = found if form == "ndjson" else found[0]
    if isinstance(records, list) and records and not any(isinstance(one, dict) for one in records):
        return np.array([_number(one) for one in records])
    if not isinstance(records, list) or not records or not all(isinstance(one, dict) for one in records):
        raise ValueError("they are no objects")
    names = list(records[0])
    if not names or not all(set(one) == set(names) for one in records):
        raise ValueError("the keys are not the same")
    if len(names) == 1 and all(isinstance(one[names[0]], list) for one in records):
        return np.array([[_number(x) for x in one[names[0]]] for one in records])
    values = np.array([[_number(one[name]) for name in names] for one in records])
    return values[:, 0] if len(names) == 1 else values


def _number(value: Any) -> float:
    if not isinstance(value, int | float):
        raise ValueError("a value is not a number")
    return float(value)


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key stands twice")
    return found
