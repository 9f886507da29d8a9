"""``dist``: what makes up a loss: how it spreads, and which samples, classes and groups hold how much of it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from losscli import backends, losses
from losscli.api import document, notes_of, refuse_unfit_losses, refuse_unknown, refuse_warnings
from losscli.errors import UsageError
from losscli.explore.apart import PARTS, QUANTILES, taken_apart, worst_of
from losscli.explore.axis import is_of_error, plainly
from losscli.inputs.files import Files
from losscli.inputs.opening import open_inputs
from losscli.inputs.parameters import resolve
from losscli.inputs.roles import roles_of
from losscli.inputs.several import spread
from losscli.knobs.exploring import DistOptions
from losscli.results.distribution import Distribution
from losscli.wording import heard, spoken

if TYPE_CHECKING:
    from collections.abc import Callable

    from losscli.engine.observers import Observer
    from losscli.engine.observers.contributions import Added
    from losscli.spec.loss import Loss


@spoken
def dist(loss: str | Loss, *inputs: Any, **named: Any) -> Distribution:
    """Take a loss apart: how it spreads over samples, and which of them, which classes and groups hold it.

    Args:
        loss: A name or alias.
        *inputs: Arrays, or paths of files, in torch's order (prediction before target).
        OPTIONS
        **named: Inputs by name (``target=...``) and the loss's parameters (``beta=0.5``).

    Returns:
        A :class:`losscli.Distribution`.

    Raises:
        losscli.LossCLIError: With a sentence that names the input and the place, and a hint.

    Warns:
        losscli.LossWarning: Something looks wrong.
    """
    chosen, _ = losses.asked(loss)
    options, own = DistOptions.out_of(named)
    refuse_unknown(chosen, own, DistOptions)
    found = distribution_of(chosen, inputs, own, options)
    heard(found.result.warnings)
    return found


document(dist, DistOptions.offered())


def distribution_of(
    chosen: list[Loss],
    positional: Sequence[Any],
    named: Mapping[str, Any],
    options: DistOptions,
    progress: Callable[[int, int | None], None] | None = None,
) -> Distribution:
    """Take a loss apart, from positional and named inputs; the work behind both front ends.

    Raises:
        UsageError: There is more than one loss, or its samples have no losses of their own.
    """
    import numpy as np

    from losscli.conduct import as_each_takes, carried_out
    from losscli.engine.observers.contributions import OBSERVED, of_whole
    from losscli.engine.request import Request, Wanted
    from losscli.reference.lines import computed
    from losscli.results.summary import result_of, unused_inputs

    chosen, named = spread([_only(chosen, options)], named)
    (one,) = chosen
    engine = backends.find(options.backend)
    with Files(options, lean=not options.on) as files:
        sources, beside = open_inputs(files, chosen, roles_of(chosen, positional, named), options)
        (mine,) = as_each_takes(chosen, sources, options.pred_is)
        request = Request(options, beside, Wanted(progress=progress, observers=observers(options, True)))
        parameters = resolve(one, named)
        jobs = [(one, parameters, mine)]
        if options.reference:
            of_error = is_of_error(one, parameters, plainly(one, parameters))
            done = computed(files, engine, jobs, request, shifts=of_error)
        else:
            done = carried_out(files, engine, jobs, request)
        (outcome,) = done.outcomes
        added: Added = outcome.observed.get(OBSERVED) or of_whole(outcome, options.reduction)

        def seen(observer: Observer[Any]) -> dict[str, Any]:
            again = request._replace(wanted=Wanted(progress=progress, observers=(observer,)))
            return carried_out(files, engine, jobs, again).outcomes[0].observed

        if options.exact:
            with np.errstate(all="ignore"):  # as below
                added = _refined(added, options.reduction, seen)
        labels = [column.label for column in beside.keep]
    notes = [*notes_of([mine]), *done.plan.findings, *unused_inputs(chosen, sources)]
    result = result_of(outcome, options, done.backend, notes, sources)
    if options.strict:
        refuse_warnings([result])
    with np.errstate(all="ignore"):  # what passes the largest float is told as such
        return taken_apart(outcome, added, result, options, labels)


def observers(options: DistOptions, required: bool = False) -> tuple[Observer[Any], ...]:
    """Those that see what a loss is made of, in a pass over it alone.

    Args:
        options: How it is taken apart.
        required: Whether a loss whose samples have no losses of their own is refused.
    """
    from losscli.engine.observers.classes import Classes
    from losscli.engine.observers.contributions import Contributions
    from losscli.engine.observers.worst_samples import WorstSamples

    return (
        Contributions(options.reduction, required),
        Classes(options.reduction, options.label_base),
        WorstSamples(options.worst, options.reduction, options.label_base),
    )


def _refined(added: Added, reduction: str, seen: Callable[[Observer[Any]], dict[str, Any]]) -> Added:
    """The same, with all that was estimated looked up in another pass."""
    from losscli.engine.observers import refined
    from losscli.engine.pooled import Pooled

    finite = added.finite
    while isinstance(finite, Pooled):
        finite.quantiles(QUANTILES)
        for part in PARTS:
            finite.most(worst_of(part, finite.samples))
        if 0 < finite.total < math.inf and not finite.lowering:  # else there are no shares
            finite.reaching(finite.total / 2)
        if finite.exact:
            break
        look = refined.Refined(reduction, finite.asked_adds, finite.asked_losses)
        finite = finite.knowing(*seen(look)[refined.OBSERVED])
    return added._replace(finite=finite)


def _only(chosen: list[Loss], options: DistOptions) -> Loss:
    if len(chosen) > 1:
        raise UsageError("dist takes one loss, and several were given.", "ask for them one by one.")
    one = chosen[0]
    refuse_unfit_losses(chosen, options)
    return one
