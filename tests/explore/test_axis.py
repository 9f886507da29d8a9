"""What a loss is a function of: the x of data is that at which the curve has their loss."""

from __future__ import annotations

import numpy as np
import pytest
from drawing import cases
from hypothesis import assume, given
from hypothesis import strategies as st

import losscli
from losscli import losses
from losscli.errors import UsageError
from losscli.explore.axis import POINTS
from losscli.losses import find


def has_a_curve(one):
    try:
        return bool(losscli.curve(one.name))
    except UsageError:
        return False


CURVED = [one for one in losses.built_in() if has_a_curve(one)]
OTHERS = [one for one in losses.built_in() if one not in CURVED]
NAMED = [pytest.param(one, id=one.name) for one in CURVED]
EXACT = {
    "bce": (st.floats(0.001, 0.999), st.sampled_from([0.0, 1.0])),
    "bce_with_logits": (st.floats(-30, 30), st.sampled_from([0.0, 1.0])),
    "soft_margin": (st.floats(-30, 30), st.sampled_from([-1.0, 1.0])),
    "huber": (st.floats(-30, 30), st.floats(-30, 30)),
    "mse": (st.floats(-30, 30), st.floats(-30, 30)),
    "smooth_l1": (st.floats(-30, 30), st.floats(-30, 30)),
}


def test_which_losses_have_a_curve_follows_from_their_kinds():
    names = {one.name for one in CURVED}
    assert {
        "mse",
        "bce",
        "cross_entropy",
        "nll",
        "triplet_margin",
        "soft_margin",
        "hinge_embedding",
        "ranknet",
    } <= names
    assert {"dice", "nt_xent", "median_absolute_error", "mase", "rmse", "perplexity"} <= {one.name for one in OTHERS}


@pytest.mark.parametrize("one", [pytest.param(one, id=one.name) for one in OTHERS])
def test_any_other_is_refused_with_a_hint(one):
    with pytest.raises(UsageError, match="is not a function of one number") as refused:
        losscli.curve(one.name)
    assert "losscli" in refused.value.hint


@pytest.mark.parametrize("one", NAMED)
def test_the_gradient_is_what_differences_come_to(one):
    found = losscli.curve(one.name)
    x = np.array(found.x)
    for series in found.series:
        assert series.gradient_is == "closed form"
        values, gradient = np.array(series.values), np.array(series.gradient)
        inside = np.flatnonzero(np.isfinite(values))[1:-1]
        slopes = np.diff(values) / np.diff(x)
        low, high = np.minimum(gradient[:-1], gradient[1:]), np.maximum(gradient[:-1], gradient[1:])
        room = 1e-6 + 0.02 * np.abs(gradient[:-1]) + 1e-9 / np.diff(x)
        fits = (slopes >= low - room) & (slopes <= high + room)
        assert fits[inside[:-1]].all()
        assert len(inside) > POINTS - 5


