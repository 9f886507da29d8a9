"""Kernels write over inputs that were converted for them; nobody else's numbers change by it."""

import numpy as np
import polars as pl
import pytest
from blocks import blocks_of
from drawing import cases, of_kind, within
from hypothesis import given
from hypothesis import strategies as st
from shell import compute
from suspects import ordinary

import losscli
from losscli import backends, losses
from losscli.backends.base import Backend, Status
from losscli.errors import DataError
from losscli.spec.kinds import UNIT, Among

LOSSES = [pytest.param(one, id=one.name) for one in losses.built_in()]
SYMMETRIC = [p for p in LOSSES if len({(i.kind, i.shape) for i in p.values[0].inputs if not i.optional}) == 1]

ELEMENTWISE = [one for one in losses.built_in() if one.signature.elementwise]
WRITTEN = [(one.name, ["-s"]) for one in ELEMENTWISE]
WRITTEN += [(one.name, ["-r", "none"]) for one in ELEMENTWISE if "none" in one.reductions]


def small_blocks():
    # Storage is used again from block to block: what is kept of the first must not be what the last wrote.
    return blocks_of(6)


def outcome(name, given, **options):
    try:
        result = losscli.compute(name, threads=1, **given, **options)
    except DataError as refused:  # a value that float32 has rounded out of its domain
        return str(refused)
    found = [result.value, result.numerator, result.denominator, result.per_sample, result.clamped, result.ignored]
    return [None if x is None else np.asarray(x).tolist() for x in found]


@pytest.mark.parametrize("one", LOSSES)
@given(data=st.data())
def test_converted_inputs_give_the_bits_of_inputs_that_are_left_alone(one, data):
    case = data.draw(cases(one))
    short = {
        name: x.astype(np.float32) if isinstance(x, np.ndarray) and x.dtype == np.float64 and name in case.inputs else x
        for name, x in case.given.items()
    }
    before = {name: x.copy() for name, x in short.items() if isinstance(x, np.ndarray)}
    wide = {
        name: x.astype(np.float64) if name in case.inputs and x.dtype == np.float32 else x for name, x in short.items()
    }
    with small_blocks():
        for options in ({"reduction": one.reductions[0]}, {"reduction": one.reductions[-1], "per_sample": True}):
            np.testing.assert_equal(outcome(one.name, short, **options), outcome(one.name, wide, **options))
    for name, x in before.items():
        np.testing.assert_array_equal(short[name], x)


@pytest.mark.parametrize("one", SYMMETRIC)
def test_one_file_as_several_inputs(one, tmp_path):
    first, rng = one.inputs[0], np.random.default_rng(0)
    shape = ordinary(one, one.signature.forms[0], rng, 9)[first.name].shape
    np.save(tmp_path / "x.npy", of_kind(rng, first.kind, shape, 0.0, 1.0).astype(np.float32))
    np.save(tmp_path / "same.npy", np.load(tmp_path / "x.npy"))
    roles = [i.name for i in one.inputs if not i.optional]
    once = dict.fromkeys(roles, tmp_path / "x.npy")
    copied = {**once, roles[0]: tmp_path / "same.npy"}
    with small_blocks():
        found, expected = (losscli.compute(one.name, **files, per_sample=True) for files in (once, copied))
    np.testing.assert_equal(found.value, expected.value)
    np.testing.assert_equal(found.per_sample, expected.per_sample)


@pytest.mark.parametrize("backend", ["numpy", "torch"])
def test_losses_that_share_inputs(backend):
    names = ["mse", "l1", "median_absolute_error", "smooth_l1", "rmse"]
    x, y = np.random.default_rng(0).random((2, 50), np.float32)
    with small_blocks():
        together = losscli.compute(names, x, y, backend=backend)
        assert [r.value for r in together] == [losscli.compute(n, x, y, backend=backend).value for n in names]


@pytest.mark.parametrize(("name", "more"), WRITTEN)
@pytest.mark.parametrize("suffix", ["npy", "csv", "parquet"])
def test_what_is_written_on_the_way_is_what_is_returned(name, suffix, more, tmp_path):
    rng = np.random.default_rng(0)
    roles = [role for role in losses.find(name).inputs if not role.optional]
    files = [tmp_path / f"{role.name}.npy" for role in roles]
    for role, file in zip(roles, files, strict=True):
        domain = role.kind.domain if isinstance(role.kind.domain, Among) else UNIT
        np.save(file, within(rng, domain, 3_000, 0.0, 1.0).astype(np.float32))
    with small_blocks():
        compute(name, *files, *more, "-o", tmp_path / f"out.{suffix}")
    expected = losscli.compute(name, *files, reduction="none" if more == ["-r", "none"] else "mean", per_sample=True)
    np.testing.assert_array_equal(_written(tmp_path / f"out.{suffix}"), expected.per_sample)


def _written(path):
    if path.suffix == ".npy":
        return np.load(path)
    frame = pl.read_csv(path) if path.suffix == ".csv" else pl.read_parquet(path)
    return frame[:, -1].to_numpy()


class Plain(Backend):
    """What a stranger would write for NumPy: nothing about storage, and no copy where none is needed."""

    name = "plain"
    version = "1"
    xp = np

    @classmethod
    def status(cls):
        return Status("1", ("cpu",))

    def array(self, raw, buffer=None, classes_first=False, picked=False):
        array = np.asarray(raw, self.dtype)
        return np.moveaxis(array, 1, 0) if classes_first else array

    def labels(self, raw):
        return raw

    def numpy(self, values):
        return np.asarray(values)


@pytest.mark.parametrize("one", LOSSES)
@given(data=st.data())
def test_a_backend_that_knows_nothing_of_it_is_safe(one, data):
    case = data.draw(cases(one))
    before = {name: x.copy() for name, x in case.given.items() if isinstance(x, np.ndarray)}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(backends, "plugged_in", lambda: ({"plain": Plain}, ()))
        found = losscli.compute(one.name, backend="plain", **case.given)
        # It has the plain kernel, and NumPy perhaps a tuned one: the last digits may differ.
        expected = losscli.compute(one.name, **case.given).value
    np.testing.assert_allclose(found.value, expected, rtol=1e-11, atol=1e-12)
    for name, x in before.items():
        np.testing.assert_array_equal(case.given[name], x)


def test_over_leaves_what_is_read_only():
    from losscli.spec.in_place import over

    mine, yours = np.array([4.0, 9.0]), np.array([4.0, 9.0])
    yours.flags.writeable = False
    assert over(np.sqrt, mine) is mine
    assert over(np.sqrt, yours).tolist() == mine.tolist() == [2.0, 3.0]
    assert yours.tolist() == [4.0, 9.0]
    assert over(np.add, np.float64(1.0), 2.0) == 3.0  # what arithmetic on arrays without axes yields
