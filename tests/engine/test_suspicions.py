"""What inputs look like as a whole: each confusion is found, and nothing that is as it should be is suspected."""

from __future__ import annotations

import numpy as np
import pytest
from drawing import LENGTHS
from shell import cli, refused

import losscli
from losscli import losses
from losscli.engine.plan import BLOCK_ELEMENTS
from losscli.spec.loss import Loss

ALL = losses.built_in()
LOSSES = [pytest.param(one, id=one.name) for one in ALL]
BINARY = np.array([0, 1, 1, 0, 1.0])


def log_softmax(x):
    return x - np.log(np.exp(x).sum(axis=1, keepdims=True))


def codes(*given, **named):
    return [w.code for w in losscli.compute(*given, **named).warnings]


def the_warning(*given, **named):
    (warning,) = losscli.compute(*given, **named).warnings
    return warning


def ordinary(one: Loss, form, rng, samples: int) -> dict[str, np.ndarray]:
    """Data as a model and its labels have them, for one form of a loss."""
    lengths = {axis: (LENGTHS.get(axis, (1, 4))[1],) for axes in form.inputs for axis in axes}
    lengths |= {"*": () if "C" in lengths else (2,), one.signature.sample_axis: (samples,)}
    if one.signature.sample_axis == "*":
        lengths["*"] = (samples, 3)
    made = {}
    for role, axes in zip(one.inputs, form.inputs, strict=False):
        kind = role.kind.soft_form if role.kind.soft_form and "C" in axes else role.kind
        shape = tuple(n for axis in axes for n in lengths[axis])
        if role.optional:
            continue
        if kind.dtype == "label":
            made[role.name] = rng.integers(0, lengths["C"][0], shape)
        elif kind.space == "log-probs":
            made[role.name] = log_softmax(rng.normal(0, 2, shape))
        elif kind.distribution:
            made[role.name] = np.exp(log_softmax(rng.normal(0, 2, shape)))
        elif kind.domain.high == 1.0 and role.name != "pred":
            made[role.name] = rng.integers(0, 2, shape).astype(float)
        else:
            made[role.name] = np.abs(rng.normal(0, 2, shape)) if kind.domain.low == 0.0 else rng.normal(0, 2, shape)
            if kind.domain.high == 1.0:
                made[role.name] %= 1.0
    return made


@pytest.mark.parametrize("samples", [7, 200, 4000])
@pytest.mark.parametrize("one", LOSSES)
def test_nothing_is_suspected_of_ordinary_data(one, samples):
    rng = np.random.default_rng(samples)
    for form in one.signature.forms:
        if form.inputs[0][:1] == (one.signature.sample_axis,):
            assert codes(one.name, **ordinary(one, form, rng, samples)) == []


# What a prediction is given as


def test_probabilities_for_bce_with_logits_tell_of_bce():
    warning = the_warning("bce_with_logits", [0.1, 0.9, 0.5, 0, 1], BINARY)
    assert warning.code == "L201"
    assert "bce takes probabilities" in warning.hint
    assert "--pred-is probs" in warning.hint
    assert "0.313262" in warning.message


@pytest.mark.parametrize("logits", [[0.5], [0, 1, 1, 0, 0], [0.5, 0.5, 1.5], [0.5, 0.5, -1e-9]])
def test_values_that_may_be_logits_are_no_probabilities(logits):
    assert codes("bce_with_logits", logits, [1.0] * len(logits)) == []


@pytest.mark.parametrize("given", [{"weight": [1.0, 2, 3, 4, 5]}, {"pos_weight": [3.0]}])
def test_a_floor_that_weights_move_is_not_told(given):
    assert "cannot fall below" not in the_warning("bce_with_logits", np.full(5, 0.9), BINARY, **given).message