@pytest.mark.parametrize("one", NAMED)
def test_the_curve_is_what_compute_has(one):
    found = losscli.curve(one.name, **({"backend": "torch"} if one.torch else {}))
    again = losscli.curve(one.name)
    for series, other in zip(found.series, again.series, strict=True):
        np.testing.assert_allclose(series.values, other.values, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("name", ["huber", "triplet_margin", "ce"])
def test_a_loss_without_a_closed_form_is_differentiated_in_other_ways(name, monkeypatch):
    (closed,) = losscli.curve(name, at=[-1.5, 0.25, 2.5]).series
    monkeypatch.delitem(find(name).hooks, "gradient")
    for backend, way, tolerance in (("numpy", "differences", 1e-7), ("torch", "autograd", 1e-12)):
        (other,) = losscli.curve(name, at=[-1.5, 0.25, 2.5], backend=backend).series
        assert other.gradient_is == way
        np.testing.assert_allclose(other.gradient, closed.gradient, rtol=tolerance, atol=tolerance)
        assert len(losscli.curve(name, backend=backend).x) >= POINTS


@pytest.mark.parametrize("name", EXACT)
@given(data=st.data())
def test_data_lie_where_the_curve_has_their_loss(name, data):
    pred, target = (np.array([data.draw(part)]) for part in EXACT[name])
    _lies_on_the_curve(name, pred, target)


@given(st.lists(st.floats(-20, 20), min_size=2, max_size=6), st.data())
def test_log_odds_of_the_true_class(logits, data):
    label = np.array([data.draw(st.integers(0, len(logits) - 1))])
    _lies_on_the_curve("cross_entropy", np.array([logits]), label)
    shifted = np.array([logits]) - max(logits) - 1.0
    _lies_on_the_curve("nll", shifted, label)


@given(st.integers(0, 10_000), st.integers(1, 5))
def test_distances_of_triplets(seed, width):
    rng = np.random.default_rng(seed)
    _lies_on_the_curve("triplet_margin", *rng.normal(size=(3, 1, width)), eps=0.0)


@given(st.floats(-5, 5), st.floats(-5, 5), st.sampled_from([-1.0, 1.0]))
def test_signed_differences(first, second, sign):
    _lies_on_the_curve("margin_ranking", np.array([first]), np.array([second]), np.array([sign]), margin=0.3)


def _lies_on_the_curve(name, *inputs, **parameters):
    found = losscli.curve(name, *inputs, range="-1e9:1e9" if name != "bce" else "0:1", **parameters)
    assert sum(found.data.counts) == 1
    from losscli.explore.axis import Asked, axis_of

    one = find(name)
    settings = {p.name: p.default for p in one.parameters} | parameters
    axis = axis_of(one, Asked(settings), lambda arrays: np.asarray(one(*arrays, **settings)))
    kernel = {role.name: x for role, x in zip(one.inputs, inputs, strict=False)} | settings
    if one.inputs[0].kind.classes_first:
        kernel["pred"] = np.moveaxis(kernel["pred"], 1, 0)
    x = axis.of_data(np, kernel)
    at = losscli.curve(name, at=x, **parameters).series[0].values
    loss = losscli.compute(name, *inputs, reduction="none", **parameters).value.reshape(-1)
    np.testing.assert_allclose(at, loss, rtol=1e-6, atol=1e-9)


def test_numbers_of_a_domain_that_is_open_are_inside():
    found = losscli.curve("bce")
    assert found.ends == (0.0, 1.0)
    assert 0 < found.x[0] < found.x[-1] < 1


def test_both_sides_of_a_jump_are_there():
    found = losscli.curve("triplet_margin", margin=0.3)
    x, gradient = np.array(found.x), np.array(found.series[0].gradient)
    (jump,) = np.flatnonzero(np.diff(gradient) > 0.5)
    assert x[jump : jump + 2] == pytest.approx([-0.3, -0.3], abs=1e-12)
    assert x[jump + 1] - x[jump] < 1e-12


def test_classes_matter_with_smoothing_alone():
    assert losscli.curve("ce", at=1).series[0].values == losscli.curve("ce", at=1, classes_count=3).series[0].values
    few, many = (losscli.curve("ce", at=1, label_smoothing=0.1, classes_count=c) for c in (3, 30))
    assert few.series[0].values != many.series[0].values
    assert "others alike" in few.x_is


@given(data=st.data())
def test_whatever_the_parameters_there_is_a_curve_or_a_reason(data):
    one = data.draw(st.sampled_from(CURVED))
    case = data.draw(cases(one))
    scalars = {k: v for k, v in case.parameters.items() if not isinstance(v, np.ndarray)}
    assume(scalars)
    try:
        found = losscli.curve(one.name, **scalars)
    except UsageError as refused:
        assert "not a function of one number" in str(refused)
        return
    assert len(found.x) >= POINTS
    for series in found.series:
        assert len(series.values) == len(series.gradient) == len(found.x)
