"""From a run's outcome to its result: the number, and all it takes to trust and repeat it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from losscli.errors import Finding
from losscli.knobs import BESIDE, GIVEN
from losscli.knobs.options import Options
from losscli.results.result import GroupResult, InputInfo, Result
from losscli.results.signature import origin, told

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from losscli.backends.base import Backend
    from losscli.data.fingerprint import Content
    from losscli.data.source import Source
    from losscli.engine.outcome import Outcome
    from losscli.engine.plan import Bound
    from losscli.results.record import Record
    from losscli.spec.loss import Loss


def result_of(
    outcome: Outcome,
    options: Options,
    backend: Backend,
    notes: list[Finding],
    roles: Iterable[str],
    record: Record | None = None,
) -> Result:
    """What one loss came to.

    Args:
        outcome: What its run produced.
        options: How it was computed.
        backend: What computed it.
        notes: What was noted of the inputs.
        roles: The inputs of all losses of the run.
        record: What it takes to compute it again, if that was asked for.
    """
    from losscli.engine.reduce import quotient

    one, sums = outcome.job.loss, outcome.sums
    mean = quotient(sums.numerator, sums.denominator)
    ignored, omitted = _left_out(outcome)
    return Result(
        loss=one.name,
        params=outcome.job.parameters,
        reduction=options.reduction,
        value=value_of(outcome, options.reduction),
        numerator=sums.numerator,
        denominator=sums.denominator,
        denominator_is=sums.of or one.mean_over,
        samples=sums.samples,
        ignored=sums.ignored,
        omitted=outcome.sums.omitted,
        clamped=sums.clamped,
        backend=":".join((backend.name, backend.version, *([] if backend.device == "cpu" else [backend.device]))),
        dtype=backend.dtype_of(one),
        per_sample=None if outcome.samples is None else outcome.samples[1],
        sample_index=None if outcome.samples is None else outcome.samples[0],
        told=_told(outcome),
        ignored_samples=ignored,
        omitted_samples=omitted,
        skips=options.omits or outcome.job.ignores or sums.ignored > 0,
        fingerprint=backend.fingerprint,
        extras=_extras(outcome, options, backend, roles),
        kept=outcome.texts,
        by=(*_group_names(options.by), *(["column"] if options.each_column else [])),
        groups=_groups(outcome, options),
        ci=outcome.observed.get("intervals", {}).get(()),
        references=outcome.observed.get("references", ()),
        made_of=one.made_of if options.reduction == "mean" else "",
        inputs=_inputs(outcome, {} if record is None else record.contents),
        request=None if record is None else record.request,
        columns=_columns(outcome) if options.reduction == "none" else (),
        warnings=tuple(
            dict.fromkeys([*notes, *outcome.findings, *_about_result(outcome, mean, options, backend.dtype_of(one))])
        ),
    )


def _left_out(outcome: Outcome) -> tuple[NDArray[Any] | None, NDArray[Any] | None]:
    """Which samples are ignored, and which omitted; None where samples are not told apart."""
    if outcome.samples is None:
        return None, None
    from losscli.engine.collect import IGNORED, OMITTED

    status = outcome.samples[2]
    return status == IGNORED, status == OMITTED


def _told(outcome: Outcome) -> dict[str, NDArray[Any]]:
    """What prediction and target are at the samples that are shown; classes and columns by their names."""
    if not outcome.told:
        return {}
    from losscli.engine.told import in_words

    return in_words(outcome.job, outcome.told, _columns(outcome))


def value_of(outcome: Outcome, reduction: str) -> Any:
    """The loss: a number, or the unreduced values."""
    if reduction == "none":
        return outcome.units if outcome.units is not None else getattr(outcome.sink, "array", None)
    if reduction == "sum":
        return outcome.sums.numerator
    from losscli.engine.reduce import value_from

    return value_from(outcome.job, outcome.sums.numerator, outcome.sums.denominator)


def unused_inputs(chosen: list[Loss], sources: Mapping[str, Source]) -> list[Finding]:
    """A note for every input that only some of several losses take."""
    found = []
    for role in sources:
        without = dict.fromkeys(one.name for one in chosen if role not in one.argument_names)
        if without:
            found.append(Finding("L102", f"{role} is not used by {' and '.join(without)}, which takes none."))
    return found


def _inputs(outcome: Outcome, contents: Mapping[str, Content]) -> tuple[InputInfo, ...]:
    return tuple(
        InputInfo(
            b.role.name,
            b.source.name,
            b.source.format,
            b.source.shape,
            str(b.source.own_dtype),
            _remarks(outcome, b),
            contents.get(b.role.name),
        )
        for b in outcome.job.inputs
        if b.source is not None
    )


def _columns(outcome: Outcome) -> tuple[str, ...]:
    """The names of the last axis of the unreduced values: those of the first input with as many columns, which is what
    was predicted."""
    width = outcome.job.result_shape[1:]
    names = (b.source.columns for b in outcome.job.inputs if b.source is not None and b.source.row_shape == width)
    found = next((one for one in names if one), ())
    return found if len(width) == 1 and len(set(found)) == width[0] else ()


def _remarks(outcome: Outcome, bound: Bound) -> tuple[str, ...]:
    assert bound.source is not None
    return (*bound.source.remarks, *outcome.remarks.get(bound.role.name, ()))


def _group_names(given: tuple[str, ...]) -> tuple[str, ...]:
    """The columns' own names, without the files they are of, unless two are alike."""
    names = tuple(text.rpartition("::")[2] for text in given)
    return names if len(set(names)) == len(names) else given


