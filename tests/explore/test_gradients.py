"""The gradient of a reduced loss: torch's own, whatever the reduction, the blocks, and where it goes."""

import math

import native
import numpy as np
import polars as pl
import pytest
import torch
from blocks import blocks_of
from drawing import cases
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from shell import cli

import losscli
from losscli import losses
from losscli.errors import BackendError, DataError, UsageError
from losscli.spec.gradients import differentiable

ALL = losses.built_in()
NATIVE = [
    pytest.param(one, reduction, id=f"{one.name}-{reduction}")
    for one in ALL
    if one.torch and not one.gradient_of_its_own
    for reduction in ("mean", "sum", "batchmean")
    if reduction in one.reductions
]
OTHERS = [pytest.param(one, id=one.name) for one in ALL if not one.torch or one.gradient_of_its_own]
CLOSED = [pytest.param(one, id=one.name) for one in ALL if "gradient" in one.hooks]


def _wrt(case):
    several = {role.name for role in case.loss.inputs if role.several}
    return tuple(name for name in case.inputs if name not in several and differentiable(case.kind(name)))


def _by_autograd(case, reduction, wrt):
    inputs, parameters = native.tensors(case)
    for name in wrt:
        inputs[name].requires_grad_()
    value = native.call(case, inputs, parameters, reduction)
    found = torch.autograd.grad(value, [inputs[n] for n in wrt], allow_unused=True, materialize_grads=True)
    return dict(zip(wrt, (g.numpy() for g in found), strict=True))


@pytest.mark.parametrize(("one", "reduction"), NATIVE)
@given(data=st.data(), backend=st.sampled_from(["numpy", "torch"]))
def test_gradient_is_that_of_torch_called_whole(one, reduction, data, backend):
    case = data.draw(cases(one))
    wrt = _wrt(case)
    expected = _by_autograd(case, reduction, wrt)
    found = losscli.grad(one.name, reduction=reduction, backend=backend, wrt=wrt, **case.given)
    arrays = [x for x in case.inputs.values() if x.dtype.kind == "f"]
    scale = math.prod(float(np.max(np.abs(x), initial=1.0)) for x in arrays)
    scale = max([scale, *(float(np.max(np.abs(g), initial=0.0, where=np.isfinite(g))) for g in expected.values())])
    for name, wanted in expected.items():
        actual = found[name].array
        assert actual.shape == case.inputs[name].shape
        wanted = np.where(np.isnan(wanted), actual, wanted)  # 0/0 of torch's, see losses/test_gradient.py
        np.testing.assert_allclose(actual, wanted, rtol=1e-12, atol=min(1e-15 * scale, 1e300), err_msg=name)


@pytest.mark.parametrize("one", OTHERS)
@settings(max_examples=10)
@given(data=st.data())
def test_gradient_is_the_slope_of_the_reduced_loss(one, data):
    # Of every loss, those of the whole set and those that are a root of a mean too: by autograd of the kernel.
    case = data.draw(cases(one, smooth=True))
    wrt = _wrt(case)
    found = losscli.grad(one.name, reduction=one.reductions[0], backend="torch", wrt=wrt, **case.given)
    along = {name: np.random.default_rng(1).standard_normal(case.inputs[name].shape) for name in wrt}
    step = 1e-6

    def moved(by):
        at = {name: x + by * along[name] if name in along else x for name, x in case.inputs.items()}
        at = {n: np.clip(x, *_ends(case, n)) if n in along else x for n, x in at.items()}
        return losscli.compute(one.name, reduction=one.reductions[0], **at, **case.parameters).value

    sides = [(moved(step) - moved(0.0)) / step, (moved(0.0) - moved(-step)) / step]
    assume(all(map(math.isfinite, sides)))
    slope = sum(float((found[name].array * along[name]).sum()) for name in wrt)
    slack = 1e-3 * (1.0 + max(map(abs, sides)))
    assert min(sides) - slack <= slope <= max(sides) + slack


def _ends(case, name):
    return case.kind(name).domain.low, case.kind(name).domain.high


@pytest.mark.parametrize("one", CLOSED)
@given(data=st.data())
def test_closed_form_and_autograd_agree_on_the_reduced_loss(one, data):
    case = data.draw(cases(one, smooth=True))
    assume(case.parameters.get("aggregate") != "batch")
    wrt = (one.inputs[0].name,)
    closed, other = (losscli.grad(one.name, backend=b, wrt=wrt, **case.given) for b in ("numpy", "torch"))
    np.testing.assert_allclose(closed.array, other.array, rtol=1e-11, atol=1e-14)
    assert closed.inputs[0].norm == pytest.approx(np.linalg.norm(closed.array), rel=1e-12)


