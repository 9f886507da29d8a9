"""Losses on files of every format against ``torch.nn.functional`` called whole, over shapes, dtypes and options."""

from __future__ import annotations

import json
import math
import random
from pathlib import Path
from typing import Any, NamedTuple

import native
import numpy as np
import torch
from drawing import of_kind
from shell import cli

from fuzz.laws import broken
from losscli import losses
from losscli.spec.kinds import Along, Choice, Interval
from losscli.spec.loss import Loss, Parameter
from losscli.spec.signature import JOINED

_LENGTHS = {"N": [1, 2, 3, 7, 100], "C": [2, 3, 10], "D": [1, 2, 5], "L": [1, 3], "*": [1, 2, 3]}
_SETTINGS = [0.0, 0.1, 0.5, 1.0, 1.5, 2.0, 10.0]
_TORCH = [one for one in losses.built_in() if one.torch]
torch.set_num_threads(1)


class Call(NamedTuple):
    """A loss, its inputs and its parameters."""

    loss: Loss
    inputs: dict[str, np.ndarray]
    parameters: dict[str, Any]
    batched: bool


def case(seed: int, folder: Path) -> str | None:
    """One call, by the command line on files; the number, the unreduced values and those of the samples are torch's."""
    rng = random.Random(seed)
    call = _call(rng)
    reduction = rng.choice([r for r in call.loss.reductions if r in ("mean", "sum", "none")])
    expected = _by_torch(call, reduction)
    if expected is None:
        return None
    options = _options(rng, reduction)
    arguments = ["compute", call.loss.name, *_files(rng, call, folder), *_given(call.parameters), *options]
    ran = cli(*arguments, "-f", "json")
    about = f"losscli {' '.join(arguments)} {_shown(call)}"
    if (what := broken(ran)) or ran.code:
        return f"{about}: {what or ran.err}"
    (found,) = json.loads(ran.out)["results"]
    value = np.array(found["value"], float)
    scale = math.prod(float(np.abs(x).max(initial=1.0)) for x in call.inputs.values())
    if value.shape != expected.shape or not np.allclose(value, expected, 1e-10, 1e-14 * scale, equal_nan=True):
        return f"{about}: {value.tolist()}, and torch says {expected.tolist()}"
    if "-s" in options and reduction == "sum":
        total = math.fsum(float(x) for x in found["per_sample"] if x is not None and not math.isnan(float(x)))
        if not math.isclose(total, float(expected), rel_tol=1e-10, abs_tol=1e-13 * scale):
            return f"{about}: the samples add up to {total}, and the sum is {float(expected)}"
    return None


def _options(rng: random.Random, reduction: str) -> list[str]:
    options = ["-r", reduction]
    if rng.random() < 0.3:
        options += ["-b", "torch"]
    if rng.random() < 0.4 and reduction != "none":
        options += ["-s"]
    return [*options, "-j", rng.choice("12")]


# What is called


def _call(rng: random.Random) -> Call:
    loss = rng.choice(_TORCH)
    form = rng.choice([f for f in loss.signature.forms if not any(a.startswith(JOINED) for x in f.inputs for a in x)])
    letters = {a: (rng.choice(_LENGTHS.get(a, [1, 2, 3])),) for axes in form.inputs for a in axes if a != "*"}
    letters["*"] = tuple(rng.choice(_LENGTHS["*"]) for _ in range(rng.choice([0, 0, 0, 1, 2])))
    if form.inputs[0][0] == "*":
        letters["*"] = (rng.choice(_LENGTHS["N"]), *letters["*"])
    parameters = {p.name: _parameter(rng, p, letters) for p in loss.parameters}
    inputs = {}
    for i, (role, axes) in enumerate(zip(loss.inputs, form.inputs, strict=False)):
        shape = tuple(n for axis in axes for n in letters[axis])
        if not role.optional or rng.random() < 0.5:
            inputs[role.name] = _values(rng, loss, i, axes, shape, letters, parameters)
            kind = role.kind_for(parameters)
            if kind.ignorable and inputs[role.name].dtype.kind == "f":  # of probabilities none can be ignored
                parameters[kind.ignorable] = None
    batched = form.inputs[0][0] == loss.signature.sample_axis
    return Call(loss, inputs, {k: v for k, v in parameters.items() if v is not None}, batched)


def _parameter(rng: random.Random, declared: Parameter, letters: dict[str, tuple[int, ...]]) -> Any:
    domain = declared.domain
    if declared.type == "bool":
        return rng.random() < 0.5
    if isinstance(domain, Choice):
        return rng.choice(domain.options)
    if isinstance(domain, Along):
        if rng.random() < 0.5:
            return None
        length = letters["C"][0] if "C" in letters else letters["*"][-1] if len(letters["*"]) > 1 else 1
        return np.array([rng.choice([0.5, 1.0, 2.0, 3.25]) for _ in range(length)])
    assert isinstance(domain, Interval)
    if declared.type == "int":
        return rng.choice([declared.default, declared.default, *[x for x in (-1, 0, 1, 2, 255) if x in domain]])
    return rng.choice([declared.default, *[x for x in _SETTINGS if x in domain]])


