"""One-hot rows among class probabilities."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from frames import FORMATS, put
from shell import compute, document

import losscli

pytestmark = pytest.mark.usefixtures("folder")


SCORES = np.random.default_rng(20).standard_normal((7, 3))
LABELS = [2, 0, 1, 1, 2, 0, 2]


@pytest.mark.parametrize("format", FORMATS)
def test_one_hot_rows_are_said_to_be_that(format, reader):
    put("p.csv", pl.DataFrame(SCORES, schema=list("abc")))
    y = put(f"y.{format}", pl.DataFrame(np.eye(3)[LABELS], schema=list("abc")))
    found = document("ce", "p.csv", y)
    assert found["inputs"][1]["remarks"] == ["one-hot rows, read as class probabilities"]
    assert found["results"][0]["value"] == pytest.approx(losscli.compute("ce", SCORES, LABELS).value, rel=1e-14)
    assert found["warnings"] == []
    assert f"target: {y}, 7 × 3; one-hot rows, read as class probabilities\n" in compute("ce", "p.csv", y).out


def test_soft_rows_are_not_one_hot():
    soft = np.eye(3)[LABELS]
    soft[-1] = [0.5, 0.25, 0.25]
    assert losscli.compute("ce", SCORES, soft).inputs[1].remarks == ()
    off = np.eye(3)[LABELS]
    off[2] = 0
    one = losscli.compute("ce", SCORES, off)
    assert (one.inputs[1].remarks, [w.code for w in one.warnings]) == ((), ["L203"])
