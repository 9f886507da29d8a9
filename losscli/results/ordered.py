"""Results with their groups in the order that was asked for, and the worst samples of groups in the same."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from losscli.results.result import GroupResult, Result

_KEYS = {"loss": "value", "count": "samples", "sum": "numerator"}


def in_order(results: list[Result], sort: str, grouped: int) -> list[Result]:
    """The same results, their groups by ``loss``, ``count`` or ``sum``, the largest first; by ``name`` they are.

    Args:
        results: One a loss, of one run.
        sort: The order.
        grouped: How many columns part their samples into groups, if these are the worst of each; else 0. The first loss
            decides about their order.
    """
    if sort not in _KEYS:
        return results
    found = [replace(one, groups=tuple(_sorted(one.groups, sort))) for one in results]
    return [_reordered(one, _places(found[0], grouped)) for one in found] if grouped else found


def _sorted(groups: tuple[GroupResult, ...], sort: str) -> list[GroupResult]:
    return sorted(groups, key=lambda group: _descending(getattr(group, _KEYS[sort])))


def _descending(value: float) -> tuple[bool, float]:
    return value != value, -value  # NaN last


def _places(one: Result, grouped: int) -> NDArray[np.int64]:
    """The places of its samples, by group."""
    ranks = {group.names[:grouped]: -i for i, group in enumerate(reversed(one.groups))}
    names = zip(*([*one.kept.values()][:grouped]), strict=True)  # the columns of groups are the first kept
    return np.argsort(np.array([ranks[each] for each in names], np.int64), kind="stable")


def _reordered(one: Result, places: NDArray[np.int64]) -> Result:
    def moved(column: NDArray[np.generic] | None) -> NDArray[np.generic] | None:
        return None if column is None else column[places]

    return replace(
        one,
        per_sample=moved(one.per_sample),
        sample_index=moved(one.sample_index),
        ignored_samples=moved(one.ignored_samples),
        omitted_samples=moved(one.omitted_samples),
        kept={name: column[places] for name, column in one.kept.items()},
        told={name: column[places] for name, column in one.told.items()},
    )
