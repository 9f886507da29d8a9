"""The search: settings in passes over the files, the numbers they give, and which agree with the one reported."""

from __future__ import annotations

import math
import os
import shlex
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from losscli import backends, losses
from losscli.conduct import carried_out
from losscli.data.source import Source
from losscli.diagnosis.facts import blocks_of
from losscli.diagnosis.fits import Fit, every_fit
from losscli.diagnosis.reading import read_all
from losscli.engine.observers.kept import Kept
from losscli.engine.reduce import fsum
from losscli.engine.request import Request, Wanted
from losscli.errors import LossCLIError, UsageError
from losscli.inputs.files import Files
from losscli.inputs.inline import read_array
from losscli.knobs.options import Options
from losscli.reconciling.aggregates import USUAL_BATCHES, numbers
from losscli.reconciling.settings import Data, Setting, Shown, settings, takes_weights
from losscli.reconciling.typed import Typed, typed

if TYPE_CHECKING:
    from losscli.engine.outcome import Outcome

MANY = 100_000
"""With more samples than this only two departures from torch are tried at once, unless all are asked for."""
TOO_MANY = 1 << 22
"""With more samples than this no batches are made: what each sample adds would have to be kept."""
_KEPT_BYTES = 1 << 26
"""What may be kept of the samples at a time, over all jobs of a pass."""
_JOBS = 256
"""Jobs of one pass."""
_CHANCE_WIDTH, _CHANCE_SHARE = 1.25, 0.45
"""Numbers within this factor of the one reported, and that part of it that they are spread over: ln 1.25² or so."""


_LOOK = "`losscli doctor FILES` tells what they hold."


class Candidate(NamedTuple):
    """A number that files give, and what has to be done otherwise than torch does it.

    Attributes:
        value: The number.
        loss: The loss that it is, or is made of.
        cost: How far from torch's defaults it is.
        shown: What it has otherwise, by the name of the axis.
        flags: What tells ``losscli compute`` what the files hold.
    """

    value: float
    loss: str
    cost: int
    shown: Shown
    flags: tuple[str, ...] = ()

    @property
    def settings(self) -> dict[str, Any]:
        """What it has otherwise; the last choice of an axis holds."""
        return dict(self.shown)

    def command(self, files: Sequence[str]) -> list[str] | None:
        """The words that compute it; None where ``losscli compute`` does not know such a convention."""
        words = list(files)
        for axis, choice in self.shown:
            if (axis, choice) == ("aggregate", "sum"):
                words += ["-r", "sum"]
            elif axis in ("ignore-index", "label-smoothing"):
                words += [f"--{axis}", str(choice)]
            elif axis == "swapped":
                words[: len(files)] = files[::-1]
            else:
                return None
        return ["losscli", "compute", self.loss, *map(shlex.quote, words), *self.flags]


class Reconciled(NamedTuple):
    """What was found.

    Attributes:
        reported: The number as it was typed.
        matches: What agrees with it, the simplest first.
        nearest: The three nearest, where nothing agrees.
        tried: How many different numbers there were.
        by_chance: How many of them would agree by chance.
        files: The files.
        samples: How many samples they hold.
    """

    reported: Typed
    matches: tuple[Candidate, ...]
    nearest: tuple[Candidate, ...]
    tried: int
    by_chance: float
    files: tuple[str, ...]
    samples: int


def reconcile(
    value: str | float,
    *files: str | os.PathLike[str],
    loss: str = "",
    batch_sizes: Sequence[int] = (),
    weight: Any = None,
    every: bool = False,
    **options: Any,
) -> Reconciled:
    """Find the convention that gives a number that somebody reported.

    Args:
        value: The number as it was reported; its digits say how exactly.
        *files: Prediction and target, as for :func:`losscli.compute`.
        loss: Only these losses, joined by commas; by default all that fit the files.
        batch_sizes: Sizes of batches to try; by default the usual ones.
        weight: Weights of the classes, a file or numbers, if they are known.
        every: Whether as many departures at once are tried with many samples as with few.
        **options: How files are read, as for :func:`losscli.compute`.

    Returns:
        What agrees, the simplest first; of nothing the nearest.

    Raises:
        losscli.LossCLIError: The value is not a number, or the files hold nothing that a loss takes.
    """
    reported = typed(value if isinstance(value, str) else repr(float(value)))
    asked, unknown = Options.out_of(options)
    if unknown:
        raise UsageError(
            f"reconcile has no {next(iter(unknown))!r}.", "it takes a value, files, and how they are read."
        )
    texts = [os.fspath(file) for file in files]
    with Files(asked, lean=not asked.on) as opened:
        read = read_all(opened, texts)
        facts = [one.facts for one in read if one.facts is not None]
        fitting = _fitting(every_fit(facts) if len(facts) == len(texts) else [], loss, texts)
        samples = min(one.rows for one in facts)
        given = read_array(os.fspath(weight)) if isinstance(weight, str | os.PathLike) else weight
        if given is not None and not any(takes_weights(fit.loss) for fit in fitting):
            names = " and ".join(fit.loss.name for fit in fitting[:3])
            raise UsageError(f"weights of classes are given, and {names} take none.", "leave --weight out.")
        most = 2 if samples > MANY and not every else 3
        data = Data(facts, _moments(facts[1].source) if not facts[1].labelled or not fitting[0].loss.torch else None)
        kept = samples <= TOO_MANY
        found: list[Candidate] = []
        for cost, fit in enumerate_costs(fitting, bool(loss)):
            jobs = [*settings(fit, cost, data, given, min(most, 2))]
            for made, outcome in _outcomes(opened, asked, jobs, samples, kept):
                sizes = (batch_sizes or USUAL_BATCHES) if kept and made.cost <= 1 else ()
                found += _candidates(made, tuple(fit.flags), outcome, sizes, most)
        opened.refuse_changed()
    if not found:
        raise UsageError(f"nothing could be computed of {' and '.join(texts)}.", _LOOK)
    return _judged(reported, found, texts, samples)


