"""CTC: against every path spelt out; torch's mean, its gradient, and what cannot be spelt."""

import itertools
import math

import numpy as np
import pytest
import torch
from blocks import blocks_of
from hypothesis import given
from hypothesis import strategies as st
from shell import cli

import losscli
from losscli import losses

BACKENDS = ["numpy", "torch"]
RNG = np.random.default_rng(29)
SAMPLES = "sample_data/spoken_log_probs.npy sample_data/spoken_targets.csv"
LENGTHS = "sample_data/spoken_lengths.csv::steps sample_data/spoken_lengths.csv::labels"


def log_softmax(x):
    return x - np.log(np.exp(x).sum(axis=-1, keepdims=True))


def spelt(path, blank):
    merged = [label for label, _ in itertools.groupby(path)]
    return [label for label in merged if label != blank]


def naive(log_probs, target, blank):
    """The loss of one sequence: every path of its steps that spells the target."""
    steps, classes = log_probs.shape
    paths = (p for p in itertools.product(range(classes), repeat=steps) if spelt(p, blank) == list(target))
    total = math.fsum(math.exp(sum(log_probs[t, c] for t, c in enumerate(p))) for p in paths)
    return -math.log(total) if total else math.inf


@pytest.mark.parametrize("backend", BACKENDS)
@given(seed=st.integers(0, 999), blank=st.integers(0, 2), zero=st.booleans(), elements=st.sampled_from([1, 12, 999]))
def test_it_is_the_sum_over_all_paths(backend, seed, blank, zero, elements):
    rng = np.random.default_rng(seed)
    log_probs = log_softmax(rng.standard_normal((4, 5, 3)))
    targets = rng.choice([c for c in range(3) if c != blank], (5, 3))
    steps, labels = rng.integers(0, 5, 5), rng.integers(0, 4, 5)
    each = [naive(log_probs[:t, n], targets[n, :s], blank) for n, (t, s) in enumerate(zip(steps, labels, strict=True))]
    expected = np.array([0.0 if zero and math.isinf(x) else x for x in each])
    options = {"blank": blank, "zero_infinity": zero, "backend": backend}
    with blocks_of(elements):
        found = losscli.compute("ctc", log_probs, targets, steps, labels, reduction="none", **options)
        mean = losscli.compute("ctc", log_probs, targets, steps, labels, **options)
    np.testing.assert_allclose(found.value, expected, rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(mean.numerator, (expected / np.maximum(labels, 1)).sum(), rtol=1e-12, atol=1e-14)
    assert (mean.denominator, mean.denominator_is) == (5, "sequences")
    told = [w for w in mean.warnings if w.code == "L216"]
    assert bool(told) == np.isinf(each).any()


def test_torch_has_the_gradient_to_the_logits():
    logits = torch.from_numpy(RNG.standard_normal((6, 3, 4))).requires_grad_()
    rest = [torch.from_numpy(RNG.integers(1, 4, (3, 2))), torch.tensor([6, 5, 4]), torch.tensor([2, 1, 0])]
    back = RNG.standard_normal(3)
    one = losses.find("ctc")
    log_probs = logits.log_softmax(-1)
    by_hand = one.gradients(back, log_probs.detach().numpy(), *(x.numpy() for x in rest))["log_probs"]
    torchs = log_probs.detach().requires_grad_()
    values = torch.nn.functional.ctc_loss(torchs, *rest, reduction="none")
    (by_torch,) = torch.autograd.grad((values * torch.from_numpy(back)).sum(), torchs)
    (through,) = torch.autograd.grad((log_probs * torch.from_numpy(by_hand)).sum(), logits)
    np.testing.assert_allclose(through, by_torch, rtol=1e-10, atol=1e-14)


@pytest.mark.parametrize("backend", BACKENDS)
def test_logits_and_probabilities_are_taken_for_what_they_are(backend):
    logits = RNG.standard_normal((6, 3, 4))
    rest = (RNG.integers(1, 4, (3, 2)), [6, 5, 4], [2, 1, 0])
    expected = losscli.compute("ctc", log_softmax(logits), *rest)
    for space, x in {"logits": logits, "probs": np.exp(log_softmax(logits))}.items():
        found = losscli.compute("ctc", x, *rest, pred_is=space, backend=backend)
        assert found.value == pytest.approx(expected.value, rel=1e-13)
    assert [w.code for w in losscli.compute("ctc", logits, *rest).warnings] == ["L202"]
    assert not expected.warnings


def test_files_of_any_form_are_one_number(tmp_path):
    padded = np.loadtxt("sample_data/spoken_targets.csv", delimiter=",", dtype=int)
    labels = np.loadtxt("sample_data/spoken_lengths.csv", delimiter=",", dtype=int, skiprows=1)[:, 1]
    joined = np.concatenate([row[:n] for row, n in zip(padded, labels, strict=True)])
    np.savetxt(tmp_path / "joined.csv", joined, fmt="%d")
    first = cli(*f"compute ctc {SAMPLES} {LENGTHS} -q".split())
    second = cli(*f"compute ctc {SAMPLES.split()[0]} {tmp_path}/joined.csv {LENGTHS} -q".split())
    assert (first.code, second.code) == (0, 0)
    assert first.out == second.out


def test_what_is_wrong_is_told():
    ran = cli(*f"compute ctc {SAMPLES} {LENGTHS} --blank 9".split())
    assert (ran.code, ran.out) == (2, "")
    assert "the blank is 9, and the classes are 0 to 8" in ran.err
    assert "--blank 8 is the last one" in ran.err
    ran = cli(*f"compute ctc {SAMPLES} {LENGTHS} --blank 2".split())
    assert (ran.code, ran.out) == (2, "")
    assert "labels are 2, which is the blank here and no label, the first at line 1, column 1" in ran.err
    ran = cli(*f"compute ctc {SAMPLES} {LENGTHS} --class-axis 1".split())
    assert (ran.code, ran.out) == (2, "")
    assert "whose axes --class-axis does not move" in ran.err


@pytest.mark.parametrize("backend", BACKENDS)
def test_targets_without_labels_need_steps_all_the_same(backend):
    none, labels = np.zeros((1, 0), int), [0]
    assert losscli.compute("ctc", np.zeros((2, 1, 1)), none, [2], labels, backend=backend).value == 0
    for shape, target in (((0, 1, 3), none), ((0, 1, 3), np.zeros((1, 1), int)), ((0, 3), np.zeros(1, int))):
        lengths = ([0], labels) if len(shape) == 3 else (0, 0)
        with pytest.raises(losscli.LossCLIError, match=r"log_probs: holds no values \(shape"):
            losscli.compute("ctc", np.zeros(shape), target, *lengths, backend=backend)
