"""Reference lines: the loss of predictions that know nothing of the inputs, on the same samples and by the same kernel.

A loss tells them by a companion (:meth:`losscli.spec.loss.Loss.constant`), from what the targets look like as a whole.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from losscli.conduct import carried_out
from losscli.engine.observers.targets import (
    MOST_COLUMNS,
    MOST_GATHERED,
    OBSERVED,
    SHORTFALLS,
    ShortfallsSeen,
    Targets,
    TargetsSeen,
)
from losscli.engine.request import Request, Wanted
from losscli.errors import Finding, LossCLIError
from losscli.inputs.beside import Beside
from losscli.knobs.options import Options
from losscli.reference.search import OBSERVED as COLUMNS
from losscli.reference.search import ColumnSums, least
from losscli.reference.sources import Constant, Part, Shifted, at_hand
from losscli.results.summary import value_of
from losscli.spec.calls import names

if TYPE_CHECKING:
    from collections.abc import Callable

    from losscli.backends.base import Backend
    from losscli.conduct import Done, Work
    from losscli.data.source import Source
    from losscli.engine.outcome import Outcome
    from losscli.inputs.files import Files
    from losscli.spec.loss import Loss

Floats = NDArray[np.float64]
LINES = "references"
"""Where the lines of a loss are left in ``Outcome.observed``."""
SHIFT = "shift"
"""Where :class:`Shift` is left there."""
_ROUNDING = 1e-12
_NOT_ASKED = {
    "per_sample": None,
    "by": (),
    "keep": (),
    "cluster": None,
    "ci": None,
    "record": False,
    "reference": False,
    "in_order": False,
    "strict": False,
}


class Reference(NamedTuple):
    """What a prediction gets that knows nothing of the inputs.

    Attributes:
        reference: What it is: ``mean of the targets``, ``class shares``, ``previous value``...
        prediction: The constant; None for the previous value.
        value: Its loss.
        skill: 1 less the loss over that: 1 for no loss, 0 for no better, below 0 for worse. None where that is no
            share: the reference has no loss, or less than none.
    """

    reference: str
    prediction: Any
    value: float
    skill: float | None


class Shift(NamedTuple):
    """What the loss comes to where one constant is added to all predictions: what their bias costs.

    Attributes:
        by: The constant, that of least loss; for the columns of a table one each. None where those are too many.
        value: The loss.
        gain: The part of the loss that is gone; None where that is no share.
    """

    by: Any
    value: float
    gain: float | None


def computed(files: Files, engine: type[Backend], jobs: Sequence[Work], request: Request, shifts: bool = False) -> Done:
    """Compute losses, as :func:`losscli.conduct.carried_out` does, and the lines of all that have some.

    They are left in ``Outcome.observed``, and a finding where a loss is worse than its first line.

    Args:
        files: The files that the inputs are of.
        engine: What computes.
        jobs: The losses.
        request: What is asked for.
        shifts: Whether they are functions of target less prediction, of which :class:`Shift` is asked for, too.
    """
    seen = [TargetsSeen(request.options.label_base), *([ShortfallsSeen()] if shifts else [])]
    wanted = request.wanted._replace(observers=(*request.wanted.observers, *seen))
    done = carried_out(files, engine, jobs, request._replace(wanted=wanted))
    _add_references(files, engine, jobs, request, done)
    return done


def _add_references(files: Files, engine: type[Backend], jobs: Sequence[Work], request: Request, done: Done) -> None:
    kept = _kept(request.options)
    beside = Beside(None if request.beside.weight is None else at_hand(request.beside.weight, MOST_GATHERED))
    for job, outcome in zip(jobs, done.outcomes, strict=True):
        loss, parameters, sources = job
        targets = outcome.observed.get(OBSERVED)
        if targets is None or "constant" not in loss.hooks:
            continue
        near = {name: at_hand(source, MOST_GATHERED) for name, source in sources.items()}
        run = _Run(files, engine, (loss, parameters, near), Request(kept, beside))
        lines = _lines(run, outcome, targets, request.options.in_order)
        outcome.observed[LINES] = tuple(lines)
        outcome.observed[SHIFT] = _shift(run, outcome)
        outcome.findings.extend(_worse(loss, float(value_of(outcome, kept.reduction)), lines))


def _kept(options: Options) -> Options:
    """How to compute, without what is asked for beside the number."""
    values = {name: getattr(options, name) for name in Options.knobs}
    return Options(**values | _NOT_ASKED)


class _Run(NamedTuple):
    """One loss and its sources, to be computed with other predictions, and how these are made of a row."""

    files: Files
    engine: type[Backend]
    job: Work
    request: Request
    made: Callable[[Floats, Source], Source] = Constant

    @property
    def loss(self) -> Loss:
        return self.job[0]

    @property
    def pred(self) -> Source:
        return self.job[2][self.loss.inputs[0].name]

    def compute(self, predictions: Sequence[Source], wanted: Wanted | None = None) -> list[Outcome]:
        """The loss with each of these predictions, in one pass."""
        loss, parameters, sources = self.job
        role = loss.inputs[0].name
        jobs = [(loss, parameters, {**sources, role: one}) for one in predictions]
        if self.request.options.omits:  # what the prediction leaves out is left out here
            jobs.append(self.job)
        request = self.request if wanted is None else self.request._replace(wanted=wanted)
        return carried_out(self.files, self.engine, jobs, request).outcomes[: len(predictions)]

    def values(self, predictions: Sequence[Source]) -> list[float]:
        """What it comes to."""
        outcomes = self.compute(predictions) if predictions else []
        return [float(value_of(one, self.request.options.reduction)) for one in outcomes]

    def shifted(self) -> _Run:
        """The same without its first row."""
        loss, parameters, sources = self.job
        streamed = {role.name for role in loss.inputs if role.streamed}
        later = {name: Part(source, 1) if name in streamed else source for name, source in sources.items()}
        weight = self.request.beside.weight
        beside = Beside(None if weight is None else Part(weight, 1))
        return self._replace(job=(loss, parameters, later), request=self.request._replace(beside=beside))


def _lines(run: _Run, outcome: Outcome, targets: Targets, in_order: bool) -> list[Reference]:
    found: list[Reference] = []
    if outcome.job.inputs[0].unbatched:  # of one sample alone a constant is its own target
        return found
    try:
        constants = _constants(run, outcome, targets)
        values = run.values([run.made(_row(run, row), run.pred) for _, row in constants])
        model = float(value_of(outcome, run.request.options.reduction))
        for (words, row), value in zip(constants, values, strict=True):
            found.append(Reference(words, _shown(row), value, _skill(model, value)))
        if in_order:
            found += _previous(run)
    except LossCLIError:
        return found  # targets that are no predictions, of which the loss has said so
    return found


def _shift(run: _Run, outcome: Outcome) -> Shift | None:
    """To predict a constant where targets are what they are less the predictions: that is to shift these by it."""
    shortfalls, shifting = outcome.observed.get(SHORTFALLS), run._replace(made=Shifted)
    if shortfalls is None:
        return None
    try:
        best = [row for _, row in _constants(shifting, outcome, shortfalls)[:1]]
        values = run.values([Shifted(row, run.pred) for row in best])
    except LossCLIError:
        return None  # predictions that lie outside of the domain then, or the loss has said what is wrong
    model = float(value_of(outcome, run.request.options.reduction))
    for row, value in zip(best, values, strict=True):
        if value > model:  # a search ends near the best one, and none may be the best
            row, value = np.zeros_like(row), model
        if math.isfinite(value):
            return Shift(_shown(row), value, 1.0 - value / model if model > 0 else None)
    return None


def _constants(run: _Run, outcome: Outcome, targets: Targets) -> list[tuple[str, Floats]]:
    """The predictions that the loss tells, as words and rows."""
    wanted = names(run.loss.hooks["constant"])
    known: dict[str, Any] = {"xp": np, "classes": outcome.job.classes, **outcome.job.parameters}
    known |= {"mean": targets.mean, "counts": targets.counts, "quantile": targets.quantile}
    if "best" in wanted or ("quantile" in wanted and targets.quantile is None):
        known["best"] = _best(run, targets)
    known.setdefault("best", None)
    with np.errstate(all="ignore"):
        found: list[tuple[str, Any]] = run.loss.ask("constant", known) or []
    rows = [(words, np.asarray(row, np.float64)) for words, row in found]
    return [(words, row) for words, row in rows if np.isfinite(row).all()]


def _row(run: _Run, row: Floats) -> Floats:
    """A constant in the shape of a row: one number a class stands along the axis of classes."""
    shape = run.pred.row_shape
    if row.ndim == 1 and len(shape) > 1:
        return row.reshape(-1, *[1] * (len(shape) - 1))
    return row


def _best(run: _Run, targets: Targets) -> Floats:
    """The constant of least loss, column by column."""
    shape = run.pred.row_shape
    columns = shape[0] if len(shape) == 1 and shape[0] <= MOST_COLUMNS else 0
    low, high = (np.broadcast_to(x, (columns,) if columns else ()).copy() for x in (targets.low, targets.high))

    def evaluate(grid: list[Floats]) -> list[Floats]:
        wanted = Wanted(observers=(ColumnSums(columns),))
        outcomes = run.compute([run.made(row, run.pred) for row in grid], wanted)
        return [np.broadcast_to(one.observed[COLUMNS], low.shape) for one in outcomes]

    return least(low, high, evaluate)


def _previous(run: _Run) -> list[Reference]:
    """The target a row before, on all rows but the first; where it is of the prediction's kind."""
    loss, _, sources = run.job
    first, second = loss.inputs[:2]
    target = sources[second.name]
    alike = first.kind.name == second.kind.name and run.pred.row_shape == target.row_shape
    streamed = [sources[role.name] for role in loss.inputs if role.streamed and role.name in sources]
    if not alike or target.rows < 2 or any(source.sequential for source in streamed):
        return []
    later = run.shifted()
    before, model = later.values([Part(target, 0), Part(run.pred, 1)])
    return [Reference("previous value", None, before, _skill(model, before))]


def _skill(value: float, reference: float) -> float | None:
    return 1.0 - value / reference if math.isfinite(value) and reference > 0 else None


def _shown(row: Floats) -> Any:
    return row.tolist() if row.size <= MOST_COLUMNS else None


WHY_WORSE = "rows in another order, another scale, other classes?"
"""What makes a loss worse than that of a constant."""


def _worse(loss: Loss, value: float, lines: Sequence[Reference]) -> list[Finding]:
    """L404: worse than the first line, which is the best of all constants."""
    if not lines or not math.isfinite(value) or not value > lines[0].value + _ROUNDING * abs(lines[0].value):
        return []
    best = lines[0]
    text = f"{loss.name} is {value:.6g}, and one constant for all samples gets {best.value:.6g} ({best.reference})."
    return [Finding("L404", text, f"{WHY_WORSE} losscli doctor PRED TARGET")]