ROWS = 300


def _case(name):
    rng = np.random.default_rng(8)
    weights = rng.uniform(0.5, 2.0, 4)
    label = rng.integers(-1, 4, ROWS)
    vectors = [rng.standard_normal((ROWS, 3)) for _ in range(3)]
    return {
        "mse": ([rng.standard_normal((ROWS, 2)), rng.standard_normal((ROWS, 2))], {}),
        "rmse": ([rng.standard_normal(ROWS), rng.standard_normal(ROWS)], {}),
        "cross_entropy": ([rng.standard_normal((ROWS, 4)), label], {"weight": weights, "ignore_index": -1}),
        "gaussian_nll": (
            [rng.standard_normal(ROWS), rng.standard_normal(ROWS), np.array(0.3)],
            {"wrt": ("pred", "var")},
        ),
        "triplet_margin": (vectors, {"swap": True}),
    }[name]


STREAMED = ["mse", "rmse", "cross_entropy", "gaussian_nll", "triplet_margin"]


@pytest.mark.parametrize("name", STREAMED)
def test_blocks_and_threads_change_no_bit_of_the_gradient(name):
    inputs, more = _case(name)
    whole = losscli.grad(name, *inputs, **more)
    with blocks_of(64):
        each = [losscli.grad(name, *inputs, threads=threads, **more) for threads in (1, 3)]
    for one in each:
        for mine, other, first in zip(one.inputs, whole.inputs, each[0].inputs, strict=True):
            np.testing.assert_allclose(mine.array, other.array, rtol=1e-15)
            np.testing.assert_array_equal(mine.array, first.array)
            assert (mine.norm, mine.largest, mine.classes) == (first.norm, first.largest, first.classes)
            assert mine.norm == pytest.approx(other.norm, rel=1e-14)


@pytest.mark.parametrize("backend", ["numpy", "torch"])
def test_weight_of_a_sample_is_that_of_its_gradient(backend):
    pred, target, weight = np.array([1.0, 2.0, 5.0]), np.zeros(3), np.array([1.0, 0.0, 3.0])
    found = losscli.grad("mse", pred, target, sample_weight=weight, backend=backend)
    np.testing.assert_allclose(found.array, 2 * pred * weight / 4.0, rtol=1e-15)
    infinite = losscli.grad("mse", np.array([1.0, np.inf, 5.0]), target, sample_weight=weight, backend=backend)
    assert infinite.array[1] == 0.0


def test_samples_left_out_have_no_gradient():
    pred, target = np.array([1.0, np.nan, 5.0]), np.zeros(3)
    found = losscli.grad("mse", pred, target, nan="omit")
    np.testing.assert_array_equal(found.array, [1.0, 0.0, 5.0])
    assert np.isnan(losscli.grad("mse", pred, target, nan="propagate").array[1])
    with pytest.raises(DataError, match="1 value is NaN"):
        losscli.grad("mse", pred, target)


def test_gradient_has_the_layout_of_the_file_and_not_of_what_the_loss_sees():
    rng = np.random.default_rng(3)
    logits, tokens = rng.standard_normal((3, 5, 4)), rng.integers(0, 4, (3, 5))
    last = losscli.grad("cross_entropy", logits, tokens, class_axis=-1).array
    second = losscli.grad("cross_entropy", np.moveaxis(logits, -1, 1), tokens).array
    np.testing.assert_array_equal(last, np.moveaxis(second, 1, -1))
    shifted = losscli.grad("cross_entropy", logits, tokens, class_axis=-1, shift=1).array
    assert shifted.shape == logits.shape
    assert not shifted[:, -1].any()
    expected = losscli.grad("cross_entropy", logits[:, :-1], tokens[:, 1:], class_axis=-1).array
    np.testing.assert_array_equal(shifted[:, :-1], expected)


@pytest.mark.parametrize("shape", [(3, 400), (2, 5, 300)], ids=str)
def test_samples_larger_than_a_block_have_the_same_gradient(shape, tmp_path):
    rng = np.random.default_rng(4)
    name = "mse" if len(shape) == 2 else "cross_entropy"
    pred = rng.standard_normal(shape)
    target = rng.standard_normal(shape) if name == "mse" else rng.integers(0, 5, (2, 300))
    expected = losscli.grad(name, pred, target)
    with blocks_of(64):
        found = losscli.grad(name, pred, target)
    np.testing.assert_allclose(found.array, expected.array, rtol=1e-15)
    assert found.inputs[0].norm == pytest.approx(expected.inputs[0].norm, rel=1e-14)


