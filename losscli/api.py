"""The Python API: the same work as the command line's, on arrays or on files."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from losscli import backends, losses
from losscli.errors import Finding, StrictError, UsageError
from losscli.inputs.files import Files
from losscli.inputs.opening import open_inputs
from losscli.inputs.parameters import resolve
from losscli.inputs.roles import roles_of
from losscli.knobs.options import ComputeOptions, Options
from losscli.results.summary import result_of, unused_inputs
from losscli.wording import heard, spoken

if TYPE_CHECKING:
    from losscli.conduct import Done
    from losscli.data.source import Source
    from losscli.engine.request import Wanted
    from losscli.knobs import Knob
    from losscli.results.record import Recorder
    from losscli.results.result import Result
    from losscli.spec.loss import Loss


@spoken
def compute(loss: str | Loss | Sequence[str | Loss], *inputs: Any, **named: Any) -> Any:
    """Compute one loss, or several in one pass.

    Args:
        loss: A name or alias, or the loss itself (``losscli.losses.mse``); ``"mse,l1"`` or a sequence computes several.
        *inputs: Arrays, or paths of files, in torch's order (prediction before target).
        OPTIONS
        **named: Inputs by name (``target=...``) and the losses' parameters (``beta=0.5``).

    Returns:
        A :class:`losscli.Result`, or a list of them for several losses.

    Raises:
        losscli.LossCLIError: With a sentence that names the input and the place, and a hint.

    Warns:
        losscli.LossWarning: Something looks wrong; ``result.warnings`` has the same.
    """
    from losscli.engine.collect import Selection
    from losscli.engine.request import Wanted

    chosen, several = losses.asked(loss)
    options, named = ComputeOptions.out_of(named)
    refuse_unknown(chosen, named, ComputeOptions)
    some = options.per_sample or options.top
    wanted = Wanted(Selection.asked(top=options.top, grouped=bool(options.by)) if some else None)
    results = run(chosen, inputs, named, options, wanted)[0]
    heard(finding for one in results for finding in one.warnings)
    return results if several else results[0]


def document(function: Any, knobs: Iterable[Knob]) -> None:
    """Write knobs into a function's signature, and what they mean into its help."""
    *first, named = inspect.signature(function).parameters.values()
    every = list(knobs)
    options = [named.replace(name=k.name, kind=named.KEYWORD_ONLY, default=k.default, annotation=k.kind) for k in every]
    function.__signature__ = inspect.Signature([*first, *options, named])
    about = "\n        ".join(f"{k.name}: {k.meaning}" for k in every)
    function.__doc__ = (function.__doc__ or "").replace("OPTIONS", about)


document(compute, ComputeOptions.knobs.values())


def run(
    chosen: list[Loss], positional: Sequence[Any], named: Mapping[str, Any], options: Options, wanted: Wanted
) -> tuple[list[Result], Any]:
    """Compute losses from positional and named inputs; the work behind both front ends.

    Returns:
        One result a loss, and the index of the samples whose losses they carry (or None).
    """
    from losscli.conduct import add_columns, as_each_takes, carried_out
    from losscli.engine.request import Request

    refuse_unfit(chosen, options)
    if any(role.several for one in chosen for role in one.inputs):
        from losscli.inputs.several import spread

        chosen, named = spread(chosen, named)
    parameters = [resolve(one, named) for one in chosen]
    engine = backends.find(options.backend)
    with Files(options, lean=not options.on) as files:
        given = roles_of(chosen, positional, named)
        sources, beside = open_inputs(files, chosen, given, options)
        recorder = _recorder(files, chosen, given, named, options) if options.record else None
        by_loss = as_each_takes(chosen, sources, options.pred_is)
        jobs = list(zip(chosen, parameters, by_loss, strict=True))
        carry_out = _with_references() if options.reference else carried_out
        done = carry_out(files, engine, jobs, Request(options, beside, wanted))
        if options.each_column:
            add_columns(files, engine, jobs, Request(options, beside, wanted), done.outcomes)
        record = recorder.record() if recorder else None
    notes = [*notes_of(by_loss), *done.plan.findings, *unused_inputs(chosen, sources)]
    results = [result_of(outcome, options, done.backend, notes, sources, record) for outcome in done.outcomes]
    if options.strict:
        refuse_warnings(results)
    if isinstance(options, ComputeOptions) and options.sort:
        from losscli.results.ordered import in_order

        results = in_order(results, options.sort, len(options.by) if options.top else 0)
    return results, next((one.sample_index for one in results if one.sample_index is not None), None)


