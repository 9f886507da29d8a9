"""Predictions in another space, classes on another axis, positions shifted: the number of the arrays made by hand."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from blocks import blocks_of
from hypothesis import given, settings
from hypothesis import strategies as st
from shell import cli, compute, refused

import losscli
from losscli import losses
from losscli.errors import DataError, ShapeError, UsageError

RNG = np.random.default_rng(5)
LOGITS = RNG.normal(0, 2, (12, 4))
LABELS = RNG.integers(0, 4, 12)
LOG_PROBS = LOGITS - np.log(np.exp(LOGITS).sum(axis=1, keepdims=True))
BY_CLASS = {"logits": LOGITS, "probs": np.exp(LOG_PROBS), "log-probs": LOG_PROBS}
ALONE = {
    "logits": LOGITS,
    "probs": 1 / (1 + np.exp(-LOGITS)),
    "log-probs": -np.log1p(np.exp(-LOGITS)),
}
ANSWERS = (LOGITS + RNG.normal(0, 1, LOGITS.shape) > 0).astype(float)


pytestmark = pytest.mark.usefixtures("folder")


# Spaces


@pytest.mark.parametrize("space", BY_CLASS)
@pytest.mark.parametrize("name", ["cross_entropy", "nll"])
def test_class_losses_take_any_space(name, space):
    found = losscli.compute(name, BY_CLASS[space], LABELS, pred_is=space)
    wanted = torch.nn.functional.cross_entropy(torch.tensor(LOGITS), torch.tensor(LABELS)).item()
    assert found.value == pytest.approx(wanted, rel=1e-13)
    own = losses.find(name).inputs[0].kind.space
    assert bool(found.inputs[0].remarks) == (space != own)
    assert ("pred_is" in found.signature) and not found.warnings


@pytest.mark.parametrize("space", ALONE)
@pytest.mark.parametrize("name", ["bce", "bce_with_logits"])
def test_binary_losses_take_any_space(name, space):
    found = losscli.compute(name, ALONE[space], ANSWERS, pred_is=space)
    wanted = torch.nn.functional.binary_cross_entropy_with_logits(torch.tensor(LOGITS), torch.tensor(ANSWERS)).item()
    assert found.value == pytest.approx(wanted, rel=1e-12)


def test_losses_in_one_pass_each_get_what_they_take():
    both = losscli.compute("ce,nll", BY_CLASS["probs"], LABELS, pred_is="probs")
    assert both[0].value == pytest.approx(both[1].value, rel=1e-13)
    assert [one.inputs[0].remarks for one in both] == [
        ("probabilities, converted to logits",),
        ("probabilities, converted to log-probabilities",),
    ]


@pytest.mark.parametrize("threads", [1, 2])
def test_probabilities_from_a_table_in_blocks(reader, threads):
    np.savetxt("p.csv", BY_CLASS["probs"], delimiter=",", fmt="%.17g")
    np.savetxt("y.csv", LABELS, fmt="%d")
    with blocks_of(8):
        found = compute("ce", "p.csv", "y.csv", "--pred-is", "probs", "-q", "-j", threads).out
    assert float(found) == pytest.approx(losscli.compute("ce", LOGITS, LABELS).value, rel=1e-13)


WRONG = {
    "logits as probs": ("ce", LOGITS, "probs", DataError, "is no probability"),
    "logits as log-probs": ("nll", LOGITS, "log-probs", None, ""),
    "logits as log-probs, converted": ("ce", LOGITS, "log-probs", DataError, "is no log-probability"),
    "no space at all": ("l1", LOGITS, "probs", UsageError, "neither logits nor"),
    "no such space": ("ce", LOGITS, "odds", UsageError, "pred_is is 'odds'"),
    "sure": ("bce_with_logits", ANSWERS, "probs", DataError, "no finite logit"),
    "sigmoid or softmax": ("dice", LOGITS[:, :, None], "logits", UsageError, "sigmoid or by softmax"),
}


@pytest.mark.parametrize(("name", "pred", "space", "error", "said"), WRONG.values(), ids=WRONG)
def test_what_is_not_of_the_space_is_refused(name, pred, space, error, said):
    target = LABELS if name in ("ce", "nll") else ANSWERS.reshape(pred.shape)
    if error is None:  # what the loss takes anyway is left to its own checks
        assert [w.code for w in losscli.compute(name, pred, target, pred_is=space).warnings]
        return
    with pytest.raises(error, match=said):
        losscli.compute(name, pred, target, pred_is=space)


def test_probabilities_that_do_not_sum_to_1_are_told():
    found = losscli.compute("ce", BY_CLASS["probs"] / 2, LABELS, pred_is="probs")
    assert [w.code for w in found.warnings] == ["L203"]


def test_a_bad_probability_is_named_by_its_place():
    with open("p.csv", "w") as file:
        file.write("a,b\n0.5,0.5\n0.3,1.7\n")
    error, _ = refused(cli("compute", "ce", "p.csv", "0,1", "--pred-is", "probs"))
    assert "p.csv: 1.7 at line 3, column 'b' is no probability" in error


# Axes


@settings(max_examples=60, deadline=None)
@given(
    shape=st.tuples(st.integers(1, 4), st.integers(1, 5), st.integers(1, 4)),
    classes=st.integers(2, 5),
    axis=st.sampled_from([2, 3, -1, -2]),
    shift=st.integers(0, 3),
    threads=st.integers(1, 2),
)
def test_class_axis_and_shift_are_those_of_arrays(shape, classes, axis, shift, threads):
    logits = RNG.normal(size=(shape[0], classes, *shape[1:]))
    labels = RNG.integers(0, classes, shape)
    cut = shape[-1] - shift
    given_axis = np.moveaxis(logits, 1, axis)
    if cut <= 0:
        with pytest.raises(ShapeError, match="too few to shift"):
            losscli.compute("ce", given_axis, labels, class_axis=axis, shift=shift)
        return
    found = losscli.compute("ce", given_axis, labels, class_axis=axis, shift=shift, threads=threads, per_sample=True)
    by_hand = losscli.compute("ce", logits[..., :cut], labels[..., shift:], per_sample=True)
    assert found.value == by_hand.value
    assert found.per_sample.tolist() == by_hand.per_sample.tolist()


def test_the_next_token_of_a_language_model():
    logits, tokens = RNG.normal(size=(3, 9, 7)), RNG.integers(0, 7, (3, 9))
    np.save("logits.npy", logits)
    np.save("tokens.npy", tokens)
    found = compute("ce", "logits.npy", "tokens.npy", "--class-axis", "-1", "--shift", "1", "-q").out
    wanted = torch.nn.functional.cross_entropy(
        torch.tensor(logits[:, :-1]).transpose(1, 2), torch.tensor(tokens[:, 1:])
    )
    assert float(found) == pytest.approx(wanted.item(), rel=1e-13)


def test_places_are_those_of_the_file():
    logits = np.zeros((2, 5, 3))
    logits[1, 4, 2] = np.nan
    with pytest.raises(DataError, match=r"\[1, 4, 2\]"):
        losscli.compute("ce", logits, np.zeros((2, 5), int), class_axis=-1)
    labels = np.zeros((2, 5), int)
    labels[1, 4] = 9
    with pytest.raises(DataError, match="row 1, column 4"):
        losscli.compute("ce", np.zeros((2, 5, 3)), labels, class_axis=-1, shift=1)


@pytest.mark.parametrize(
    ("more", "said"),
    [({"class_axis": 0}, "axis 0 holds the samples"), ({"class_axis": 3}, "axes 0 to 1"), ({"shift": 1}, "no axis of")],
)
def test_axes_that_are_not_there_are_refused(more, said):
    with pytest.raises((UsageError, ShapeError), match=said):
        losscli.compute("ce", LOGITS, LABELS, **more)
    with pytest.raises(UsageError, match="no axis of classes"):
        losscli.compute("mse", LOGITS, LOGITS, class_axis=-1)