def _groups(outcome: Outcome, options: Options) -> tuple[GroupResult, ...]:
    if not options.each_column:
        return _parted(outcome, options)
    of_columns = {
        name: _parted(one, options) if options.by else (_as_group(one, options),)
        for name, one in outcome.observed["columns"].items()
    }
    return tuple(group._replace(names=(*group.names, name)) for name, groups in of_columns.items() for group in groups)


def _as_group(one: Outcome, options: Options) -> GroupResult:
    """All samples of an outcome, as the one group that they are."""
    value, interval = value_of(one, options.reduction), one.observed.get("intervals", {}).get(())
    return GroupResult((), value, one.sums.numerator, one.sums.denominator, one.sums.samples, interval)


def _parted(outcome: Outcome, options: Options) -> tuple[GroupResult, ...]:
    from losscli.engine.reduce import value_from

    intervals = outcome.observed.get("intervals", {})
    return tuple(
        GroupResult(
            g.names,
            g.numerator if options.reduction == "sum" else value_from(outcome.job, g.numerator, g.denominator),
            g.numerator,
            g.denominator,
            g.samples,
            intervals.get(g.names),
        )
        for g in outcome.groups
    )


def _extras(outcome: Outcome, options: Options, backend: Backend, roles: Iterable[str]) -> tuple[str, ...]:
    optional = [b.role.name for b in outcome.job.inputs if b.role.optional and b.source is not None]
    origins = (("from", outcome.job.loss.origin), ("backend_from", backend.origin))
    plug_ins = [f"{name}={origin(package)}" for name, package in origins if package != "losscli"]
    whole = bool(outcome.sums.statistics)  # which no sample weight has a part in
    settings = told(options, without=("sample_weight",) if whole else ())
    divided = [] if outcome.job.temperature == 1.0 else [f"temperature={outcome.job.temperature}"]
    return (*optional, *plug_ins, *divided, *settings, *_beside(outcome, options, roles))


def _beside(outcome: Outcome, options: Options, roles: Iterable[str]) -> Iterator[str]:
    """What the loss does not take, and yet may have a say in which samples are left out."""
    if options.omits or options.unmatched == "drop":
        own = [b.role.name for b in outcome.job.inputs if b.source is not None]
        named = [knob.name for knob in options.knobs.values() if knob.signed in (GIVEN, BESIDE)]
        columns = [name for name in named if getattr(options, name) is not options.knobs[name].default]
        others = [*(role for role in roles if role not in own), *columns]
        if others:
            yield f"beside=[{';'.join(others)}]"


def _about_result(outcome: Outcome, mean: float, options: Options, dtype: str) -> list[Finding]:
    name, of_mean = outcome.job.loss.name, options.reduction not in ("sum", "none")
    value = value_of(outcome, options.reduction) if of_mean else outcome.sums.numerator
    if of_mean and outcome.sums.denominator == 0:
        total = outcome.sums.samples + outcome.sums.omitted
        if outcome.sums.numerator:
            cancel = f"weights of {total} samples add up to 0: the mean is {outcome.sums.numerator:.6g}/0, undefined."
            return [Finding("L301", f"{name}: {cancel}")]
        return [Finding("L301", f"{name}: nothing counts in any of {total} samples: the mean is 0/0, undefined.")]
    doubt = outcome.job.loss.ask("doubt", {"mean": mean, **outcome.job.parameters}) if math.isfinite(mean) else None
    if doubt:
        return [Finding("L305", f"{name}: the mean is {mean:.6g}, and {doubt[0]}", doubt[1])]
    if math.isfinite(value) or (math.isinf(value) and outcome.infinite_inputs):
        return []
    if math.isnan(value):
        hint = "infinities in the inputs?" if outcome.infinite_inputs else _too_large(dtype)
        found = Finding("L302", f"{name}: the result is NaN, though no input is.", hint)
        return [] if options.nan == "propagate" else [found]
    if any(finding.code == "L216" for finding in outcome.findings):
        return []  # which says why
    return [Finding("L303", f"{name}: the result is infinite, though no input is.", _too_large(dtype))]


def _too_large(dtype: str) -> str:
    if dtype != "float64":
        return f"--dtype float64 holds larger numbers than {dtype}."
    return "numbers became too large for float64 on the way, or one was divided by 0."
