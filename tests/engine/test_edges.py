"""Places where inputs, losses and policies meet: each was once a crash or a silently wrong number."""

import numpy as np
import pytest
import torch

import losscli
from losscli.errors import DataError, ParameterError, ShapeError, UsageError


def test_losses_that_count_samples_differently_cannot_share_a_pass():
    with pytest.raises(ShapeError, match="1 for cross_entropy, 3 for l1"):
        losscli.compute("cross_entropy,l1", np.array([0.1, 0.2, 0.7]), np.array([0, 0, 1.0]))


def test_positional_too_many_does_not_become_an_optional_input():
    with pytest.raises(UsageError, match="takes 1 file beside target, 2 were given"):
        losscli.compute("mse", [1.0], [1.0], target=[2.0])


def test_optional_input_is_given_by_name_alone():
    with pytest.raises(UsageError, match=r"takes 2 files, 3 were given.*weight by name only"):
        losscli.compute("mse", [1.0, 2.0], [2.0, 4.0], [3.0, 1.0])
    assert losscli.compute("mse", [1.0, 2.0], [2.0, 4.0], weight=[3.0, 1.0]).value == (3 * 1 + 1 * 4) / 4


def test_nan_that_was_asked_for_is_not_warned_about():
    result = losscli.compute("mse", [1.0, np.nan], [2.0, 1.0], nan="propagate")
    assert np.isnan(result.value)
    assert not result.warnings


def test_nan_in_an_input_read_whole_cannot_be_omitted():
    with pytest.raises(DataError, match="history: 1 value is NaN"):
        losscli.compute("mase", [1.0, 2.0], [2.0, 1.0], [1.0, np.nan, 3.0], nan="omit")


@pytest.mark.parametrize("nan", ["error", "propagate"])
def test_a_label_is_never_nan(nan):
    with pytest.raises(DataError, match="1 value is NaN, the first at row 2"):
        losscli.compute("cross_entropy", np.eye(3), [0, 1, np.nan], nan=nan)


def test_what_a_loss_requires_holds_for_the_samples_that_are_left():
    with pytest.raises(DataError, match="needs at least 2 samples"):
        losscli.compute("nt_xent", [[1.0, 2.0], [np.nan, 1.0]], np.ones((2, 2)), nan="omit")


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
def test_nothing_left_after_omitting_is_an_error(reduction):
    with pytest.raises(DataError, match="every sample holds NaN"):
        losscli.compute("mse", [np.nan], [1.0], nan="omit", reduction=reduction)


def test_block_of_nothing_but_nan_is_left_out():
    pred = np.ones(300_000)
    pred[:140_000] = np.nan  # all of the first block
    result = losscli.compute("mse", pred, np.zeros(300_000), nan="omit", reduction="none")
    assert (result.samples, result.omitted) == (160_000, 140_000)
    assert np.isnan(result.value[:140_000]).all()
    assert (result.value[140_000:] == 1.0).all()


def test_sum_over_ignored_targets_is_zero_and_no_warning():
    result = losscli.compute("cross_entropy", 9 * np.eye(3), [-100] * 3, reduction="sum")
    assert (result.value, result.ignored, result.warnings) == (0.0, 3, ())


def test_mean_over_ignored_targets_is_nan_as_in_torch_and_said():
    result = losscli.compute("cross_entropy", 9 * np.eye(3), [-100] * 3)
    assert np.isnan(result.value)
    assert [w.code for w in result.warnings] == ["L301"]


@pytest.mark.parametrize("backend", ["numpy", "torch"])
def test_samples_without_values_are_refused(backend):
    with pytest.raises(DataError, match="holds no values"):
        losscli.compute("bce", np.ones((3, 0)), np.ones((3, 0)), backend=backend)


@pytest.mark.parametrize("value", [np.inf, np.nan, 2**63, 0.5])
def test_label_to_ignore_is_an_integer_of_64_bits(value):
    with pytest.raises(ParameterError):
        losscli.compute("cross_entropy", np.eye(3), [0, 1, 2], ignore_index=value)


