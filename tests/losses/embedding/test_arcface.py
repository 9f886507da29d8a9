"""ArcFace, sample by sample as it is defined, with angles from arc cosines; what stays when vectors are stretched."""

import math

import numpy as np
import pytest
from blocks import blocks_of
from hypothesis import given
from hypothesis import strategies as st
from shell import cli

import losscli
from losscli.spec import arithmetic

BACKENDS = ["numpy", "torch"]
RNG = np.random.default_rng(19)
PRED, CENTERS = RNG.standard_normal((30, 4)), RNG.standard_normal((5, 4))
TARGET = RNG.integers(0, 5, 30)


def naive(x, y, centers, margin, scale):
    """The loss of one sample."""
    m = math.radians(margin)
    angles = [math.acos(x @ w / (np.linalg.norm(x) * np.linalg.norm(w))) for w in centers]
    logits = [scale * math.cos(angle) for angle in angles]
    near = angles[y] <= math.pi - m
    logits[y] = scale * (math.cos(angles[y] + m) if near else math.cos(angles[y]) - m * math.sin(m))
    return float(np.logaddexp.reduce(logits)) - logits[y]


@pytest.mark.parametrize("backend", BACKENDS)
@given(st.sampled_from([0.0, 10.0, 28.6, 60.0, 90.0]), st.sampled_from([0.5, 10.0, 64.0]), st.integers(1, 64))
def test_it_is_the_definition_in_any_blocks_and_slices(backend, margin, scale, elements):
    expected = [naive(x, y, CENTERS, margin, scale) for x, y in zip(PRED, TARGET, strict=True)]
    options = {"margin": margin, "scale": scale, "backend": backend, "reduction": "none"}
    with blocks_of(elements), pytest.MonkeyPatch.context() as patch:
        patch.setattr(arithmetic, "PRODUCTS", elements)
        found = losscli.compute("arcface", PRED, TARGET, CENTERS, **options)
    np.testing.assert_allclose(found.value, expected, rtol=1e-11, atol=1e-12)


@pytest.mark.parametrize("backend", BACKENDS)
def test_only_directions_matter(backend):
    expected = losscli.compute("arcface", PRED, TARGET, CENTERS, backend=backend).value
    stretched = losscli.compute("arcface", 8.0 * PRED, TARGET, 0.25 * CENTERS, backend=backend).value
    assert stretched == pytest.approx(expected, rel=1e-13)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("turned", [1e-3, 1e-6, 1e-9])
def test_a_small_angle_keeps_its_digits(turned, backend):
    pred, centers = [[math.cos(turned), math.sin(turned)]], [[1.0, 0.0], [0.0, 1.0]]
    found = losscli.compute("arcface", pred, [0], centers, margin=90.0, scale=1.0, backend=backend)
    # cos(turned + 90 degrees) is -sin(turned), beside which the other cosine is sin(turned)
    assert found.value == pytest.approx(math.log(2.0) + turned, rel=2e-15 + turned**2)


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_row_of_zeros_is_at_right_angles_to_all(backend):
    found = losscli.compute("arcface", [[0.0, 0.0]], [0], [[1.0, 0.0], [0.0, 1.0]], margin=0.0, backend=backend)
    assert found.value == pytest.approx(math.log(2.0), rel=1e-14)


def test_labels_and_widths_must_be_those_of_the_centers(tmp_path):
    np.save(tmp_path / "pred.npy", PRED)
    np.save(tmp_path / "target.npy", TARGET)
    for centers, words in ((CENTERS[:4], "outside 0..3"), (CENTERS[:, :3], "shapes do not fit")):
        np.save(tmp_path / "centers.npy", centers)
        ran = cli("compute", "arcface", *(f"{tmp_path}/{name}.npy" for name in ("pred", "target", "centers")))
        assert (ran.code, ran.out) == (2, "")
        assert words in ran.err
