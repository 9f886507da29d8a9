"""Of very many samples some are kept: always the same, all inputs of them, and none twice."""

from __future__ import annotations

import numpy as np
import pytest

from losscli import losses
from losscli.data.source import ArraySource
from losscli.errors import ShapeError
from losscli.explore import kept
from losscli.explore.kept import keep
from losscli.explore.opened import Setting, opened
from losscli.inputs.beside import Beside
from losscli.inputs.parameters import resolve
from losscli.knobs.options import Options

MSE = losses.find("mse")


class Streamed(ArraySource):
    """An array that is read in order, in blocks."""

    sequential = True


def sources(count, kind=ArraySource):
    rows = np.arange(float(count))
    return {"pred": kind(rows, "p"), "target": kind(-rows, "t")}


@pytest.mark.parametrize("kind", [ArraySource, Streamed])
def test_the_same_rows_of_every_input_are_drawn(kind, monkeypatch):
    monkeypatch.setattr("losscli.diagnosis.facts.BLOCK_ELEMENTS", 7)
    found = keep(MSE, sources(1000, kind), Beside(weight=kind(np.arange(1000.0) + 5, "w")), 100)
    assert found.of == 1000
    assert len(found.rows) == len(set(found.rows.tolist())) == 100
    assert found.rows.tolist() == sorted(found.rows.tolist())
    pred, target = (found.sources[name].read_all() for name in ("pred", "target"))
    assert pred.tolist() == found.rows.tolist()
    assert (target == -pred).all()
    assert (found.beside.weight.read_all() == pred + 5).all()
    monkeypatch.setattr("losscli.diagnosis.facts.BLOCK_ELEMENTS", 64)
    assert (keep(MSE, sources(1000), Beside(), 100).rows == found.rows).all()


def test_they_are_spread_over_all():
    rows = keep(MSE, sources(20_000), Beside(), 2000).rows
    counts = np.bincount(rows // 2000, minlength=10)
    assert (abs(counts - 200) < 5 * np.sqrt(200 * 0.9)).all()


def test_few_samples_are_kept_as_they_are():
    given = sources(100)
    found = keep(MSE, given, Beside(), 100)
    assert found.rows is None
    assert found.sources == given


def test_a_stream_of_few_is_kept_in_memory():
    found = keep(MSE, sources(100, Streamed), Beside(), 100)
    assert found.rows is None
    assert not any(source.sequential for source in found.sources.values())
    assert found.sources["pred"].read_all().tolist() == list(range(100))


def test_places_are_those_in_the_file():
    found = keep(MSE, sources(1000), Beside(), 10)
    assert found.sources["pred"].place((3,)) == f"row {found.rows[3]}"


def test_lengths_that_differ_are_refused_as_ever(monkeypatch):
    monkeypatch.setattr(kept, "MOST_SAMPLES", 10)
    monkeypatch.setattr(keep, "__defaults__", (10,))
    setting = Setting(MSE, resolve(MSE, {}))
    with opened([setting], [np.arange(50.0), np.arange(60.0)], {}, Options()) as inputs, pytest.raises(ShapeError):
        from losscli.engine.request import Wanted

        inputs.kept(MSE)[0].compute([setting], Wanted())


def test_wide_samples_are_fewer(monkeypatch):
    monkeypatch.setattr(kept, "MOST_VALUES", 400)
    rows = np.zeros((100, 10))
    found = keep(MSE, {"pred": ArraySource(rows, "p"), "target": ArraySource(rows, "t")}, Beside())
    assert len(found.rows) == 40