def _with_references() -> Callable[..., Done]:
    from losscli.reference.lines import computed

    return computed


def _recorder(files: Files, *request: Any) -> Recorder:
    from losscli.results.record import Recorder

    return Recorder(files, *request)


def refuse_unknown(chosen: list[Loss], named: Mapping[str, Any], options: type[Options]) -> None:
    """Raise where a name is none of the losses' own, of their inputs and parameters.

    Args:
        chosen: The losses.
        named: What was given by name, but for the knobs.
        options: Those knobs, one of which may have been meant.

    Raises:
        UsageError: It is not.
    """
    own = {name for one in chosen for name in one.argument_names}
    for name in named:
        if name not in own:
            from difflib import get_close_matches

            close = get_close_matches(name, [*own, *(one.name for one in options.offered())], n=2)
            hint = f"did you mean {' or '.join(close)}?" if close else f"it takes {', '.join(sorted(own))}."
            raise UsageError(f"{' and '.join(c.name for c in chosen)} has no {name!r}.", hint)


def refuse_unfit(chosen: list[Loss], options: Options) -> None:
    """Raise where a loss is asked for in a way that cannot be, or it is said how to do what is not asked for."""
    _refuse_idle(options)
    refuse_unfit_losses(chosen, options)


def refuse_unfit_losses(chosen: list[Loss], options: Options) -> None:
    """Raise where no loss is asked for, or one twice, or for a reduction that it does not have."""
    if not chosen:
        raise UsageError("no loss is named.", "`losscli list` shows every loss.")
    for i, one in enumerate(chosen):
        if one in chosen[:i]:
            raise UsageError(f"{one.name} is asked for twice.")
        if options.reduction not in one.reductions:
            whole = "" if "none" in one.reductions else "is one number for the whole set and "
            reductions = ", ".join(one.reductions)
            raise UsageError(f"{one.name} {whole}has no reduction {options.reduction!r}.", f"-r {reductions}")


def _refuse_idle(options: Options) -> None:
    """Raise where it is said how to make an interval, and none is to be made, or not in that way."""
    given = [name for name in ("ci_method", "cluster", "resamples", "seed") if _is_set(options, name)]
    if given and options.ci is None:
        hint = f"{options.called('ci')} 0.95 asks for one."
        raise UsageError(f"{options.called(given[0])} is about an interval, and none is asked for.", hint)
    idle = [name for name in ("resamples", "seed") if name in given and options.ci_method not in ("percentile", "bca")]
    if idle:
        hint = f"{options.called('ci_method')} percentile or bca draws some."
        raise UsageError(f"{options.called(idle[0])} is about resamples, and none are drawn.", hint)


def _is_set(options: Options, name: str) -> bool:
    value, default = getattr(options, name), options.knobs[name].default
    return value is not None if default is None else bool(value != default)


def notes_of(by_loss: Iterable[Mapping[str, Source]]) -> list[Finding]:
    """What was noted of the sources, each of which is read once."""
    read = dict.fromkeys(source for seen in by_loss for source in seen.values())
    return [note for source in read for note in source.notes]


def refuse_warnings(results: list[Result]) -> None:
    """Raise the first warning, where warnings are errors."""
    for one in results:
        for finding in one.warnings:
            raise StrictError(f"{finding.code}: {finding.message}", finding.hint)
