"""Cases of a loss by their samples: some of them, or some of them several times."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace

import numpy as np
import pytest
from drawing import cases, rows_of, taken
from hypothesis import strategies as st

import losscli
from losscli import losses
from losscli.errors import UsageError
from losscli.spec.kinds import Choice
from losscli.spec.loss import Loss

ALL = losses.built_in()


def _chosen(one: Loss) -> list[dict[str, str]]:
    """All values of the parameters of a loss that are a choice between words."""
    named = {p.name: p.domain.options for p in one.parameters if isinstance(p.domain, Choice)}
    return [dict(zip(named, values, strict=True)) for values in itertools.product(*named.values())]


SUMS = [pytest.param(one, id=one.name) for one in ALL if not one.whole or len(_chosen(one)) > 1]
"""Losses that are sums over samples, be it by the choice of a parameter."""
WHOLE = [pytest.param(one, id=one.name) for one in ALL if one.whole]


def in_order(groups):
    """What is empty first, then numbers by value, then words."""

    def place(name):
        try:
            number = float(name)
        except ValueError:
            number = math.nan
        return (1, number, name) if math.isfinite(number) else (2 if name else 0, 0.0, name)

    return sorted(groups, key=lambda names: [place(name) for name in names])


def drawn(data, one, whole=False, **more):
    """A case of two samples or more that is a sum over samples, or (``whole``) one that is not."""
    case = data.draw(cases(one, least=2, **more))
    for parameters in ({}, *_chosen(one)):  # as drawn, if that will do
        case.parameters.update(parameters)
        if is_whole(case) == whole:
            return case
    return pytest.skip(f"{one.name} is {'never' if whole else 'always'} one number for the whole set")


def is_whole(case):
    """Whether it is refused as one number for the whole set where samples weigh."""
    try:
        run(case, sample_weight=np.ones(rows_of(case)))
    except UsageError as error:
        assert "one number for the whole set" in error.message
        return True
    return False


def picked(case, index):
    """The case of some of its samples, or of some of them several times."""
    return replace(case, inputs=taken(case, index))


def run(case, **more):
    """Compute it."""
    return losscli.compute(case.loss.name, **case.given, **more)


def figures(one):
    """The shown fraction and its value."""
    return one.value, one.numerator, one.denominator


def close(found, wanted, rtol=1e-12, atol=0.0):
    """Require the same fraction."""
    with np.errstate(all="ignore"):
        np.testing.assert_allclose(figures(found), figures(wanted), rtol=rtol, atol=atol)


def counts_of(rows, least=0):
    """Small whole numbers, one a sample."""
    return st.lists(st.integers(least, 3), min_size=rows, max_size=rows)
