"""Machines with other last digits have other signatures; and nothing is computed for signatures nobody asks for."""

from __future__ import annotations

import ast
import json
import os
import pickle
import subprocess
import sys

import numpy as np
import pytest
from shell import ROOT, compute

import losscli
from losscli.backends import fingerprint as prints
from losscli.backends.numpy import NumpyBackend
from losscli.backends.torch import TorchBackend

BACKENDS = [NumpyBackend, TorchBackend]


def told(kind=NumpyBackend, dtype="float64"):
    prints.fingerprint.cache_clear()
    return prints.fingerprint(kind, "cpu", dtype)


@pytest.fixture(autouse=True)
def forgotten():
    yield
    prints.fingerprint.cache_clear()


@pytest.mark.parametrize("kind", BACKENDS)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", prints.FUNCTIONS)
def test_one_last_digit_of_one_value_of_any_function_is_told(kind, dtype, name, monkeypatch):
    before, function = told(kind, dtype), prints.FUNCTIONS[name]

    def elsewhere(xp, x):
        values = np.asarray(function(xp, x)).copy().reshape(-1)
        values[137] = np.nextafter(values[137], values.dtype.type(np.inf))
        return xp.asarray(values)

    monkeypatch.setitem(prints.FUNCTIONS, name, elsewhere)
    assert told(kind, dtype) != before


def test_backends_and_dtypes_are_told_apart():
    assert len({told(kind, dtype) for kind in BACKENDS for dtype in ("float32", "float64")}) == 4


NEVER_OTHERWISE = """
abs add all any arange argmax argmin argsort argwhere asarray astype bincount bool bool_ broadcast_to clip concat
count_nonzero cumulative_sum divide dtype empty errstate expand_dims flip float32 float64 floor full full_like inf int64
isdtype isfinite isinf isnan logical_and logical_not logical_or matrix_transpose max maximum mean min minimum moveaxis
multiply nan ndarray ndim negative nonzero ones ones_like permute_dims prod repeat reshape round searchsorted sign
sort sqrt square squeeze stack subtract sum take take_along_axis tril triu unstack where zeros zeros_like
"""
"""What IEEE 754 and an order that NumPy keeps to round alike everywhere, and what computes nothing."""


def functions_of(path, namespace):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    attributes = [node for node in ast.walk(tree) if isinstance(node, ast.Attribute)]
    return {a.attr for a in attributes if isinstance(a.value, ast.Name) and a.value.id == namespace}


PLACES = [(path, "xp") for room in ("losses", "spec") for path in sorted((ROOT / "losscli" / room).rglob("*.py"))]
PLACES.append((ROOT / "losscli/inputs/spaces.py", "np"))


@pytest.mark.parametrize(("path", "namespace"), PLACES, ids=lambda x: getattr(x, "stem", ""))
def test_every_function_that_is_rounded_otherwise_elsewhere_is_among_those_tried(path, namespace):
    assert not functions_of(path, namespace) - set(NEVER_OTHERWISE.split()) - set(prints.FUNCTIONS)


def test_the_scan_sees_what_is_called():
    found = set().union(*(functions_of(*place) for place in PLACES))
    assert {"exp", "log1p", "matmul", "expm1", "where"} <= found


def test_another_level_of_instructions_with_other_digits_is_another_signature():
    code = (
        "import json, losscli, numpy as np\n"
        "x = np.arange(1, 5000) / 5000\n"
        "one = losscli.compute('bce', x, x[::-1].copy(), per_sample=True)\n"
        "print(json.dumps([one.per_sample.tolist(), one.signature]))"
    )
    extensions = np.show_config(mode="dicts")["SIMD Extensions"]
    found = []
    for without in ("", " ".join(extensions.get("found", []))):
        environment = os.environ | {"NPY_DISABLE_CPU_FEATURES": without}
        done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
        found.append(json.loads(done.stdout))
    (one, signed_one), (two, signed_two) = found
    assert signed_one != signed_two or one == two


@pytest.fixture
def elsewhere(monkeypatch):
    """A machine with other last digits."""
    monkeypatch.setattr(NumpyBackend, "fingerprint", lambda self: "elsewhere")


def test_a_result_that_travels_keeps_its_signature(elsewhere, monkeypatch):
    sent = pickle.dumps(losscli.compute("mse", [1.0], [2.0]))
    monkeypatch.undo()
    assert "/elsewhere|" in pickle.loads(sent).signature


@pytest.mark.parametrize("more", [["-q"], [], ["--top", "1"]])
def test_no_number_waits_for_it(more, monkeypatch):
    def asked(self):
        raise AssertionError("nobody wants a signature")

    monkeypatch.setattr(NumpyBackend, "fingerprint", asked)
    assert compute("mse", "1,2", "2,4", *more).code == 0


def test_the_signature_that_is_shown_has_it(elsewhere):
    assert "/elsewhere|" in compute("mse", "1,2", "2,4", "-f", "json").out