@pytest.mark.parametrize(("loss", "floor"), [("cross_entropy", 0.551445), ("bce_with_logits", 0.313262)])
def test_no_probabilities_come_below_the_floor_and_certain_ones_reach_it(loss, floor):
    certain = np.eye(3) if loss == "cross_entropy" else np.ones(3)
    target = np.arange(3) if loss == "cross_entropy" else np.ones(3)
    found = losscli.compute(loss, certain, target)
    assert found.value == pytest.approx(floor, abs=1e-6)
    if loss == "cross_entropy":
        assert f"= {floor}" in found.warnings[0].message
        mixed = np.random.default_rng(0).dirichlet(np.ones(3), 500)
        assert all(losscli.compute(loss, mixed[i : i + 1], [0]).value > floor for i in range(100))


def test_who_says_that_values_are_logits_is_believed():
    assert codes("bce_with_logits", [0.1, 0.9, 0.5, 0.0, 1.0], BINARY, pred_is="logits") == []
    assert codes("cross_entropy", np.eye(2), [0, 1], pred_is="logits") == []
    # Converted from probabilities near a half, they lie in [0, 1] as well.
    assert codes("bce_with_logits", [0.6, 0.7, 0.6, 0.7, 0.6], BINARY, pred_is="probs") == []


def test_probabilities_for_nll_are_told_from_logits():
    logits = np.random.default_rng(0).normal(0, 2, (6, 3))
    probabilities, labels = np.exp(log_softmax(logits)), [0, 1, 2, 0, 1, 2]
    assert the_warning("nll", probabilities, labels).hint.startswith("--pred-is probs")
    assert "cross_entropy takes logits" in the_warning("nll", logits, labels).hint
    assert {codes("nll", x, labels)[0] for x in (probabilities, logits)} == {"L202"}


def test_rows_of_log_probabilities_must_be_normalised():
    good = log_softmax(np.random.default_rng(0).normal(0, 2, (50, 4)))
    assert codes("nll", good, np.zeros(50, int)) == []
    assert codes("nll", good.astype(np.float16), np.zeros(50, int)) == []
    assert codes("nll", np.round(good, 2), np.zeros(50, int)) == []
    bad = good.copy()
    bad[7] -= 0.1
    warning = the_warning("nll", bad, np.zeros(50, int))
    assert warning.code == "L204"
    assert "1 of 50 rows" in warning.message
    assert "log_softmax" in warning.hint


def test_padded_rows_of_log_probabilities_do_not_count():
    padded = log_softmax(np.random.default_rng(0).normal(0, 2, (50, 4)))
    padded[20:] = 0.0
    labels = np.where(np.arange(50) < 20, 1, -100)
    assert codes("nll", padded, labels) == []


def test_what_bce_and_dice_are_given_is_told_from_its_range():
    hints = {}
    for loss in ("bce", "dice"):
        for name, given in {"logits": [[0.5, -2.0]], "log-probs": [[-0.5, -2.0]]}.items():
            with pytest.raises(losscli.LossCLIError) as caught:
                losscli.compute(loss, given, [[0.0, 1.0]])
            hints[loss, name] = caught.value.hint
    assert all(f"--pred-is {name}" in hint for (_, name), hint in hints.items())
    assert "bce_with_logits takes logits" in hints["bce", "logits"]
    assert [pair for pair, hint in hints.items() if "bce" in hint] == [("bce", "logits")]


def test_the_loss_to_take_instead_takes_what_was_given():
    named = [(one, space, other) for one in ALL for space, other in one.instead.items()]
    assert named
    for one, space, other in named:
        assert losses.find(other).inputs[0].kind.space == space != one.inputs[0].kind.space


def test_targets_of_minus_one_and_one_are_recognised():
    with pytest.raises(losscli.LossCLIError) as caught:
        losscli.compute("bce", [0.5, 0.5, 0.1], [-1, 1, -1])
    assert "(y + 1) / 2" in caught.value.hint
    with pytest.raises(losscli.LossCLIError) as caught:
        losscli.compute("bce", [0.5, 0.5, 0.1], [-1, 1, 2])
    assert "(y + 1) / 2" not in caught.value.hint


# Prediction and target beside each other


@pytest.fixture
def chances():
    rng = np.random.default_rng(0)
    chances = rng.random(500)
    return chances, (rng.random(500) < chances).astype(float)


