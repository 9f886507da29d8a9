"""What a loss is made of: shares and quantiles as NumPy has them, whatever the loss, the weights and the blocks."""

import itertools
import math

import numpy as np
import pytest
from blocks import blocks_of
from drawing import cases
from hypothesis import assume, given
from hypothesis import strategies as st

import losscli
from losscli import losses
from losscli.errors import LossCLIError, UsageError

EVERY = [pytest.param(one, id=one.name) for one in losses.built_in() if not one.whole or one.by_sample]


@pytest.mark.parametrize("one", EVERY)
@given(data=st.data())
def test_what_it_says_of_samples_is_what_their_losses_are(one, data):
    case = data.draw(cases(one))
    try:
        computed = losscli.compute(one.name, per_sample=True, **case.given)
        found = losscli.dist(one.name, reference=False, worst=3, **case.given)
    except LossCLIError:
        assume(False)
    assert found.result.value == computed.value or math.isnan(computed.value)
    counted = computed.per_sample[~(computed.ignored_samples | computed.omitted_samples)]
    finite = counted[np.isfinite(counted)]
    assert found.samples <= len(finite)  # what it adds may be past the largest float, where its loss is not
    assert found.samples + found.infinite + found.nan == len(counted)
    if found.samples == len(finite) > 0:
        for part, value in found.quantiles:
            assert value == np.quantile(finite, part)
        assert sum(one.samples for one in found.bins) == len(finite)
    if not found.why_no_shares:
        assert math.fsum(one.share for one in found.bins) == pytest.approx(1, rel=1e-9)
        shares = [one.share for one in found.worst]
        assert shares == sorted(shares)
        assert 1 <= found.samples_with_half <= found.samples
        if found.classes:
            assert math.fsum(one.share for one in found.classes) == pytest.approx(1, rel=1e-9)


@pytest.fixture
def weighted():
    rng = np.random.default_rng(3)
    scores, labels = rng.standard_normal((300, 4)), rng.integers(0, 4, 300)
    return {
        "pred": scores,
        "target": labels,
        "weight": np.array([1.0, 2.0, 0.5, 3.0]),
        "ignore_index": 3,
        "sample_weight": rng.random(300),
    }


def test_shares_and_means_without_are_those_of_the_definition(weighted):
    found = losscli.dist("cross_entropy", **weighted)
    labels, weight = weighted["target"], weighted["sample_weight"]
    log_p = weighted["pred"] - np.log(np.exp(weighted["pred"]).sum(axis=1, keepdims=True))
    w = weight * weighted["weight"][labels] * (labels != 3)
    adds = -log_p[np.arange(300), labels] * w
    used = labels != 3
    order = np.argsort(-adds[used], kind="stable")
    assert found.samples == used.sum()
    for one in found.worst:
        count = math.ceil(one.q * found.samples)
        worst = np.flatnonzero(used)[order[:count]]
        assert (one.samples, one.above) == (count, pytest.approx(adds[worst].min(), rel=1e-12))
        assert one.share == pytest.approx(adds[worst].sum() / adds.sum(), rel=1e-12)
        others = np.setdiff1d(np.flatnonzero(used), worst)
        assert one.without == pytest.approx(adds[others].sum() / w[others].sum(), rel=1e-12)
    half = found.samples_with_half
    reached = np.cumsum(adds[used][order]) / adds.sum()
    assert reached[half - 1] >= 0.5 > reached[half - 2]
    by_class = {one.number: one for one in found.classes}
    for c in range(3):
        mine = labels == c
        assert by_class[c].targets == mine.sum()
        assert by_class[c].right == (weighted["pred"][mine].argmax(axis=1) == c).sum()
        assert by_class[c].share == pytest.approx(adds[mine].sum() / adds.sum(), rel=1e-12)
        assert by_class[c].mean == pytest.approx(adds[mine].sum() / w[mine].sum(), rel=1e-12)
    assert sum(one.targets for one in found.confused) == found.wrong.targets
    assert math.fsum(one.share for one in found.confused) == pytest.approx(found.wrong.share, rel=1e-12)