def test_mask_of_a_masked_array_is_not_lost():
    with pytest.raises(DataError, match="masked"):
        losscli.compute("mse", np.ma.array([1.0, 2.0], mask=[0, 1]), [1.0, 1.0])


def test_signature_differs_where_the_number_may():
    pred, target = [0.5, 0.25], [1.0, 0.0]
    ways = [{}, {"weight": [1.0, 2.0]}, {"nan": "omit"}, {"dtype": "float32"}, {"reduction": "sum"}]
    assert len({losscli.compute("bce", pred, target, **way).signature for way in ways}) == len(ways)


@pytest.mark.parametrize("shape", [(3, 7, 50_021), (2, 1, 3, 512, 256), (2, 1_000_003)])
@pytest.mark.parametrize("loss", ["mse", "rmse"])
def test_samples_larger_than_a_block_are_as_if_whole(shape, loss):
    rng = np.random.default_rng(0)
    pred, target = rng.random(shape), rng.random(shape)
    result = losscli.compute(loss, pred, target, per_sample=True)
    squares = ((pred - target) ** 2).reshape(shape[0], -1).mean(axis=1)
    assert result.samples == shape[0]
    assert result.per_sample == pytest.approx(np.sqrt(squares) if loss == "rmse" else squares, rel=1e-13)
    assert losscli.compute("mse", pred, target, reduction="none").value.shape == shape


@pytest.mark.parametrize("classes", [3, 200])
@pytest.mark.parametrize("soft", [False, True])
@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
def test_images_larger_than_a_block_are_as_in_torch(classes, soft, reduction):
    rng = np.random.default_rng(0)
    shape = (2, classes, 90_001, 2) if classes < 10 else (2, classes, 61, 50)
    logits, labels = rng.standard_normal(shape), rng.integers(0, classes, (2, *shape[2:]))
    labels[rng.random(labels.shape) < 0.2] = -100
    target = rng.dirichlet(np.ones(classes), (2, *shape[2:])).transpose(0, 3, 1, 2) if soft else labels
    more = {"weight": rng.random(classes), "label_smoothing": 0.1}
    whole = torch.nn.functional.cross_entropy(
        torch.tensor(logits),
        torch.tensor(target),
        torch.tensor(more["weight"]),
        label_smoothing=0.1,
        reduction=reduction,
    )
    found = losscli.compute("cross_entropy", logits, target, reduction=reduction, per_sample=True, **more)
    np.testing.assert_allclose(found.value, whole, rtol=1e-12, atol=1e-12)
    each = [
        losscli.compute("cross_entropy", logits[i : i + 1], target[i : i + 1], reduction="none", **more).value
        for i in (0, 1)
    ]
    counted = [np.ones_like(labels[i], bool) if soft else labels[i] != -100 for i in (0, 1)]
    expected = [e.sum() / (1 if reduction == "sum" else c.sum()) for e, c in zip(each, counted, strict=True)]
    np.testing.assert_allclose(found.per_sample, expected, rtol=1e-12)


def test_a_bad_label_in_a_large_image_is_named_by_its_own_index():
    labels = np.zeros((2, 300, 400), int)
    labels[1, 7, 9] = 5
    with pytest.raises(DataError, match=r"index \[1, 7, 9\]: 5"):
        losscli.compute("cross_entropy", np.zeros((2, 3, 300, 400)), labels)
    logits = np.zeros((2, 3, 300, 400))
    logits[1, 2, 7, 9] = np.nan
    with pytest.raises(DataError, match=r"index \[1, 2, 7, 9\]"):
        losscli.compute("cross_entropy", logits, labels)


def test_bits_of_large_images_depend_neither_on_layout_nor_on_the_nan_policy():
    rng = np.random.default_rng(1)
    logits, labels = rng.normal(size=(2, 3, 400, 500)), rng.integers(0, 3, (2, 400, 500))
    more = {"weight": [0.1, 0.2, 0.3]}
    found = [
        losscli.compute("cross_entropy", logits, labels, **more),
        losscli.compute("cross_entropy", np.asfortranarray(logits), labels, **more),
        losscli.compute("cross_entropy", logits, labels, nan="omit", **more),
    ]
    assert len({(one.value.hex(), one.denominator.hex()) for one in found}) == 1