@pytest.mark.parametrize("loss", ["bce", "bce_with_logits"])
def test_swapped_prediction_and_target_are_recognised(loss, chances):
    scores, labels = chances
    assert "L205" in codes(loss, labels, scores)
    assert "L205" not in codes(loss, scores, labels)
    assert codes("bce", np.round(labels), labels * 0.0) == []  # hard answers beside labels


def test_one_value_that_is_no_label_clears_the_prediction(chances):
    scores, labels = np.tile(chances[0], 3000), np.tile(chances[1], 3000)
    assert codes("bce", labels, scores) == ["L205"]
    labels[-1] = 0.5
    assert [codes("bce", labels, scores, threads=j) for j in (1, 2)] == [[], []]


def test_nobody_is_told_of_a_swap_that_changes_nothing(chances):
    scores, labels = (x.reshape(5, 1, 100) for x in chances)
    assert codes("dice", labels, scores) == []


@pytest.mark.parametrize("one", [p for p in LOSSES if len(p.values[0].inputs) > 1])
def test_symmetric_losses_and_no_others_keep_their_value_when_swapped(one):
    form = one.signature.forms[0]
    names = [role.name for role in one.inputs[:2]]
    if names != ["pred", "target"] or form.inputs[0] != form.inputs[1]:
        assert not one.symmetric
        return
    rng = np.random.default_rng(1)
    given = ordinary(one, form, rng, 6)
    given["pred"], given["target"] = (rng.uniform(0.1, 0.9, given["pred"].shape) for _ in range(2))
    there = losscli.compute(one.name, **given).value
    back = losscli.compute(one.name, **{**given, "pred": given["target"], "target": given["pred"]}).value
    assert (abs(there - back) <= 1e-12 * abs(there)) == one.symmetric


@pytest.fixture
def classes():
    """Logits of a good model, and labels."""
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 5, 600)
    return rng.normal(0, 1, (600, 5)) + 4.0 * np.eye(5)[labels], labels


@pytest.mark.parametrize("loss", ["cross_entropy", "nll"])
def test_columns_in_another_order_than_the_labels_are_recognised(loss, classes):
    scores, labels = log_softmax(classes[0]), classes[1]
    assert codes(loss, scores, labels) == []
    warning = the_warning(loss, scores[:, [2, 0, 1, 4, 3]], labels)
    assert warning.code == "L207"
    assert "0 by 1, 1 by 2, 2 by 0, 3 by 4, 4 by 3" in warning.message


def test_the_columns_of_a_table_are_named_in_the_order_that_fits(classes, tmp_path):
    scores, labels = classes
    header = "e,a,b,c,d"
    np.savetxt(tmp_path / "p.csv", np.roll(scores, 1, axis=1), delimiter=",", header=header, comments="")
    warning = the_warning("ce", tmp_path / "p.csv", labels)
    assert warning.hint.startswith(f"{tmp_path / 'p.csv'}::a,b,c,d,e ")
    assert codes("ce", f"{tmp_path / 'p.csv'}::a,b,c,d,e", labels) == []


def test_labels_that_are_one_too_high_are_recognised_where_all_of_them_are_in_range(classes):
    scores, labels = classes[0][classes[1] < 4], classes[1][classes[1] < 4]
    assert "--label-base 1" in the_warning("ce", scores, labels + 1).hint
    assert codes("ce", scores, labels + 1, label_base=1) == []
    padded = np.where(np.arange(len(labels)) % 7 == 0, -100, labels + 1)
    assert "--label-base 1" in the_warning("ce", scores, padded).hint


def test_labels_that_were_said_to_count_from_one_and_do_not(classes):
    scores, labels = classes[0][classes[1] > 0], classes[1][classes[1] > 0]
    assert "leave --label-base out" in the_warning("ce", scores, labels, label_base=1).hint


