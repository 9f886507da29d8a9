"""Gradients of a reduced loss: who gets them, and the arrays themselves."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import repeat
from typing import TYPE_CHECKING, Any

from losscli import backends, losses
from losscli.api import document, notes_of, refuse_unfit_losses, refuse_unknown, refuse_warnings
from losscli.inputs.files import Files
from losscli.inputs.opening import in_memory, open_inputs
from losscli.inputs.parameters import resolve
from losscli.inputs.roles import roles_of
from losscli.inputs.several import spread
from losscli.knobs.options import GradOptions
from losscli.results.gradient import Deviation, Gradient, InputGradient, OfClass, OfGroup, OfSample, Worst
from losscli.wording import heard, spoken

if TYPE_CHECKING:
    from losscli.backends.base import Backend
    from losscli.engine.observers.gradients import Figures, Found
    from losscli.engine.outcome import Outcome
    from losscli.engine.request import Wanted
    from losscli.engine.spread import Spread
    from losscli.results.result import Result
    from losscli.spec.loss import Loss

SHARES = (0.01, 0.1, 0.5)
"""The shares of all samples whose part in the gradient is told."""


@spoken
def grad(loss: str | Loss | Sequence[str | Loss], *inputs: Any, **named: Any) -> Any:
    """Take the gradient of a reduced loss to its inputs: the same that autograd of torch has, without torch.

    Args:
        loss: A name or alias; ``"mse,huber"`` or a sequence takes several in one pass.
        *inputs: Arrays, or paths of files, in torch's order (prediction before target).
        OPTIONS
        **named: Inputs by name (``target=...``) and the losses' parameters (``beta=0.5``).

    Returns:
        A :class:`losscli.Gradient`, whose ``array`` is the gradient to the first input; or a list of them for several
        losses.

    Raises:
        losscli.LossCLIError: With a sentence that names the input and the place, and a hint.

    Warns:
        losscli.LossWarning: Something looks wrong.
    """
    from losscli.engine.request import Gradients, Wanted

    chosen, several = losses.asked(loss)
    options, own = GradOptions.out_of(named)
    refuse_unknown(chosen, own, GradOptions)
    gradients = Gradients(options.wrt, every=bool(options.per_sample), worst=options.worst, check=options.gradcheck)
    found = gradients_of(chosen, inputs, own, options, Wanted(gradients=gradients))
    heard(finding for one in found for finding in one.result.warnings)
    return found if several else found[0]


document(grad, GradOptions.offered())


def gradients_of(
    chosen: list[Loss],
    positional: Sequence[Any],
    named: Mapping[str, Any],
    options: GradOptions,
    wanted: Wanted,
) -> list[Gradient]:
    """Take gradients from positional and named inputs, one pass for all losses; the work behind both front ends.

    Raises:
        UsageError: What has no gradient is asked for.
        BackendError: The backend has no gradient of a loss.
    """
    from losscli.conduct import as_each_takes, carried_out
    from losscli.engine.request import Request
    from losscli.results.summary import result_of, unused_inputs

    refuse_unfit_losses(chosen, options)
    chosen, named = spread(chosen, named)
    parameters = [resolve(one, named) for one in chosen]
    engine = backends.find(options.backend)
    with Files(options, lean=not options.on) as files:
        sources, beside = open_inputs(files, chosen, roles_of(chosen, positional, named), options)
        if any(one.whole for one in chosen):  # of which all is one block
            sources = {name: in_memory(source) for name, source in sources.items()}
        by_loss = as_each_takes(chosen, sources, options.pred_is)
        jobs = list(zip(chosen, parameters, by_loss, strict=True))
        done = carried_out(files, engine, jobs, Request(options, beside, wanted))
        labels = [column.label for column in beside.keep]
    notes = [*notes_of(by_loss), *done.plan.findings, *unused_inputs(chosen, sources)]
    results = [result_of(outcome, options, done.backend, notes, sources) for outcome in done.outcomes]
    if options.strict:
        refuse_warnings(results)
    return [_of(*each, done.backend, labels) for each in zip(done.outcomes, results, strict=True)]


def _of(outcome: Outcome, result: Result, backend: Backend, labels: list[str]) -> Gradient:
    one = outcome.job.loss
    added = outcome.observed["added"]
    found = outcome.observed["gradients"]
    off = outcome.observed.get("deviations", {})
    checks = {name: tuple(Deviation(*compared) for compared in each) for name, each in off.items()}
    names = [role.name for role in one.inputs if role.name in found]
    inputs = tuple(_input(found[name], added, result, checks.get(name, ()), labels) for name in names)
    way = ""
    if backend.autograd:
        way = "autograd, with all samples in memory" if one.whole else "autograd"
    return Gradient(result, inputs, way)


def _input(
    found: Found, added: Spread, result: Result, checks: tuple[Deviation, ...], labels: list[str]
) -> InputGradient:
    bound, scale, figures, array, first, words = found
    assert bound.source is not None
    norms = figures.norms
    return InputGradient(
        bound.role.name,
        bound.source.name,
        bound.source.given_shape if array is None else array.shape,
        array,
        _norm(figures) * abs(scale),
        figures.largest * abs(scale),
        figures.zeros,
        figures.bad,
        figures.size,
        norms.every * abs(scale) if norms.sizes else None,
        _worst(norms, added),
        _classes(figures, scale, first),
        _samples(figures, abs(scale), labels),
        _groups(figures, result, not added.odd),
        checks,
        norms.exact,
        words if figures.up else (),
    )


def _norm(figures: Figures) -> float:
    largest = max(figures.lengths, default=0.0)
    if not largest:
        return 0.0
    return largest * math.sqrt(math.fsum((length / largest) ** 2 for length in figures.lengths))


def _worst(norms: Spread, added: Spread) -> tuple[Worst, ...]:
    """What the samples with the largest norms have of their sum; and those with the largest losses of the loss."""
    if not norms.size:
        return ()
    counts = [math.ceil(q * norms.size) for q in SHARES]
    of_loss = [None] * len(counts) if added.odd or not added.size else added.largest(counts)
    return tuple(map(Worst, SHARES, counts, norms.largest(counts), of_loss))


def _classes(figures: Figures, scale: float, first: int) -> tuple[OfClass, ...]:
    from losscli.engine.exact import rounded

    if not figures.up:
        return ()
    up, down = (rounded(part) * scale for part in (figures.up, figures.down))
    if scale < 0:
        up, down = down, up
    targets = [None] * len(up) if figures.targets is None else figures.targets.tolist()
    every = [OfClass(c + first, targets[c], abs(float(up[c])), abs(float(down[c]))) for c in range(len(up))]
    return tuple(sorted(every, key=lambda one: (-(one.up + one.down), one.number)))


def _groups(figures: Figures, result: Result, shares: bool) -> tuple[OfGroup, ...]:
    from losscli.engine.reduce import fsum

    every = [x for sums in figures.groups.values() for x in sums.terms]
    unit = max(every) if math.isinf(fsum(every)) else 1.0  # relative to it no sum passes the largest float
    norms = {names: fsum([x / unit for x in sums.terms]) for names, sums in figures.groups.items()}
    total, of_all = fsum([*norms.values()]), fsum([group.numerator for group in result.groups])
    return tuple(
        OfGroup(
            group.names,
            group.samples,
            norms[group.names] / total if total else 0.0,
            group.numerator / of_all if shares and 0 < of_all < math.inf else None,
        )
        for group in result.groups
        if group.names in norms
    )


def _samples(figures: Figures, scale: float, labels: list[str]) -> tuple[OfSample, ...]:
    shares = figures.norms.parts(figures.top.figures[0].tolist())
    texts = zip(*(text.tolist() for text in figures.top.texts), strict=True) if labels else repeat(())
    found = []
    for (norm, at, loss), share, words in zip(figures.top.figures.T.tolist(), shares, texts, strict=False):
        kept = dict(zip(labels, words, strict=True))
        found.append(OfSample(int(at), norm * scale, share, None if math.isnan(loss) else loss, kept))
    return tuple(found)
