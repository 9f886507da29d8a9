"""Gradients of a reduced loss: who gets them, and the arrays themselves."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from losscli import backends, losses
from losscli.api import document, refuse_unknown, refuse_warnings
from losscli.errors import UsageError
from losscli.inputs.files import Files
from losscli.inputs.opening import in_memory, open_inputs
from losscli.inputs.parameters import resolve
from losscli.inputs.roles import roles_of
from losscli.knobs.options import OF_INTERVALS, OF_REFERENCES, GradOptions
from losscli.results.gradient import Deviation, Gradient, InputGradient, OfClass, OfGroup, OfSample, Worst

if TYPE_CHECKING:
    from losscli.engine.observers.gradients import Figures, Found
    from losscli.engine.request import Wanted
    from losscli.engine.spread import Spread
    from losscli.results.result import Result
    from losscli.spec.loss import Loss

WITHOUT = ("keep", "record", *OF_INTERVALS, *OF_REFERENCES)
"""Options of ``compute`` that say nothing here."""
SHARES = (0.01, 0.1, 0.5)
"""The shares of all samples whose part in the gradient is told."""


def grad(loss: str, *inputs: Any, **named: Any) -> Gradient:
    """Take the gradient of a reduced loss to its inputs: the same that autograd of torch has, without torch.

    Args:
        loss: A name or alias.
        *inputs: Arrays, or paths of files, in torch's order (prediction before target).
        OPTIONS
        **named: Inputs by name (``target=...``) and the loss's parameters (``beta=0.5``).

    Returns:
        A :class:`losscli.Gradient`, whose ``array`` is the gradient to the first input.

    Raises:
        losscli.LossCLIError: With a sentence that names the input and the place, and a hint.
    """
    from losscli.engine.request import Gradients, Wanted

    chosen = losses.find_all(loss)
    options, own = GradOptions.out_of(named)
    refuse_unknown(chosen, own, GradOptions)
    gradients = Gradients(options.wrt, every=bool(options.per_sample), check=options.gradcheck)
    return gradient_of(chosen, inputs, own, options, Wanted(gradients=gradients))


document(grad, [knob for name, knob in GradOptions.knobs.items() if name not in WITHOUT])


def gradient_of(
    chosen: list[Loss],
    positional: Sequence[Any],
    named: Mapping[str, Any],
    options: GradOptions,
    wanted: Wanted,
) -> Gradient:
    """Take gradients from positional and named inputs; the work behind both front ends.

    Raises:
        UsageError: There is more than one loss, or what has no gradient is asked for.
        BackendError: The backend has no gradient of the loss.
    """
    from losscli.conduct import as_each_takes, carried_out
    from losscli.engine.request import Request
    from losscli.results.summary import result_of, unused_inputs

    one = _only(chosen, options)
    engine = backends.find(options.backend)
    with Files(options, lean=not options.on) as files:
        sources, beside = open_inputs(files, chosen, roles_of(chosen, positional, named), options)
        (mine,) = as_each_takes(chosen, sources, options.pred_is)
        if one.whole:  # of which all is one block
            mine = {name: in_memory(source) for name, source in mine.items()}
        done = carried_out(files, engine, [(one, resolve(one, named), mine)], Request(options, beside, wanted))
    (outcome,) = done.outcomes
    notes = [*(note for source in mine.values() for note in source.notes), *done.plan.findings]
    result = result_of(outcome, options, done.backend, [*notes, *unused_inputs(chosen, sources)], sources)
    if options.strict:
        refuse_warnings([result])
    added = outcome.observed["added"]
    found = outcome.observed["gradients"]
    off = outcome.observed.get("deviations", {})
    checks = {name: tuple(Deviation(*compared) for compared in each) for name, each in off.items()}
    inputs = [_input(found[r.name], added, result, checks.get(r.name, ())) for r in one.inputs if r.name in found]
    way = ""
    if done.backend.autograd:
        way = "autograd, with all samples in memory" if one.whole else "autograd"
    return Gradient(result, tuple(inputs), way)


def _only(chosen: list[Loss], options: GradOptions) -> Loss:
    if len(chosen) > 1:
        raise UsageError("grad takes one loss, and several were given.", "ask for them one by one.")
    for name in WITHOUT:
        if getattr(options, name) != GradOptions.knobs[name].default:
            raise UsageError(f"gradients know nothing of {name}.", "leave it out.")
    one = chosen[0]
    if options.reduction not in one.reductions:
        raise UsageError(f"{one.name} has no reduction {options.reduction!r}.", f"-r {', '.join(one.reductions)}")
    return one


def _input(found: Found, added: Spread, result: Result, checks: tuple[Deviation, ...]) -> InputGradient:
    bound, scale, figures, array = found
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
        _classes(figures, scale),
        _samples(figures, abs(scale)),
        _groups(figures, result, not added.odd),
        checks,
        norms.exact,
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


def _classes(figures: Figures, scale: float) -> tuple[OfClass, ...]:
    from losscli.engine.exact import rounded

    if not figures.up:
        return ()
    up, down = (rounded(part) * scale for part in (figures.up, figures.down))
    if scale < 0:
        up, down = down, up
    targets = [None] * len(up) if figures.targets is None else figures.targets.tolist()
    every = [OfClass(c, targets[c], abs(float(up[c])), abs(float(down[c]))) for c in range(len(up))]
    return tuple(sorted(every, key=lambda one: (-(one.up + one.down), one.number)))


def _groups(figures: Figures, result: Result, shares: bool) -> tuple[OfGroup, ...]:
    from losscli.engine.reduce import fsum

    norms = {names: fsum(sums.terms) for names, sums in figures.groups.items()}
    total, of_all = math.fsum(norms.values()), math.fsum(group.numerator for group in result.groups)
    return tuple(
        OfGroup(
            group.names,
            group.samples,
            norms[group.names] / total if total else 0.0,
            group.numerator / of_all if shares and of_all else None,
        )
        for group in result.groups
        if group.names in norms
    )


def _samples(figures: Figures, scale: float) -> tuple[OfSample, ...]:
    total = figures.norms.total
    return tuple(
        OfSample(int(at), norm * scale, norm / total if total else 0.0, None if math.isnan(loss) else loss)
        for norm, at, loss in figures.top.T.tolist()
    )
