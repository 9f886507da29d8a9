"""A row of a table is a sample, whatever the loss; arrays and inline numbers may be one sample alone."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from shell import cli, compute, refused

import losscli

pytestmark = pytest.mark.usefixtures("folder", "reader")


def column(name, values):
    Path(f"{name}.csv").write_text(f"{name}\n" + "".join(f"{v}\n" for v in values))
    return f"{name}.csv"


A, B, C = [1.0, 2.0, 3.0], [1.0, 2.0, 4.0], [3.0, 3.0, 4.0]


@pytest.mark.parametrize("on", [(), ("--on", "id")])
def test_one_column_is_vectors_of_one_dimension(on):
    for name, values in (("a", A), ("b", B), ("c", C)):
        Path(f"{name}.csv").write_text("id,x\n" + "".join(f"{i},{v}\n" for i, v in enumerate(values)))
    found = json.loads(compute("triplet_margin", "a.csv", "b.csv", "c.csv", *on, "-f", "json").out)["results"][0]
    stacked = [np.array(v)[:, None] for v in (A, B, C)]
    assert found["samples"] == 3
    assert found["value"] == losscli.compute("triplet_margin", *stacked).value
    assert losscli.compute("triplet_margin", A, B, C).samples == 1


def test_one_column_is_no_sample_of_many_classes():
    error, hint = refused(cli("compute", "ce", column("logit", [-2, 3, 1]), column("y", [0, 1, 1])))
    assert "shapes do not fit" in error
    assert "a column is a class, and there is one" in hint
    assert losscli.compute("ce", [-2.0, 3.0, 1.0], 1).samples == 1


def test_classes_on_the_last_axis_are_told():
    np.save("pred.npy", np.zeros((3, 5, 7)))
    np.save("target.npy", np.zeros((3, 5), int))
    assert "--class-axis -1" in refused(cli("compute", "ce", "pred.npy", "target.npy"))[1]


@pytest.mark.parametrize("name", ["bce", "bce_with_logits"])
def test_yes_and_no_in_words(name):
    Path("f.csv").write_text("p,y\n0.25,no\n0.5,yes\n0.75, yes\n")
    wanted = losscli.compute(name, [0.25, 0.5, 0.75], [0.0, 1.0, 1.0]).value
    table = ("f.csv", "--pred", "p", "--target", "y")
    assert float(compute(name, *table, "--classes", "no,yes", "-q").out) == wanted
    assert "--classes no,yes" in refused(cli("compute", name, *table, "--classes", "no,yes,perhaps"))[1]
    assert "'no' is not a number" in refused(cli("compute", name, *table))[0]


@pytest.mark.parametrize("pred", ["pred.npy", "pred.csv"])
def test_first_row_of_0_is_a_label_where_class_centres_are_one_row_fewer(pred):
    embeddings, labels = np.random.default_rng(0).normal(size=(5, 3)), [0, 1, 2, 3, 1]
    np.save("pred.npy", embeddings)
    np.savetxt("pred.csv", embeddings, delimiter=",", fmt="%.17g")
    np.save("centers.npy", np.eye(4, 3))
    Path("labels.csv").write_text("".join(f"{label}\n" for label in labels))
    found = compute("arcface", pred, "labels.csv", "centers.npy", "-q")
    assert float(found.out) == losscli.compute("arcface", embeddings, labels, np.eye(4, 3)).value
