"""Supervised contrastive loss, sample by sample as it is defined; labels that floats would not tell apart."""

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
RNG = np.random.default_rng(17)
Z = RNG.standard_normal((40, 3))


def naive(rows, labels, temperature):
    """Losses one by one; NaN for a sample without a partner."""
    unit = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    found = []
    for i, z in enumerate(unit):
        others = [k for k in range(len(unit)) if k != i]
        total = sum(math.exp(z @ unit[k] / temperature) for k in others)
        partners = [k for k in others if labels[k] == labels[i]]
        terms = [math.log(total) - z @ unit[p] / temperature for p in partners]
        found.append(np.mean(terms) if terms else np.nan)
    return np.array(found)


@pytest.mark.parametrize("backend", BACKENDS)
@given(st.lists(st.integers(-2, 3), min_size=2, max_size=40), st.sampled_from([0.1, 0.5, 3.0]), st.integers(1, 64))
def test_it_is_the_definition_in_any_blocks_and_slices(backend, labels, temperature, elements):
    expected = naive(Z[: len(labels)], labels, temperature)
    with blocks_of(elements), pytest.MonkeyPatch.context() as patch:
        patch.setattr(arithmetic, "PRODUCTS", elements)
        found = losscli.compute(
            "supcon", Z[: len(labels)], labels, temperature=temperature, backend=backend, per_sample=True
        )
    alone = np.isnan(expected)
    np.testing.assert_allclose(found.per_sample, expected, rtol=1e-11, atol=1e-13)
    np.testing.assert_array_equal(found.ignored_samples, alone)
    assert (found.denominator, found.ignored) == ((~alone).sum(), alone.sum())
    assert found.value == pytest.approx(np.nanmean(expected) if not alone.all() else np.nan, rel=1e-11, nan_ok=True)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("large", [2**24, 2**53])
def test_large_labels_one_apart_are_two(large, dtype, backend):
    apart, together = np.array([large, large + 1, large + 1, large]), np.array([5, 6, 6, 5])
    found, expected = (losscli.compute("supcon", Z[:4], y, dtype=dtype, backend=backend) for y in (apart, together))
    assert found.value == expected.value
    assert found.denominator == 4


def test_labels_that_a_table_cannot_hold_are_told(tmp_path):
    (tmp_path / "z.csv").write_text("".join(f"{a},{b}\n" for a, b in Z[:4, :2].tolist()))
    for first, codes in ((2**52, []), (2**53, ["L209"])):
        (tmp_path / "y.csv").write_text("".join(f"{first + i}\n" for i in (0, 1, 2, 1)))
        found = losscli.compute("supcon", tmp_path / "z.csv", tmp_path / "y.csv")
        assert [w.code for w in found.warnings] == codes


def test_a_sample_without_a_partner_is_shown_as_ignored(tmp_path):
    np.save(tmp_path / "z.npy", Z[:4])
    np.save(tmp_path / "y.npy", np.array([1, 1, 7, 1]))
    ran = cli("compute", "supcon", f"{tmp_path}/z.npy", f"{tmp_path}/y.npy", "-s", "--format", "csv")
    assert ran.out.splitlines()[3].endswith("ignored")


@pytest.mark.parametrize(
    "labels", [[1.0, np.inf, -np.inf, 1.0], [1.0, 1e19, 2e19, 1.0], np.array([1, 2**63, 2**64 - 1, 1], "u8")]
)
def test_labels_past_64_bits_are_no_labels(labels):
    with pytest.raises(
        losscli.LossCLIError, match=r"(inf|1e\+19|9223372036854775808) at row 1 is past what 64 bits hold"
    ):
        losscli.compute("supcon", Z[:4], labels)


def test_labels_below_0_are_labels():
    with pytest.raises(losscli.LossCLIError, match=r"target: 1\.5 at row 2 is not"):
        losscli.compute("supcon", Z[:4], [-1, -1, 1.5, 2])


@pytest.mark.parametrize("backend", BACKENDS)
def test_loss_that_is_nearly_0_keeps_its_digits(backend):
    rows = [[1.0, 0.0], [1.0, 0.0], [-1.0, 0.0], [-1.0, 0.0]]
    found = losscli.compute("supcon", rows, [0, 0, 1, 1], temperature=0.02, backend=backend).value
    assert found == pytest.approx(2 * math.exp(-2 / 0.02), rel=1e-12, abs=0)
