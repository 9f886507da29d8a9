"""What is to be said of an interval: on how little it rests, and what it leaves out of account."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from losscli.errors import Finding

if TYPE_CHECKING:
    from losscli.data.source import Texts
    from losscli.engine.intervals import Found
    from losscli.engine.parted import Names
    from losscli.stats.confidence import Confidence

FEW, FEW_CLUSTERS, FEW_DEGREES = 20, 6, 5
"""Below these, intervals cover less than they say."""
_LARGE, _LARGE_FROM = 0.25, 50
"""One unit of so many holds more than this of the spread only where tails are so heavy that no method is right.
Simulated at 1000 units: squared errors with 5 and 3 degrees of freedom show it in 40 and 76 % of all sets, cross
entropy and normal errors in none.
"""
_LARGEST = "--sort count shows the largest groups first."
_BY_DESIGN = ("order",)
"""Methods that are right for few units, too, or have no interval for them."""


def doubts(name: str, found: Mapping[Names, Found], hint: str = _LARGEST) -> Iterator[Finding]:
    """What is doubtful about the intervals of a loss; of groups, how many have too few units, with a hint."""
    for names, (one, largest) in found.items():
        if names == ():
            yield from _of_all(name, one, largest)
    few = [names for names, (one, _) in found.items() if names and _rests_on_few(one)]
    if few:
        groups = "1 group has" if len(few) == 1 else f"{len(few)} groups have"
        first = " and ".join(few[0])
        yield Finding(
            "L401",
            f"{name}: {groups} fewer than {FEW} units, {first!r} for one: their intervals are rough.",
            hint,
        )


def _of_all(name: str, one: Confidence, largest: str) -> Iterator[Finding]:
    if one.why_not is not None or one.method in _BY_DESIGN:
        return
    clusters = one.unit == "clusters"
    if clusters and (one.units < FEW_CLUSTERS or (one.df is not None and one.df < FEW_DEGREES)):
        free = "" if one.df is None else f", with {one.df:.3g} degree{'' if one.df == 1 else 's'} of freedom"
        yield Finding(
            "L402",
            f"{name}: the interval rests on {one.units} clusters{free}: it is rough.",
            "more clusters tell more than more samples of the same.",
        )
    elif _rests_on_few(one):
        yield Finding("L401", f"{name}: the interval rests on {one.units} {one.unit}: it is rough.")
    if one.units >= _LARGE_FROM and one.largest_share is not None and one.largest_share > _LARGE:
        share = f"{100 * one.largest_share:.0f} %"
        yield Finding(
            "L401",
            f"{name}: {largest} holds {share} of the spread: the interval rests on few {one.unit}.",
            "such a mean is unsure whatever the method; look at that one, or take a loss that outliers do not move.",
        )


def _rests_on_few(one: Confidence) -> bool:
    return one.why_not is None and one.units < FEW and one.method not in _BY_DESIGN


def shared_ids(column: Texts | None, samples: int, ids: int) -> Iterator[Finding]:
    """What is said where samples may belong together, and were taken as independent."""
    if column is not None and 1 < ids < samples:
        yield Finding(
            "L403",
            f"{column.name}: {column.column!r} repeats: {samples} rows, {ids} values; rows that share one may be alike,"
            " and the interval too narrow.",
            f"--cluster {column.column}",
        )