@pytest.mark.parametrize("backend", ["numpy", "torch"])
def test_several_losses_in_one_pass_have_the_bits_of_each_alone(backend):
    rng = np.random.default_rng(9)
    scores, label = rng.standard_normal((ROWS, 4)), rng.integers(0, 4, ROWS)
    names = ["cross_entropy", "multi_margin"]
    more = {"sample_weight": rng.uniform(0.5, 2.0, ROWS), "backend": backend}
    with blocks_of(64):
        found = losscli.grad(names, scores, label, threads=2, **more)
        alone = [losscli.grad(name, scores, label, threads=1, **more) for name in names]
    for mine, other in zip(found, alone, strict=True):
        assert mine.result == other.result
        np.testing.assert_array_equal(mine.array, other.array)
        assert (mine.inputs[0].norm, mine.inputs[0].samples) == (other.inputs[0].norm, other.inputs[0].samples)


def test_losses_of_the_whole_set_stand_beside_others():
    pred, target = np.array([1.0, 4.0, 2.0]), np.zeros(3)
    median, mse = losscli.grad("median_absolute_error,mse", pred, target, backend="torch")
    np.testing.assert_allclose(median.array, [0.0, 0.0, 1.0])
    np.testing.assert_allclose(mse.array, 2 * pred / 3, rtol=1e-15)


@pytest.mark.parametrize("rows", [1, 64])
def test_columns_are_kept_beside_the_samples(rows):
    rng = np.random.default_rng(10)
    frame = pl.DataFrame({"p": rng.standard_normal(200), "t": np.zeros(200), "id": [f"s{i}" for i in range(200)]})
    with blocks_of(rows):
        found = losscli.grad("mse", frame, pred="p", target="t", keep="id", per_sample=True)
    one = found.inputs[0]
    assert [row.kept for row in one.samples] == [{"id": f"s{row.number}"} for row in one.samples]
    assert found.result.kept["id"].tolist() == frame["id"].to_list()
    assert not losscli.grad("mse", frame, pred="p", target="t", keep="id").result.kept


def test_a_gradient_that_is_not_finite_has_no_share():
    found = losscli.grad("mse", [1.0, -math.inf, 5.0], np.zeros(3), nan="propagate").inputs[0]
    assert [(row.number, row.share) for row in found.samples] == [(1, None), (2, 5 / 6), (0, 1 / 6)]


def test_where_every_sample_of_a_block_is_left_out_nothing_has_a_gradient():
    pred = np.ones((64, 2))
    pred[:40] = np.nan
    with blocks_of(8):
        found = losscli.grad("mse", pred, np.zeros((64, 2)), nan="omit", per_sample=True, reduction="sum")
    np.testing.assert_array_equal(found.array, np.where(np.isnan(pred), 0.0, 2.0))
    assert found.inputs[0].per_sample[:40].tolist() == [0.0] * 40
    with pytest.raises(DataError, match="every sample holds NaN"):
        losscli.grad("mse", pred[:40], np.zeros((40, 2)), nan="omit")


def test_groups_share_what_is_finite(folder):
    (folder / "g.csv").write_text("p,g\n1,a\nnan,a\n3,b\ninf,c\n")
    found = losscli.grad("mse", "g.csv::p", np.zeros(4), nan="propagate", by="g.csv::g")
    assert [(row.share, row.loss_share) for row in found.inputs[0].groups] == [(0.25, None), (0.75, None), (0.0, None)]
    assert "75.0 %" in cli("grad", "mse", "g.csv::p", "0,0,0,0", "--nan", "propagate", "--by", "g.csv::g").out


@pytest.mark.parametrize("way", ["counted from 1", "one ignored", "words"])
def test_classes_are_those_that_targets_name(way, folder):
    scores, labels = np.array([[1.0, 2.0, 0.5], [0.3, 0.1, 2.0], [1.0, 1.0, 1.0], [2.0, 0.0, 0.2]]), [0, 2, 1, 0]
    if way == "words":
        (folder / "y.csv").write_text("y\n" + "".join(f"{['cat', 'dog', 'eel'][i]}\n" for i in labels))
        found = losscli.grad("ce", scores, "y.csv", classes=("cat", "dog", "eel")).inputs[0]
        targets = {found.named(row.number): row.targets for row in found.classes}
        assert targets == {"cat": 2, "dog": 1, "eel": 1}
        return
    first = int(way == "counted from 1")
    more = {"label_base": 1} if first else {"ignore_index": 2}
    found = losscli.grad("ce", scores, np.array(labels) + first, **more).inputs[0]
    assert {found.named(row.number): row.targets for row in found.classes} == (
        {"1": 2, "2": 1, "3": 1} if first else {"0": 2, "1": 1, "2": 0}
    )