@pytest.mark.parametrize("losses_of", ["spread", "zeros", "below 0", "near one another"])
@pytest.mark.parametrize("many", [False, True])
def test_the_bins_of_a_picture_are_of_one_width_and_hold_every_sample(losses_of, many, monkeypatch):
    rng = np.random.default_rng(2)
    each = {
        "spread": rng.lognormal(0, 3, 500),
        "zeros": np.where(np.arange(500) % 4, 0.0, rng.random(500)),
        "below 0": rng.standard_normal(500),
        "near one another": 5 + rng.random(500),
    }[losses_of]
    if many:
        monkeypatch.setattr("losscli.engine.observers.contributions.EXACT", 100)
    # Half the logarithm of the variance is all that is left of this loss where the prediction is right.
    one, given = (
        ("gaussian_nll", ([1.0] * 500, [1.0] * 500, np.exp(2 * each)))
        if losses_of == "below 0"
        else ("l1", (each, 0 * each))
    )
    each = losscli.compute(one, *given, per_sample=True).per_sample
    found = losscli.dist(one, *given, reference=False)
    drawn = found.histogram
    assert drawn.log == (losses_of == "spread")
    bins = [*([] if drawn.below is None else [drawn.below]), *drawn.bins]
    assert sum(one.samples for one in bins) == 500
    for one in bins[:-1]:
        assert one.samples == np.count_nonzero((each >= one.low) & (each < one.high))
    widths = [math.log(one.high / one.low) if drawn.log else one.high - one.low for one in drawn.bins]
    assert widths == pytest.approx([np.mean(widths)] * len(widths), rel=0.25 if many else 1e-9)
    assert drawn.below is None or drawn.below.samples <= 0.25 * 500
    if not found.why_no_shares:
        assert math.fsum(one.share for one in bins) == pytest.approx(1, rel=1e-12)


@pytest.mark.parametrize("many", [False, True])
def test_what_more_and_more_of_the_samples_hold(many, monkeypatch):
    rng = np.random.default_rng(4)
    each, weights = rng.lognormal(0, 2, 2000), rng.random(2000)
    if many:
        monkeypatch.setattr("losscli.engine.observers.contributions.EXACT", 100)
    with blocks_of(128):
        found = losscli.dist("l1", each, 0 * each, sample_weight=weights, reference=False).concentration
    adds = np.sort(each * weights)[::-1]
    for one in found:
        assert one.share == pytest.approx(adds[: one.samples].sum() / adds.sum(), rel=1e-12)
        least = adds[one.samples - 1]
        assert least * 0.992 <= one.above <= least if many else one.above == least
    samples = [one.samples for one in found]
    assert samples == sorted(set(samples))
    assert (samples[0] <= 2, samples[-1], found[-1].share) == (True, 2000, 1.0)


def test_blocks_change_nothing(weighted):
    whole = losscli.dist("cross_entropy", **weighted)
    with blocks_of(64):
        for threads in (1, 2):
            found = losscli.dist("cross_entropy", threads=threads, **weighted)
            assert [row[:2] for row in found.worst] == [row[:2] for row in whole.worst]
            assert found.quantiles == whole.quantiles
            assert [one.number for one in found.worst_samples] == [one.number for one in whole.worst_samples]
            assert [one.told for one in found.worst_samples] == [one.told for one in whole.worst_samples]
            assert [one[:3] for one in found.classes] == [one[:3] for one in whole.classes]


def test_what_is_not_finite_is_counted_apart():
    found = losscli.dist("mse", [1.0, np.nan, np.inf, 3.0], [0.0, 0.0, 0.0, 0.0], nan="propagate")
    assert (found.samples, found.infinite, found.nan) == (2, 1, 1)
    assert (found.quantiles[0][1], found.quantiles[-1][1]) == (1.0, 9.0)
    assert found.worst[-1].share == 0.9
    assert [one.number for one in found.worst_samples] == [1, 2, 3, 0]
    assert [one.share for one in found.worst_samples] == [None, None, 0.9, 0.1]


def test_a_sample_without_a_finite_loss_has_no_part_in_classes_either():
    # exp(1000) is past the largest float, though the sum that it is taken of is not.
    found = losscli.dist("perplexity", [[[0.0, 0.0], [-1000.0, -1000.0]], [[1.0, 2.0], [0.0, 0.0]]], [[1, 1], [0, 1]])
    assert (found.samples, found.infinite) == (1, 1)
    assert math.fsum(one.share for one in found.classes) == pytest.approx(1, rel=1e-9)
    assert math.fsum(one.share for one in found.confused) == found.wrong.share < 1


def test_a_sum_past_the_largest_float_has_no_shares():
    found = losscli.dist("mse", [1.2e154, 1.2e154, 1e154, 0.0], [0.0, 0.0, 0.0, 0.0])
    assert (found.samples, found.samples_with_half) == (4, None)
    assert "past the largest float" in found.why_no_shares
    assert found.quantiles[-1][1] == 1.2e154**2
    assert found.worst[0].share is None


def test_of_losses_below_0_there_are_no_shares():
    found = losscli.dist("gaussian_nll", [1.0, 2.0, 3.0], [1.0, 2.0, 5.0], [0.1, 0.1, 2.0])
    assert "lower" in found.why_no_shares
    assert found.samples_with_half is None
    assert {one.share for one in found.worst} == {one.share for one in found.bins} == {None}
    assert found.quantiles[0][1] < 0 < found.quantiles[-1][1]


