"""Conventions that are known to be in use, each found again in a number that it gave."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from shell import cli, refused
from torch.nn import functional

import losscli

RNG = np.random.default_rng(3)
LOGITS = RNG.standard_normal((150, 4)) * 2
LABELS = np.where(RNG.random(150) < 0.7, LOGITS.argmax(axis=1), RNG.integers(0, 4, 150))
PRED = RNG.gamma(2.0, 3.0, 150)
REAL = PRED + RNG.standard_normal(150)
X, Y = torch.tensor(LOGITS), torch.tensor(LABELS)
EACH = functional.cross_entropy(X, Y, reduction="none").numpy()
SHARE = np.bincount(LABELS) / 150
BALANCED, INVERSE = torch.tensor(1 / (4 * SHARE)), torch.tensor(1 / SHARE)


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("reconcile")
    for name, x in (("logits", LOGITS), ("labels", LABELS), ("pred", PRED), ("real", REAL)):
        np.save(folder / f"{name}.npy", x)
    return {name: str(folder / f"{name}.npy") for name in ("logits", "labels", "pred", "real")}


def _batches(x, size):
    return [x[i : i + size] for i in range(0, len(x), size)]


OF_CLASSES = {
    "plain": (functional.cross_entropy(X, Y), "cross_entropy", {}),
    "sum": (functional.cross_entropy(X, Y, reduction="sum"), "cross_entropy", {"aggregate": "sum"}),
    "twice": (functional.cross_entropy(X.softmax(1), Y), "cross_entropy", {"input": "softmax-twice"}),
    "smoothed": (functional.cross_entropy(X, Y, label_smoothing=0.1), "cross_entropy", {"label-smoothing": 0.1}),
    "ignored": (functional.cross_entropy(X, Y, ignore_index=2), "cross_entropy", {"ignore-index": 2}),
    "balanced": (functional.cross_entropy(X, Y, weight=BALANCED), "cross_entropy", {"weight": "balanced"}),
    "bits": (functional.cross_entropy(X, Y) / np.log(2), "cross_entropy", {"log-base": 2}),
    "median": (np.median(EACH), "cross_entropy", {"aggregate": "median of the samples"}),
    "batches": (
        np.mean([b.mean() for b in _batches(EACH, 32)]),
        "cross_entropy",
        {"aggregate": "mean of batch means", "batch": 32},
    ),
    "dropped": (
        np.mean([b.mean() for b in _batches(EACH, 32)[:-1]]),
        "cross_entropy",
        {"aggregate": "mean of batch means", "batch": 32, "last batch": "dropped"},
    ),
    "batch sums": (
        np.mean([b.sum() for b in _batches(EACH, 16)]),
        "cross_entropy",
        {"aggregate": "mean of batch sums", "batch": 16},
    ),
    "half precision": (functional.cross_entropy(X.half().double(), Y), "cross_entropy", {"dtype": "float16"}),
    "bfloat16": (functional.cross_entropy(X.bfloat16().double(), Y), "cross_entropy", {"dtype": "bfloat16"}),
    "weights over n": (
        functional.cross_entropy(X, Y, weight=INVERSE, reduction="sum") / 150,
        "cross_entropy",
        {"weight": "inverse", "denominator": "samples"},
    ),
}
ERROR = PRED - REAL
OF_REALS = {
    "mse": (np.mean(ERROR**2), "mse", {}),
    "root": (np.sqrt(np.mean(ERROR**2)), "rmse", {}),
    "half": (np.mean(ERROR**2) / 2, "mse", {"post": "half"}),
    "unbiased": (np.sum(ERROR**2) / 149, "mse", {"denominator": "n - 1"}),
    "standardised": (np.mean(ERROR**2) / np.var(REAL), "mse", {"target": "standardised"}),
    "log1p": (np.mean((np.log1p(PRED) - np.log1p(REAL)) ** 2), "mse", {"target": "log1p"}),
    "swapped": (np.sum(ERROR**2), "mse", {"aggregate": "sum"}),
}


def _found(value, files, **more):
    return losscli.reconcile(f"{float(value):.9g}", *files, **more)


@pytest.mark.parametrize("name", OF_CLASSES)
def test_convention_of_classes_is_found(files, name):
    value, loss, settings = OF_CLASSES[name]
    found = _found(value, (files["logits"], files["labels"]))
    assert found.matches, found.nearest
    assert (found.matches[0].loss, found.matches[0].settings) == (loss, settings)
    assert found.matches[0].value == pytest.approx(float(value), rel=1e-8)


def test_clipped_probabilities_are_found(tmp_path):
    np.save(tmp_path / "strong.npy", 12 * LOGITS)
    np.save(tmp_path / "labels.npy", LABELS)
    clipped = (12 * X).softmax(1).clip(1e-7, 1 - 1e-7)
    found = _found(functional.nll_loss(clipped.log(), Y), (tmp_path / "strong.npy", tmp_path / "labels.npy"))
    assert (found.matches[0].loss, found.matches[0].settings) == ("nll", {"clamp": "1e-07"})


@pytest.mark.parametrize("name", OF_REALS)
def test_convention_of_reals_is_found(files, name):
    value, loss, settings = OF_REALS[name]
    found = _found(value, (files["pred"], files["real"]))
    assert (loss, settings) in [(one.loss, one.settings) for one in found.matches]


@pytest.mark.parametrize("name", ["sum", "smoothed", "ignored", "plain"])
def test_command_gives_the_number(files, name):
    value, _, _ = OF_CLASSES[name]
    found = _found(value, (files["logits"], files["labels"]))
    program, *arguments = found.matches[0].command(found.files)
    assert program == "losscli"
    assert float(cli(*arguments, "-q").out) == pytest.approx(float(value), rel=1e-12)


def test_numbers_drawn_at_random_agree_as_often_as_is_said(files):
    plain = float(OF_CLASSES["plain"][0])
    tried = [losscli.reconcile(f"{plain * f:.4g}", files["logits"], files["labels"]) for f in np.linspace(0.9, 1.2, 12)]
    expected = np.mean([1 - np.exp(-one.by_chance) for one in tried])
    assert 0 < expected < 1
    assert abs(np.mean([bool(one.matches) for one in tried]) - expected) < 0.5


def test_nothing_agrees_with_what_no_convention_gives(files):
    found = losscli.reconcile("123456.789", files["logits"], files["labels"])
    assert found.matches == ()
    assert len(found.nearest) == 3


def test_a_sum_in_another_order_agrees_with_all_its_digits(files):
    plain = losscli.compute("ce", files["logits"], files["labels"]).value
    found = losscli.reconcile(repr(np.nextafter(plain, 9).item()), files["logits"], files["labels"])
    assert found.matches[0].settings == {}


def test_zero_is_of_no_size_by_which_chance_could_be_told(files):
    assert " different numbers tried.\n" in cli("reconcile", "0", files["pred"], files["real"]).out


def test_numbers_past_the_largest_float_are_left_out_without_a_word(tmp_path):
    np.save(tmp_path / "far.npy", np.array([1e308, -1e308, 1.0]))
    np.save(tmp_path / "near.npy", np.array([1.0, 2.0, 3.0]))
    ran = cli("reconcile", "0.51234", tmp_path / "far.npy", tmp_path / "near.npy")
    assert (ran.code, ran.err) == (1, "")


def test_targets_whose_deviation_no_float_holds_are_not_scaled_by_it(tmp_path, small_blocks):
    np.save(tmp_path / "far.npy", 1e305 * RNG.standard_normal(5000))
    np.save(tmp_path / "near.npy", RNG.standard_normal(5000))
    ran = cli("reconcile", "0.51234", tmp_path / "near.npy", tmp_path / "far.npy", "-f", "json")
    assert (ran.code, ran.err) == (1, "")
    assert not any("target" in one["settings"] for one in json.loads(ran.out)["nearest"])


@pytest.mark.parametrize("pred", [[True, False, True], [0.1, 0.7, 0.2], [1e308, -1e308]])
def test_one_sample_alone_is_reconciled_or_refused(tmp_path, pred):
    np.save(tmp_path / "pred.npy", np.array(pred))
    np.save(tmp_path / "target.npy", np.array(1.0))
    ran = cli("reconcile", "0.51234", tmp_path / "pred.npy", tmp_path / "target.npy")
    assert ran.code in (0, 1) or "nothing could be computed of" in refused(ran)[0]


def test_losses_and_batches_can_be_chosen(files):
    value = np.mean([b.mean() for b in _batches(EACH, 7)])
    assert _found(value, (files["logits"], files["labels"])).matches == ()
    found = _found(value, (files["logits"], files["labels"]), batch_sizes=range(1, 20), loss="ce")
    assert found.matches[0].settings == {"aggregate": "mean of batch means", "batch": 7}


def test_exit_codes_and_formats(files):
    plain = f"{float(OF_CLASSES['plain'][0]):.6g}"
    ran = cli("reconcile", plain, files["logits"], files["labels"])
    assert ran.code == 0
    assert "cross_entropy" in ran.out
    assert max(map(len, ran.out.splitlines()[:1])) <= 80
    document = json.loads(cli("reconcile", plain, files["logits"], files["labels"], "-f", "json").out)
    assert document["matches"][0]["settings"] == {}
    assert document["matches"][0]["command"].startswith("losscli compute cross_entropy ")
    assert cli("reconcile", plain, files["logits"], files["labels"], "-q").out == "cross_entropy\n"
    assert cli("reconcile", "123456.789", files["logits"], files["labels"]).code == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["0.5"], "needs a number and the files"),
        (["x", "{logits}", "{labels}"], "'x' is not a number"),
        (["0.5", "missing.npy", "{labels}"], "missing.npy"),
        (["0.5", "{logits}", "{labels}", "--loss", "mse"], "mse does not take"),
        (["0.5", "{logits}", "{labels}", "--batch-sizes", "x"], "--batch-sizes holds 'x'"),
        (["0.5", "{logits}", "{labels}", "--batch-sizes", "0"], "--batch-sizes holds '0'"),
        (["0.5", "{logits}", "{labels}", "--batch-sizes", "512-1"], "--batch-sizes holds '512-1'"),
        (["0.5", "{pred}", "{real}", "--weight", "1,2"], "weights of classes are given"),
    ],
)
def test_what_cannot_be_reconciled_is_refused(files, arguments, said):
    assert said in refused(cli("reconcile", *(a.format(**files) for a in arguments)))[0]
