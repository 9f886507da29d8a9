"""What is seen of values as they pass: regimes of a loss, and the share of its worst samples."""

from __future__ import annotations

import math

import numpy as np
import pytest
from drawing import cases
from hypothesis import assume, given
from hypothesis import strategies as st

import losscli
from losscli import losses
from losscli.explore.values import parameter_of

TELLING = [one for one in losses.built_in() if "regimes" in one.hooks]


def swept(one, named, **options):
    """A loss at two temperatures, or at two values of a parameter that hardly matter: what is seen at the first."""
    return losscli.sweep(one, **named, **options).rows[0]


@pytest.mark.parametrize("one", TELLING, ids=lambda one: one.name)
@given(data=st.data())
def test_regimes_tell_of_every_unit(one, data):
    case = data.draw(cases(one))
    with np.errstate(all="ignore"):
        arguments = {r.name: case.inputs.get(r.name) for r in one.inputs}
        for r in one.inputs:
            if case.kind(r.name).classes_first and arguments[r.name].ndim > 1:
                arguments[r.name] = np.moveaxis(arguments[r.name], 1, 0)
        settings = {p.name: p.default for p in one.parameters} | case.parameters
        found = one.ask("regimes", {"xp": np, **settings, **arguments})
    assert found
    for name, mask in found.items():
        assert name.isidentifier()
        assert mask.dtype == bool
        assert mask.shape == case.result_shape


def test_the_regimes_of_losses_that_people_ask_about():
    found = {one.name: set() for one in TELLING}
    assert {"huber", "smooth_l1", "triplet_margin", "bce", "cross_entropy"} <= set(found)


@pytest.mark.parametrize("backend", ["numpy", "torch"])
@pytest.mark.parametrize("nan", ["error", "omit"])
def test_units_that_count_are_counted_in_blocks_and_without_those_left_out(backend, nan, small_blocks):
    rng = np.random.default_rng(3)
    logits, labels = rng.normal(size=(500, 4)), rng.integers(0, 4, 500)
    used = np.full(500, True)
    if nan == "omit":
        used[::7] = False
        logits[~used, 1] = np.nan
    ignored = labels == 2
    row = losscli.sweep(
        "cross_entropy", logits, labels, ignore_index=2, temperature="1,2", backend=backend, nan=nan, threads=2
    ).rows[0]
    wrong = logits.argmax(axis=1) != labels
    assert row.regimes["wrong"] == (int((wrong & used & ~ignored).sum()), int((used & ~ignored).sum()))


def worst_of(contributions):
    count = math.ceil(len(contributions) / 100 - 1e-9)
    largest = np.sort(contributions)[-count:]
    return count, largest[0], largest.sum() / contributions.sum()


@pytest.mark.parametrize("rows", [1, 99, 100, 101, 700, 5000])
@pytest.mark.parametrize("threads", [1, 3])
def test_the_worst_samples_are_those_that_a_sort_finds(rows, threads, small_blocks):
    rng = np.random.default_rng(rows)
    pred, target = rng.standard_cauchy((rows, 3)), rng.normal(size=(rows, 3))
    for row in losscli.sweep("huber", pred, target, delta="0.1,1,10", threads=threads).rows:
        each = losscli.compute("huber", pred, target, delta=row.at["delta"], reduction="none").value.sum(axis=1)
        np.testing.assert_allclose(row.worst, worst_of(each), rtol=1e-12)


def test_weights_are_part_of_a_contribution_and_ignored_samples_are_none():
    rng = np.random.default_rng(5)
    logits, labels, weight = rng.normal(size=(300, 3)), rng.integers(0, 3, 300), rng.uniform(0, 2, 300)
    row = losscli.sweep(
        "cross_entropy", logits, labels, temperature=[1, 2], ignore_index=0, sample_weight=weight, weight=[1, 2, 3]
    ).rows[0]
    used = labels != 0
    loss = losscli.compute("cross_entropy", logits, labels, weight=[1, 2, 3], reduction="none").value
    np.testing.assert_allclose(row.worst, worst_of((loss * weight)[used]), rtol=1e-12)


def test_a_sample_in_pieces_is_one_sample(small_blocks):
    rng = np.random.default_rng(6)
    pred, target = rng.normal(size=(5, 300)), rng.normal(size=(5, 300))
    row = losscli.sweep("huber", pred, target, delta="1,2").rows[0]
    each = losscli.compute("huber", pred, target, delta=1, reduction="none").value.sum(axis=1)
    np.testing.assert_allclose(row.worst, worst_of(each), rtol=1e-12)