def test_of_several_values_a_sample_the_largest_is_told():
    found = losscli.dist("mse", [[1.0, 2.0], [5.0, 1.0]], [[1.0, 1.0], [2.0, 1.0]])
    worst = found.worst_samples[0]
    assert (worst.number, worst.position, worst.told) == (1, (0,), {"pred": 5.0, "target": 2.0, "error": 3.0})
    assert (worst.loss, worst.share) == (4.5, 0.9)


@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_a_loss_of_the_whole_set_whose_samples_have_losses(reduction):
    rng = np.random.default_rng(1)
    inputs = rng.standard_normal((2, 6, 3))
    found = losscli.dist("nt_xent", *inputs, reduction=reduction, worst=6)
    losses_of = losscli.compute("nt_xent", *inputs, per_sample=True, reduction=reduction).per_sample
    assert found.quantiles[-1][1] == losses_of.max()
    assert found.worst_samples[0].number == losses_of.argmax()
    assert found.worst[-1].share == pytest.approx(np.sort(losses_of)[-2:].sum() / losses_of.sum(), rel=1e-12)
    assert sum(one.share for one in found.worst_samples) == pytest.approx(1, rel=1e-12)


def test_one_loss_of_its_own_samples_is_asked_for():
    with pytest.raises(UsageError, match="takes one loss"):
        losscli.dist("mse,l1", [1.0], [2.0])
    with pytest.raises(UsageError, match="record has no part in this"):
        losscli.dist("mse", [1.0], [2.0], record=True)


KINDS = ["smooth", "weighted", "of several values", "below 0", "few numbers", "alike", "a root"]


def many(kind, size=3000):
    """A loss of some samples and its inputs."""
    rng = np.random.default_rng(7)
    x = rng.standard_normal((2, size))
    if kind == "of several values":
        return "l1", {"pred": rng.standard_normal((size, 3)), "target": rng.standard_normal((size, 3))}
    if kind == "below 0":
        return "gaussian_nll", {"pred": x[0], "target": x[1], "var": rng.random(size) + 0.01}
    if kind == "few numbers":
        x = np.floor(x * 2)
    if kind == "alike":
        x = np.stack([np.full(size, 0.7), np.zeros(size)])
    more = {"sample_weight": rng.random(size)} if kind == "weighted" else {}
    return "rmse" if kind == "a root" else "mse", {"pred": x[0], "target": x[1], **more}


def figures(found):
    return (
        found.histogram,
        found.concentration,
        found.quantiles,
        found.worst,
        found.samples_with_half,
        found.bins,
        found.why_no_shares,
    )


@pytest.mark.parametrize("kind", KINDS)
def test_of_many_samples_buckets_say_the_same_within_their_width(kind, monkeypatch):
    loss, inputs = many(kind)
    whole = losscli.dist(loss, reference=False, **inputs)
    monkeypatch.setattr("losscli.engine.observers.contributions.EXACT", 100)
    with blocks_of(512):
        found = losscli.dist(loss, reference=False, threads=1, **inputs)
        again = losscli.dist(loss, reference=False, threads=2, **inputs)
    assert figures(found) == figures(again)  # to the last bit
    assert (whole.exact, found.exact) == (True, False)
    for (part, value), (_, true) in zip(found.quantiles, whole.quantiles, strict=True):
        at_0 = 0.01 if kind == "below 0" else 0.0  # between a number above and one below, of which each is that near
        assert value == pytest.approx(true, rel=0.004, abs=at_0), part
    for one, true in zip(found.worst, whole.worst, strict=True):
        assert (one.q, one.samples) == (true.q, true.samples)
        assert one.above == pytest.approx(true.above, rel=0.004)
        assert one.share == pytest.approx(true.share, rel=2e-3) if true.share else one.share is None
        assert one.without == pytest.approx(true.without, rel=2e-3)
    assert found.why_no_shares == whole.why_no_shares
    if whole.samples_with_half:
        assert found.samples_with_half == pytest.approx(whole.samples_with_half, rel=5e-3)
    assert sum(one.samples for one in found.bins) == found.samples
    shown = [[(one.number, one.loss, one.told) for one in each.worst_samples] for each in (found, whole)]
    assert shown[0] == shown[1]


@pytest.mark.parametrize("kind", KINDS)
def test_another_pass_tells_exactly_what_buckets_estimate(kind, monkeypatch):
    loss, inputs = many(kind)
    whole = losscli.dist(loss, reference=False, **inputs)
    monkeypatch.setattr("losscli.engine.observers.contributions.EXACT", 100)
    monkeypatch.setattr("losscli.engine.observers.refined._MANY", 20)
    with blocks_of(512):
        found = losscli.dist(loss, reference=False, exact=True, **inputs)
    assert found.exact
    for (_, value), (_, true) in zip(found.quantiles, whole.quantiles, strict=True):
        assert value == pytest.approx(true, rel=1e-15, abs=1e-15)
    for one, true in zip(found.worst, whole.worst, strict=True):
        assert (one.samples, one.above) == (true.samples, true.above)
        assert one.share == (None if true.share is None else pytest.approx(true.share, rel=1e-12))
        assert one.without == pytest.approx(true.without, rel=1e-9)
    assert found.samples_with_half == whole.samples_with_half