def _values(
    rng: random.Random,
    loss: Loss,
    index: int,
    axes: tuple[str, ...],
    shape: tuple[int, ...],
    letters: dict[str, tuple[int, ...]],
    parameters: dict[str, Any],
) -> np.ndarray:
    kind, drawn = loss.inputs[index].kind_for(parameters), np.random.default_rng(rng.randrange(1 << 32))
    if kind.dtype == "length":
        return np.asarray(drawn.integers(0, letters[kind.along][0] + 1, shape))
    if kind.dtype == "label" and (kind.soft_form is None or "C" not in axes):
        labels = drawn.integers(0 if kind.padding is None else kind.padding, letters["C"][0], shape)
        if kind.reserved:
            labels = np.where(labels == parameters[kind.reserved], (labels + 1) % letters["C"][0], labels)
        if kind.ignorable and rng.random() < 0.3:
            labels = np.where(drawn.random(shape) < 0.3, parameters[kind.ignorable], labels)
        return labels
    if kind.dtype == "label":
        values = drawn.dirichlet(np.ones(letters["C"][0]), shape[:1] + shape[2:])
        return np.moveaxis(values, -1, 1) if len(shape) > 1 else values
    if kind.name == "log-probabilities":
        x = drawn.standard_normal(shape) * 3
        axis = axes.index("C")
        return x - np.log(np.exp(x).sum(axis=axis, keepdims=True))
    dtype = rng.choice([np.float64, np.float64, np.float32, np.float16])
    return of_kind(drawn, kind, shape, -5.0, 5.0).astype(dtype)


def _by_torch(call: Call, reduction: str) -> np.ndarray | None:
    """What torch says in float64, or None where it does not take such a call."""
    tensors = {n: torch.from_numpy(x if x.dtype.kind == "i" else x.astype(float)) for n, x in call.inputs.items()}
    parameters = {
        n: torch.from_numpy(np.asarray(v, float)) if isinstance(v, np.ndarray) else v
        for n, v in call.parameters.items()
    }
    try:
        return native.whole(call.loss, tensors, parameters, reduction).numpy()
    except (RuntimeError, IndexError):
        return None


# As files


def _files(rng: random.Random, call: Call, folder: Path) -> list[str]:
    options: list[str] = []
    for role in call.loss.inputs:
        if role.name in call.inputs:
            values = call.inputs[role.name]
            # A row of a table is a sample, and its columns, which are paired by name, are one axis of all.
            columns = call.inputs[call.loss.inputs[0].name].shape[-1]
            table = call.batched and (values.ndim == 1 or (values.ndim == 2 and 1 < values.shape[1] == columns))
            write = rng.choice([_npy, _npy, _npz, *((_csv, _csv, _parquet, _ndjson) if table else ())])
            options += [f"--{role.name.replace('_', '-')}", write(values, folder, role.name)]
    return options


def _npy(values: np.ndarray, folder: Path, name: str) -> str:
    np.save(folder / f"{name}.npy", values)
    return f"{name}.npy"


def _npz(values: np.ndarray, folder: Path, name: str) -> str:
    np.savez(folder / f"{name}.npz", **{name: values})
    return f"{name}.npz"


def _frame(values: np.ndarray) -> Any:
    import polars as pl

    return pl.DataFrame(dict(zip(_names(values), values.reshape(len(values), -1).T, strict=True)))


def _names(values: np.ndarray) -> list[str]:
    """Columns of one kind have equal names, for they are paired by name; a single one goes by its place."""
    return [f"c{i}" for i in range(values.shape[1])] if values.ndim == 2 else ["only"]


def _csv(values: np.ndarray, folder: Path, name: str) -> str:
    rows = values.reshape(len(values), -1).tolist()
    lines = [",".join(_names(values)), *(",".join(map(repr, row)) for row in rows)]
    (folder / f"{name}.csv").write_text("\n".join(lines) + "\n")
    return f"{name}.csv"


def _parquet(values: np.ndarray, folder: Path, name: str) -> str:
    _frame(values.astype(float) if values.dtype == np.float16 else values).write_parquet(folder / f"{name}.parquet")
    return f"{name}.parquet"


def _ndjson(values: np.ndarray, folder: Path, name: str) -> str:
    _frame(values.astype(float) if values.dtype.kind == "f" else values).write_ndjson(folder / f"{name}.ndjson")
    return f"{name}.ndjson"


def _given(parameters: dict[str, Any]) -> list[str]:
    given: list[str] = []
    for name, value in parameters.items():
        flag = name.replace("_", "-")
        if isinstance(value, bool):
            given.append(f"--{flag}" if value else f"--no-{flag}")
        else:
            text = ",".join(map(repr, value.tolist())) if isinstance(value, np.ndarray) else str(value)
            given.append(f"--{flag}={text}")
    return given


def _shown(call: Call) -> str:
    return " ".join(f"{name}={x.tolist()}" for name, x in call.inputs.items())