def test_nan_in_a_large_sample_is_named_by_its_own_index():
    pred = np.ones((2, 3, 512, 512))
    pred[1, 2, 5, 7] = np.nan
    with pytest.raises(DataError, match=r"index \[1, 2, 5, 7\]"):
        losscli.compute("mse", pred, np.ones_like(pred))


@pytest.mark.parametrize("shape", [(300_000,), (40_000, 10), (3, 400_000)])
def test_bits_depend_neither_on_layout_nor_on_the_nan_policy(tmp_path, shape):
    rng = np.random.default_rng(1)
    pred, target = rng.normal(size=(2, *shape))
    fortran = [np.asfortranarray(x) for x in (pred, target)]
    np.save(tmp_path / "p.npy", fortran[0])
    values = [
        losscli.compute("mse", pred, target).value,
        losscli.compute("mse", *fortran).value,
        losscli.compute("mse", tmp_path / "p.npy", target).value,
        losscli.compute("mse", pred, target, nan="omit").value,
        losscli.compute("mse,rmse,l1", pred, target)[0].value,
    ]
    assert len({value.hex() for value in values}) == 1


def test_losses_of_samples_of_different_sizes_cannot_share_a_pass():
    # Their blocks would differ from those each has alone.
    ones, wide = np.ones(4), np.ones((4, 3))
    with pytest.raises(ShapeError, match="2 for mse, 6 for triplet_margin"):
        losscli.compute("mse,triplet_margin", pred=ones, target=ones, anchor=wide, positive=wide, negative=wide)


@pytest.mark.parametrize(("nan", "place"), [(1, "row 1"), (200, "row 200"), (999, "row 999")])
@pytest.mark.parametrize("loss", ["bce", "cross_entropy"])
def test_place_is_that_of_what_is_told(loss, nan, place, small_blocks):
    # Of NaN first, also where blocks before and after hold what is wrong in another way.
    bad = np.zeros(1000)
    bad[[100, 500]] = 7.0
    bad[nan] = np.nan
    other = np.zeros(1000) if loss == "bce" else np.zeros((1000, 3))
    inputs = (bad, other) if loss == "bce" else (other, bad)
    with pytest.raises(DataError, match=f"1 value is NaN, the first at {place}\\."):
        losscli.compute(loss, *inputs)


def test_losses_of_two_and_of_three_inputs_share_a_pass():
    a, b, c = np.random.default_rng(0).random((3, 9, 4))
    given = {"anchor": a, "positive": b, "negative": c, "input1": a, "input2": b}
    both = losscli.compute("triplet_margin,nt_xent", **given)
    alone = losscli.compute("triplet_margin", a, b, c), losscli.compute("nt_xent", a, b)
    assert [r.value for r in both] == [r.value for r in alone]


def test_probabilities_rounded_to_few_digits_are_still_recognised():
    rng = np.random.default_rng(0)
    rounded = rng.dirichlet(np.ones(10), 200).round(3)
    labels = rng.integers(0, 10, 200)
    assert [w.code for w in losscli.compute("cross_entropy", rounded, labels).warnings] == ["L201"]
    assert not losscli.compute("cross_entropy", rng.normal(size=(200, 10)), rounded).warnings


def test_threads_are_one_or_more():
    with pytest.raises(UsageError):
        losscli.compute("mse", [1.0], [1.0], threads=0)


@pytest.mark.parametrize("losses", ["mse,mase", "mase,mse"])
def test_a_required_file_never_lands_in_an_optional_input(losses):
    pred, target, history = [1.0, 2.0], [2.0, 4.0], [1.0, 3.0, 2.0]
    results = {r.loss: r.value for r in losscli.compute(losses, pred, target, history)}
    assert results == {"mse": 2.5, "mase": 1.5 / 1.5}