def enumerate_costs(fitting: Sequence[Fit], named: bool) -> Iterator[tuple[int, Fit]]:
    """The losses with what each costs: nothing the one that fits best, or one that was asked for."""
    for i, fit in enumerate(fitting):
        yield (0 if named or i == 0 else 1), fit


def _fitting(found: list[Fit], wanted: str, files: Sequence[str]) -> list[Fit]:
    names = [one.name for one in losses.find_all(wanted)] if wanted else []
    chosen = [fit for fit in found if not names or fit.loss.name in names]
    if not chosen:
        which = f"{wanted} does not take" if wanted else "no loss takes"
        raise UsageError(f"{which} {' and '.join(files) or 'nothing'}.", _LOOK)
    return chosen


def _moments(source: Source) -> tuple[float, float]:
    """Mean and standard deviation, read in one pass."""
    from losscli.spec.units import moments

    parts = []
    with np.errstate(all="ignore"):  # what is not finite is not scaled by
        for _, raw in blocks_of(source):
            column = raw.astype(np.float64).reshape(-1, 1)
            parts.append(moments(np, column[np.isfinite(column[:, 0])]))
    count = sum(p.size for p in parts)
    mean = fsum([p.size * float(p.mean[0]) for p in parts]) / count
    apart = [float(p.mean[0]) - mean for p in parts]
    squares = fsum([float(p.products[0, 0]) + p.size * x * x for p, x in zip(parts, apart, strict=True)])
    return mean, math.sqrt(squares / count)


def _outcomes(
    files: Files, options: Options, jobs: Sequence[Setting], samples: int, kept: bool
) -> Iterator[tuple[Setting, Outcome]]:
    """What settings come to, some at a time; one that its loss refuses comes to nothing."""
    at_once = max(1, min(_JOBS, _KEPT_BYTES // (16 * samples))) if kept else _JOBS
    for start in range(0, len(jobs), at_once):
        yield from _pass(files, options, jobs[start : start + at_once], kept)


def _pass(files: Files, options: Options, jobs: Sequence[Setting], kept: bool) -> Iterator[tuple[Setting, Outcome]]:
    observers = (Kept(),) if kept else ()
    request = Request(options, wanted=Wanted(observers=observers))
    try:
        works = [(one.loss, one.parameters, one.sources) for one in jobs]
        done = carried_out(files, backends.find(options.backend), works, request)
    except LossCLIError:
        if len(jobs) == 1:
            return  # which is no way that the number came about
        half = len(jobs) // 2
        yield from _pass(files, options, jobs[:half], kept)
        yield from _pass(files, options, jobs[half:], kept)
        return
    yield from zip(jobs, done.outcomes, strict=True)


def _candidates(
    made: Setting, flags: tuple[str, ...], outcome: Outcome, sizes: Iterable[int], most: int
) -> Iterator[Candidate]:
    for one in numbers(outcome, outcome.job.classes, sizes, most - made.cost):
        yield Candidate(one.value, made.loss.name, made.cost + one.cost, (*made.shown, *one.shown), flags)


def _judged(reported: Typed, found: list[Candidate], files: Sequence[str], samples: int) -> Reconciled:
    different: dict[str, Candidate] = {}
    for one in sorted(found, key=lambda one: one.cost):
        different.setdefault(f"{one.value:.12g}", one)
    every = list(different.values())
    near = sorted(every, key=lambda one: (one.cost, abs(one.value - reported.value)))
    agreeing = [one for one in near if abs(one.value - reported.value) <= reported.tolerance * (1 + 1e-9)]
    nearest = [] if agreeing else sorted(every, key=lambda one: abs(one.value - reported.value))[:3]
    chance = _by_chance(reported, every)
    return Reconciled(reported, _simplest(agreeing, found), tuple(nearest), len(every), chance, tuple(files), samples)


def _simplest(agreeing: list[Candidate], found: list[Candidate]) -> tuple[Candidate, ...]:
    """Those that do nothing otherwise beyond what agrees already, of the same loss or of one that is equal to it."""
    plain = {one.loss: f"{one.value:.12g}" for one in found if not one.shown}
    kept: list[Candidate] = []
    for one in agreeing:
        alike = [x for x in kept if plain.get(x.loss, x.loss) == plain.get(one.loss, one.loss)]
        if not any(set(x.shown) < set(one.shown) for x in alike):
            kept.append(one)
    return tuple(kept)


def _by_chance(reported: Typed, every: list[Candidate]) -> float:
    """How many numbers would agree if those of its size were spread evenly; what rounds to the same counts once."""
    size, step = abs(reported.value), 2 * reported.tolerance
    if not size:
        return math.nan
    about = {round(abs(x.value) / step) for x in every if size / _CHANCE_WIDTH <= abs(x.value) <= size * _CHANCE_WIDTH}
    return len(about) * step / (_CHANCE_SHARE * size)
