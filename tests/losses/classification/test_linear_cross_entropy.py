"""The loss of a linear layer beside that of its logits; a layer that is cut into slices."""

import numpy as np
import pytest
import torch
from blocks import blocks_of
from shell import cli

import losscli
from losscli.spec import arithmetic

BACKENDS = ["numpy", "torch"]
RNG = np.random.default_rng(23)
PRED, HEAD, BIAS = RNG.standard_normal((30, 4)), RNG.standard_normal((5, 4)), RNG.standard_normal(5)
TARGET = RNG.integers(0, 5, 30)
WEIGHT = RNG.uniform(0.5, 2.0, 5)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("reduction", ["none", "mean", "sum"])
def test_it_is_cross_entropy_of_the_logits(backend, reduction):
    options = {"weight": WEIGHT, "ignore_index": 3, "label_smoothing": 0.2, "reduction": reduction, "backend": backend}
    expected = losscli.compute("cross_entropy", PRED @ HEAD.T + BIAS, TARGET, **options)
    found = losscli.compute("linear_cross_entropy", PRED, HEAD, TARGET, linear_bias=BIAS, **options)
    np.testing.assert_allclose(found.value, expected.value, rtol=1e-13)
    np.testing.assert_allclose(found.denominator, expected.denominator, rtol=1e-15)
    assert (found.ignored, found.denominator_is) == (expected.ignored, expected.denominator_is)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("elements", [1, 7, 64])
def test_slices_and_blocks_change_nothing(backend, elements):
    wide, target = RNG.standard_normal((3, 2, 4)), RNG.integers(0, 3, (30, 2))
    expected = torch.nn.functional.linear_cross_entropy(*map(torch.from_numpy, (PRED, wide, target)), reduction="none")
    with blocks_of(elements), pytest.MonkeyPatch.context() as patch:
        patch.setattr(arithmetic, "PRODUCTS", elements)
        found = losscli.compute("linear_cross_entropy", PRED, wide, target, backend=backend, reduction="none")
    np.testing.assert_allclose(found.value, expected, rtol=1e-13)


@pytest.mark.parametrize("backend", BACKENDS)
def test_of_class_probabilities_none_can_be_ignored(backend):
    soft = RNG.dirichlet(np.ones(5), 30)
    assert losscli.compute("linear_cross_entropy", PRED, HEAD, soft, backend=backend).denominator == 30
    with pytest.raises(losscli.LossCLIError, match="none can be ignored"):
        losscli.compute("linear_cross_entropy", PRED, HEAD, soft, ignore_index=2, backend=backend)


def test_what_does_not_fit_is_told(tmp_path):
    for name, x in {"pred": PRED, "head": HEAD, "target": TARGET, "narrow": HEAD[:, :3], "few": HEAD[:4]}.items():
        np.save(tmp_path / f"{name}.npy", x)
    ran = [
        cli("compute", "linear_cross_entropy", *(f"{tmp_path}/{name}.npy" for name in names))
        for names in (("pred", "narrow", "target"), ("pred", "few", "target"), ("pred", "target", "head"))
    ]
    assert [(one.code, one.out) for one in ran] == [(2, "")] * 3
    assert "shapes do not fit" in ran[0].err
    assert "outside 0..3 (4 classes in " in ran[1].err
    assert "few.npy)" in ran[1].err
    assert "Hint: they fit in another order: PRED LINEAR_WEIGHT TARGET." in ran[2].err
