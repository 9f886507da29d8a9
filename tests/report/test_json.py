"""The JSON document: what programs rely on."""

from __future__ import annotations

import math

import numpy as np
import pytest
from shell import compute, document

import losscli
from losscli.backends.numpy import NumpyBackend
from losscli.report.numbers import jsonable

pytestmark = pytest.mark.usefixtures("files")


RESULT_KEYS = {
    "loss", "params", "reduction", "value", "numerator", "denominator", "denominator_is", "samples", "ignored",
    "omitted", "clamped", "backend", "dtype", "signature",
}  # fmt: skip


def test_json_has_the_keys_that_programs_rely_on():
    found = document("mse", "p.csv", "t.csv")
    assert set(found) == {"schema", "losscli", "inputs", "results", "warnings"}
    assert found["schema"] == 1
    assert found["losscli"] == losscli.__version__
    assert found["inputs"][0] == {
        "role": "pred", "source": "p.csv", "format": "csv", "shape": [12], "dtype": "float64", "remarks": [],
    }  # fmt: skip
    (one,) = found["results"]
    assert set(one) == RESULT_KEYS
    assert one["denominator"] == one["samples"] == 12
    assert one["value"] == one["numerator"] / one["denominator"]
    arithmetic = f"numpy:{np.__version__}/{NumpyBackend('cpu', 'float64').fingerprint()}"
    signature = f"mse|mean/elements|{arithmetic}|float64|losscli:{losscli.__version__}"
    assert (one["signature"], one["backend"]) == (signature, f"numpy:{np.__version__}")
    assert found["warnings"] == []


def test_json_is_one_line():
    assert compute("mse,l1", "p.csv", "t.csv", "-f", "json").out.count("\n") == 1


def test_json_of_an_unreduced_matrix_is_nested():
    assert document("mse", "m.csv", "z.csv", "-r", "none")["results"][0]["value"] == [[1, 4], [9, 16], [25, 36]]


def test_json_per_sample():
    one = document("mse", "m.csv", "z.csv", "-s")["results"][0]
    assert set(one) == RESULT_KEYS | {"per_sample"}
    assert one["per_sample"] == [2.5, 12.5, 30.5]


def test_json_without_s_has_no_samples():
    assert "per_sample" not in document("mse", "m.csv", "z.csv")["results"][0]


def test_json_numbers_that_are_not_finite_are_strings():
    one = document("l1", "odd.csv", "three.csv", "--nan", "propagate", "-r", "none")["results"][0]
    assert one["value"] == ["Infinity", "Infinity", "NaN"]
    assert document("l1", "odd.csv", "three.csv", "--nan", "omit")["results"][0]["value"] == "Infinity"
    assert jsonable({"a": [-math.inf, (math.nan,)]}) == {"a": ["-Infinity", ["NaN"]]}


def test_json_keeps_every_digit(tmp_path):
    value = document("mse", "p.csv", "t.csv")["results"][0]["value"]
    assert value == losscli.compute("mse", "p.csv", "t.csv").value