def test_sums_past_the_largest_float_have_shares(folder):
    (folder / "g.csv").write_text("g\na\nb\nb\n")
    (folder / "p.csv").write_text("p\n1e308\n1e308\n1e308\n")
    found = losscli.grad("l1", "p.csv", np.zeros(3), by="g.csv::g", reduction="sum")
    (one,) = found.inputs
    assert [row.share for row in one.groups] == [pytest.approx(1 / 3), pytest.approx(2 / 3)]
    assert {row.loss_share for row in one.groups} == {None}
    assert one.worst[2].loss_share == pytest.approx(2 / 3)


def test_who_gets_it_adds_up():
    inputs, more = _case("cross_entropy")
    found = losscli.grad("cross_entropy", *inputs, **more)
    one = found.inputs[0]
    np.testing.assert_allclose(one.per_sample, np.linalg.norm(one.array, axis=1), rtol=1e-14)
    assert one.zeros == int((one.array == 0).sum()) > 0
    assert one.largest == np.abs(one.array).max()
    for row in one.classes:
        column = one.array[:, row.number]
        assert row.targets == int((inputs[1] == row.number).sum())
        assert row.up == pytest.approx(-column[column < 0].sum(), rel=1e-12)
        assert row.down == pytest.approx(column[column > 0].sum(), rel=1e-12)
        assert row.net == pytest.approx(column.sum(), rel=1e-9, abs=1e-15)
    falling = np.sort(one.per_sample)[::-1]
    assert one.samples[0].norm == falling[0]
    assert [row.samples for row in one.worst] == [3, 30, 150]
    assert one.worst[1].share == pytest.approx(falling[:30].sum() / falling.sum(), rel=1e-12)


@pytest.mark.parametrize("name", ["median_absolute_error", "nt_xent", "arcface"])
def test_what_has_no_closed_form_is_left_to_autograd(name):
    rng = np.random.default_rng(0)
    inputs = {
        "median_absolute_error": [rng.standard_normal(5), np.zeros(5)],
        "nt_xent": [rng.standard_normal((4, 3)), rng.standard_normal((4, 3))],
        "arcface": [rng.standard_normal((4, 3)), [0, 1, 1, 0], rng.standard_normal((2, 3))],
    }[name]
    with pytest.raises(BackendError, match=f"^{name} has no gradient in closed form") as caught:
        losscli.grad(name, *inputs)
    assert "backend torch" in caught.value.hint
    found = losscli.grad(name, *inputs, backend="torch")
    assert found.way.startswith("autograd")
    assert ("in memory" in found.way) == losses.find(name).whole


@pytest.mark.parametrize(
    ("loss", "inputs", "more", "problem"),
    [
        ("mse,mse", ([1.0], [2.0]), {}, "asked for twice"),
        ("mse,rmse", ([1.0], [2.0]), {"reduction": "sum"}, "rmse .*has no reduction"),
        ("mse", ([1.0], [2.0]), {"wrt": "prod"}, "prod is no input"),
        ("cross_entropy", ([[1.0, 2.0]], [1]), {"wrt": "target"}, "target has no gradient"),
        ("mse", ([1.0], [2.0]), {"wrt": "weight"}, "weight has no gradient"),
        ("rmse", ([1.0], [2.0]), {"reduction": "sum"}, "no reduction 'sum'"),
        ("mse", ([1.0], [2.0]), {"record": True}, "record has no part in this"),
    ],
)
def test_what_has_no_gradient_is_refused(loss, inputs, more, problem):
    with pytest.raises(UsageError, match=problem):
        losscli.grad(loss, *inputs, **more)


def test_unknown_names_are_refused_with_what_was_meant():
    with pytest.raises(UsageError) as caught:
        losscli.grad("mse", [1.0], [2.0], wtr="pred")
    assert "wrt" in caught.value.hint


@pytest.mark.parametrize("one", CLOSED)
@settings(max_examples=10)
@given(data=st.data())
def test_every_closed_form_passes_its_check(one, data):
    case = data.draw(cases(one, smooth=True))
    assume(case.parameters.get("aggregate") != "batch")
    found = losscli.grad(one.name, wrt=_wrt(case)[:1], gradcheck=True, **case.given)
    assert [check.of for check in found.inputs[0].checks] == ["autograd", "differences of the loss"]
    assert found.passed, found.inputs[0].checks


@pytest.mark.parametrize("worst", [0, 2])
def test_as_many_samples_are_told_as_are_asked_for(worst):
    found = losscli.grad("mse", [1.0, 5.0, 3.0, 2.0], [0.0] * 4, worst=worst)
    assert [row.number for row in found.inputs[0].samples] == [1, 2][:worst]