@pytest.mark.parametrize("share", [0.3, 0.95])
@pytest.mark.parametrize("count", [2, 3, 10])
def test_poor_models_are_not_taken_for_permuted_ones(count, share):
    rng = np.random.default_rng(0)
    for _ in range(50):
        labels = rng.choice(count, 20 * count, p=rng.dirichlet(np.ones(count) * 0.3))
        guesses = np.where(rng.random(len(labels)) < share, rng.integers(count), rng.integers(0, count, len(labels)))
        assert "L207" not in codes("ce", np.eye(count)[guesses] * 3.0, labels)


def test_positions_of_images_count_as_labels(classes):
    scores, labels = (np.moveaxis(x.reshape(6, 10, 10, *x.shape[1:]), -1, 1) if x.ndim > 1 else x for x in classes)
    assert codes("ce", scores, labels.reshape(6, 10, 10)) == []
    assert codes("ce", scores[:, ::-1], labels.reshape(6, 10, 10)) == ["L207"]


@pytest.fixture
def pair():
    rng = np.random.default_rng(0)
    pred = rng.normal(0, 1, 800)
    return pred, pred + 0.4 * rng.normal(0, 1, 800)


@pytest.mark.parametrize("loss", ["mse", "l1", "huber"])
@pytest.mark.parametrize("columns", [1, 3])
def test_rows_that_are_one_off_are_recognised(loss, columns, pair):
    pred, target = (np.tile(x[:, None], (1, columns)) for x in pair)
    assert codes(loss, pred, target) == []
    assert "after theirs" in the_warning(loss, pred[1:], target[:-1]).message
    assert "before theirs" in the_warning(loss, pred[:-1], target[1:]).message
    assert the_warning(loss, pred[:-1], target[1:]).code == "L208"


def test_labels_and_answers_that_are_one_row_off_are_recognised(classes, pair):
    assert codes("ce", classes[0][1:], classes[1][:-1]) == ["L208"]
    pred, target = pair[0] * 4, (pair[1] > 0).astype(float)
    assert codes("bce_with_logits", pred[1:], target[:-1]) == ["L208"]
    assert codes("bce", 1 / (1 + np.exp(-pred[1:])), target[:-1]) == ["L208"]


@pytest.mark.parametrize("likeness", [-0.9, 0.2, 0.4, 0.8, 0.99])
def test_forecasts_are_not_taken_for_rows_that_are_one_off(likeness):
    rng = np.random.default_rng(0)
    for _ in range(20):
        series = [0.0]
        for step in rng.normal(0, (1 - likeness**2) ** 0.5, 500):
            series.append(likeness * series[-1] + step)
        series = np.array(series)
        assert codes("mse", likeness * series[:-1], series[1:]) == []
        assert codes("mse", series[:-1], series[1:]) == []  # the naive one


@pytest.mark.parametrize("draw", ["normal", "standard_cauchy", "lognormal"])
def test_unrelated_rows_are_not_taken_for_rows_that_are_one_off(draw):
    rng = np.random.default_rng(0)
    for _ in range(50):
        assert codes("mse", *(getattr(rng, draw)(size=200) for _ in range(2))) == []


@pytest.mark.parametrize("backend", ["numpy", "torch"])
def test_what_is_found_is_the_same_whatever_the_threads_and_the_backend(backend, classes):
    scores, labels = (np.tile(x, (400, 1)[: x.ndim]) for x in classes)
    found = [the_warning("ce", scores[:, ::-1], labels, threads=j, backend=backend).message for j in (1, 2)]
    assert found[0] == found[1]


# Shapes


@pytest.mark.parametrize("shape", [(4, 32, 32), (4, 32, 100), (32, 32)])
def test_masks_without_a_class_axis_are_recognised(shape):
    mask = np.random.default_rng(0).random(shape)
    warning = the_warning("dice", mask, np.round(mask))
    assert warning.code == "L110"
    assert "1, H, W)" in warning.hint
    mended = mask[:, None] if mask.ndim > 2 else mask[None, None]
    assert codes("dice", mended, np.round(mended)) == []


@pytest.mark.parametrize("shape", [(4, 3, 32), (4, 20, 1000), (4, 32, 32, 32), (4, 1, 32, 32), (100, 3)])
def test_masks_that_have_their_classes_are_not_suspected(shape):
    mask = np.random.default_rng(0).random(shape)
    assert codes("dice", mask, np.round(mask)) == []