@pytest.mark.parametrize("stream", [False, True])
def test_files_of_unknown_length(folder, stream, monkeypatch):
    from losscli.data import files

    if stream:
        monkeypatch.setattr(files, "LEAN_BYTES", -1)
    rng = np.random.default_rng(7)
    pred = rng.standard_cauchy(2000)
    np.savetxt("p.csv", pred)
    np.savetxt("t.csv", np.zeros(2000))
    row = losscli.sweep("huber", "p.csv", "t.csv", delta="1,2").rows[0]
    each = losscli.compute("huber", pred, np.zeros(2000), delta=1, reduction="none").value
    np.testing.assert_allclose(row.worst, worst_of(each), rtol=1e-12)


def test_rows_that_are_joined_are_as_many_as_come(folder):
    rng = np.random.default_rng(12)
    pred = rng.standard_cauchy(900)
    (folder / "p.csv").write_text("id,p\n" + "".join(f"{i},{x!r}\n" for i, x in enumerate(pred.tolist())))
    (folder / "t.csv").write_text("id,t\n" + "".join(f"{i},0\n" for i in reversed(range(900))))
    row = losscli.sweep("huber", "p.csv::p", "t.csv::t", delta="1,2", on="id").rows[0]
    each = losscli.compute("huber", pred, np.zeros(900), delta=1, reduction="none").value
    np.testing.assert_allclose(row.worst, worst_of(each), rtol=1e-12)


@pytest.mark.parametrize("room", [3, 5, 40])
def test_more_than_is_kept_does_not_matter_until_it_is_wanted(room, monkeypatch, small_blocks):
    from losscli.engine.observers import worst

    monkeypatch.setattr(worst, "_AT_LEAST", room)
    pred = np.random.default_rng(13).standard_cauchy(400)
    row = losscli.sweep("huber", pred, np.zeros(400), delta="1,2").rows[0]
    each = losscli.compute("huber", pred, np.zeros(400), delta=1, reduction="none").value
    np.testing.assert_allclose(row.worst, worst_of(each), rtol=1e-12)


def test_where_a_sample_lowers_the_sum_there_are_no_shares():
    rng = np.random.default_rng(8)
    rate, count = rng.normal(size=50), rng.poisson(3, 50).astype(float)
    assert (losscli.compute("poisson_nll", rate, count, reduction="none").value < 0).any()
    assert losscli.sweep("poisson_nll", rate, count, eps="1e-8,1e-7").rows[0].worst is None


@given(data=st.data())
def test_shares_lie_between_nothing_and_all(data):
    one = data.draw(st.sampled_from([one for one in TELLING if any(p.type == "float" for p in one.parameters)]))
    p = next(p for p in one.parameters if p.type == "float")
    case = data.draw(cases(one))
    given_values = {**case.parameters, p.name: [p.default, parameter_of([one], p.name).default + 0.25]}
    assume(all(v in p.domain for v in given_values[p.name]))
    row = losscli.sweep(one.name, **case.inputs, **given_values).rows[0]
    assert row.worst is None or 0 < row.worst.share <= 1 + 1e-12
    for units, of in row.regimes.values():
        assert 0 <= units <= of


@pytest.mark.parametrize("backend", ["numpy", "torch"])
@pytest.mark.parametrize("nan", ["error", "omit"])
def test_the_mean_gradient_is_that_of_units_that_count(backend, nan, small_blocks):
    rng = np.random.default_rng(9)
    logits, labels = rng.normal(size=(500, 4)), rng.integers(0, 4, 500)
    used = labels != 2
    if nan == "omit":
        logits[::9, 0] = np.nan
        used[::9] = False
    row = losscli.sweep(
        "cross_entropy", logits, labels, ignore_index=2, label_smoothing=[0.1, 0.2], backend=backend, nan=nan, threads=2
    ).rows[0]
    ce = losses.find("cross_entropy")
    count = int(used.sum())
    each = ce.gradients(np.ones(count), logits[used], labels[used], label_smoothing=0.1)["pred"]
    assert row.gradient == pytest.approx(np.linalg.norm(each, axis=1).mean(), rel=1e-12)


def test_the_mean_gradient_of_elements_and_of_vectors():
    rng = np.random.default_rng(10)
    pred, target = rng.normal(size=(40, 3)), rng.normal(size=(40, 3))
    row = losscli.sweep("huber", pred, target, delta=[0.5, 1]).rows[0]
    assert row.gradient == pytest.approx(np.abs(np.clip(pred - target, -0.5, 0.5)).mean(), rel=1e-13)
    triplets = rng.normal(size=(3, 40, 5))
    row = losscli.sweep("triplet_margin", *triplets, margin=[0.5, 1]).rows[0]
    each = losses.find("triplet_margin").gradients(np.ones(40), *triplets, margin=0.5)["anchor"]
    assert row.gradient == pytest.approx(np.linalg.norm(each, axis=1).mean(), rel=1e-12)
    assert losscli.sweep("dice", *rng.uniform(size=(2, 3, 2, 4)), smooth_nr=[0, 1]).rows[0].gradient is None