@pytest.mark.parametrize(("most", "exact"), [(10**6, False), (5, False), (5, True)])
def test_what_is_left_without_a_huge_loss_is_the_mean_of_the_others(most, exact, monkeypatch):
    monkeypatch.setattr("losscli.engine.observers.contributions.EXACT", most)
    pred, weight = np.array([1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 1e17]), np.array([1.0] * 6 + [1e17])
    found = losscli.dist("l1", pred, np.zeros(7), exact=exact, reference=False)
    assert (found.worst[0].samples, found.worst[0].without) == (1, pytest.approx(10.5, rel=1e-12))
    found = losscli.dist("l1", pred, np.zeros(7), exact=exact, reference=False, sample_weight=weight)
    assert found.worst[0].without == pytest.approx(10.5, rel=1e-12)
    found = losscli.dist("l1", pred, np.zeros(7), exact=exact, reference=False, reduction="sum")
    assert found.worst[0].without == pytest.approx(63.0, rel=1e-12)


@pytest.mark.parametrize("loss_of", [0.0, 1e308])
def test_losses_without_shares_are_looked_up_all_the_same(loss_of, monkeypatch):
    monkeypatch.setattr("losscli.engine.observers.contributions.EXACT", 5)
    found = losscli.dist("l1", np.full(9, loss_of), np.zeros(9), exact=True, reference=False)
    assert found.exact
    assert found.samples_with_half is None
    assert {value for _, value in found.quantiles} == {loss_of}


def test_bins_of_buckets_hold_what_lies_between_their_ends(monkeypatch):
    loss, inputs = many("smooth")
    each = losscli.compute(loss, per_sample=True, **inputs).per_sample
    monkeypatch.setattr("losscli.engine.observers.contributions.EXACT", 100)
    found = losscli.dist(loss, reference=False, **inputs)
    assert [one.samples for one in found.bins[:-1]] == [
        np.count_nonzero((each >= one.low) & (each < one.high)) for one in found.bins[:-1]
    ]


def test_how_many_there_are_need_not_be_known(monkeypatch, tmp_path):
    loss, inputs = many("smooth")
    known = losscli.dist(loss, reference=False, **inputs)
    table = tmp_path / "t.csv"
    np.savetxt(table, np.stack([inputs["pred"], inputs["target"]], axis=1), delimiter=",", header="p,y", comments="")
    monkeypatch.setattr("losscli.engine.observers.contributions.EXACT", 100)
    with blocks_of(512):
        found = losscli.dist(loss, f"{table}::p", f"{table}::y", reference=False, exact=True)
    assert (found.exact, found.samples_with_half) == (True, known.samples_with_half)
    assert [value for _, value in found.quantiles] == pytest.approx([value for _, value in known.quantiles], rel=1e-12)


def test_a_picture_shows_losses_whose_factors_pass_the_largest_float():
    pred = np.array([1e-200, 1e-190] * 150 + [1e200] * 10)
    found = losscli.dist("l1", pred, np.zeros(310), reference=False)
    edges = [found.histogram.bins[0].low, *(one.high for one in found.histogram.bins)]
    assert found.histogram.log
    assert all(0 < a < b < math.inf for a, b in itertools.pairwise(edges))
    steps = [math.log(b) - math.log(a) for a, b in itertools.pairwise(edges)]
    assert steps == pytest.approx([steps[0]] * len(steps), rel=1e-9)
    assert sum(one.samples for one in found.histogram.bins) == 310


@pytest.mark.parametrize("pred", [[5e-324, 0.0], [1e-309, 2e-309, 3e-309], [1e308, 1.7e308, 1.0]])
def test_the_smallest_and_the_largest_losses_have_a_picture(pred):
    assert losscli.dist("l1", np.array(pred), np.zeros(len(pred)), reference=False).plot().startswith("<svg")


@pytest.mark.parametrize("loss", ["multilabel_soft_margin", "cross_entropy"])
def test_one_sample_without_an_axis_of_samples_is_taken_apart(loss):
    found = losscli.dist(loss, [0.5, 1.0, 2.0], [0.0, 1.0, 0.0])
    assert (found.samples, found.result.references) == (1, ())
    assert losscli.compute(loss, [0.5, 1.0, 2.0], [0.0, 1.0, 0.0], reference=True) == found.result