# Large numbers


@pytest.mark.parametrize("lost", [2**53 + 1, -(2**53) - 1, 1_700_000_000_123_456_789])
def test_whole_numbers_that_float64_does_not_hold_are_told(lost, tmp_path):
    (tmp_path / "p.csv").write_text(f"5\n{lost}\n")
    assert str(lost) in the_warning("l1", np.array([5, lost]), np.array([5.0, 0.0])).message
    assert codes("l1", tmp_path / "p.csv", np.array([5.0, 0.0])) == ["L209"]
    assert "L209" in cli("compute", "l1", "--", str(lost), "0").err


@pytest.mark.parametrize("text", ["9007199254740991", "1500000000000000000", "1.25e17", "1e300", "-4e18", "inf", "0.5"])
def test_numbers_that_float64_holds_are_not(text, tmp_path):
    (tmp_path / "p.csv").write_text(f"{text}\n2\n")
    assert "L209" not in codes("l1", tmp_path / "p.csv", np.array([1.0, 2.0]))
    assert "L209" not in cli("compute", "l1", "--", f"{text},2", "1,2").err


def test_even_numbers_above_the_limit_are_held():
    assert codes("l1", np.array([2**53 + 2, -(2**60)]), np.array([0, 0])) == []
    assert codes("l1", np.array([2**64 - 1], np.uint64), np.array([0])) == ["L209"]


@pytest.mark.parametrize("options", [{}, {"reduction": "sum"}, {"dtype": "float32"}])
def test_an_infinite_result_of_finite_inputs_is_told(options):
    assert codes("mse", [1e200, 1.0], [0.0, 1.0], **options) == ["L303"]
    assert codes("mse", [np.inf, 1.0], [0.0, 1.0], **options) == []


def test_a_sum_that_overflows_is_told():
    assert codes("l1", np.full(BLOCK_ELEMENTS, 1e305), np.zeros(BLOCK_ELEMENTS)) == ["L303"]


def test_infinity_from_what_is_no_sum_is_told():
    assert codes("median_absolute_error", [1e308, 1e308], [-1e308, -1e308]) == ["L303"]
    assert codes("median_absolute_error", [np.inf, np.inf], [0.0, 0.0]) == []
    assert codes("mase", [1.0, 2.0], [2.0, 3.0], [1.0, 1.0]) == ["L303"]


# Labels


@pytest.mark.parametrize("named", ["a,b,c", "a"])
def test_as_many_classes_are_named_as_there_are_columns(named, tmp_path):
    (tmp_path / "p.csv").write_text("2,-1\n0.5,3\n")
    (tmp_path / "t.csv").write_text("y\na\na\n")
    ran = cli("compute", "ce", tmp_path / "p.csv", tmp_path / "t.csv", "--classes", named)
    error, hint = refused(ran)
    assert f"{len(named.split(','))} classes are named" in error
    assert "the prediction has 2" in error
    assert "--classes" in hint


def test_a_label_is_told_with_all_its_digits():
    with pytest.raises(losscli.LossCLIError) as caught:
        losscli.compute("cross_entropy", np.eye(4), [0, 1, 2, 2.9999999])
    assert "2.9999999 at" in caught.value.message


def test_a_large_unsigned_label_is_not_taken_for_a_negative_one():
    labels = np.array([0, 2**64 - 100, 1], np.uint64)
    with pytest.raises(losscli.LossCLIError) as caught:
        losscli.compute("cross_entropy", np.eye(3), labels)
    assert str(2**64 - 100) in caught.value.message
    assert "--ignore-index" not in caught.value.hint


# Blocks


def test_a_fact_is_about_every_block():
    n = 3 * BLOCK_ELEMENTS
    given, target = np.full(n, 0.9), np.ones(n)
    assert codes("bce_with_logits", given, target) == ["L201"]
    given[-1] = 1.5
    assert [codes("bce_with_logits", given, target, threads=j) for j in (1, 2)] == [[], []]
