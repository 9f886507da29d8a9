"""The Python API: the same work as the command line's, on arrays or on files."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from losscli import backends, losses
from losscli.errors import DataError, Finding, StrictError, UsageError
from losscli.parameters import inline, resolve
from losscli.result import GroupResult, InputInfo, Result

if TYPE_CHECKING:
    from losscli.backends.base import Backend
    from losscli.data import ReadOptions
    from losscli.data.inputs import Files
    from losscli.data.source import Source
    from losscli.engine.beside import Beside
    from losscli.engine.collect import SampleWriter, Selection, Sink
    from losscli.engine.finish import Outcome
    from losscli.engine.plan import Bound
    from losscli.losses.spec import Input, Loss

REDUCTIONS = ("mean", "sum", "none")
DTYPES = ("float64", "float32", "native")
NAN_POLICIES = ("error", "propagate", "omit")
UNMATCHED = ("error", "drop")


@dataclass(frozen=True)
class Options:
    """How to compute; the same for every loss of a call.

    Attributes:
        reduction: ``mean``, ``sum`` or ``none``.
        backend: ``numpy``, ``torch`` or a plug-in's.
        device: ``cpu``, ``cuda`` or ``mps``.
        dtype: Arithmetic in ``float64``, ``float32`` or the files' own (``native``).
        nan: NaN in an input is an ``error``, is computed with (``propagate``) or its sample left out (``omit``).
        selection: The samples whose losses to return, or None.
        threads: None takes the cores there are.
        strict: Make warnings errors.
        read: How files are read.
        label_base: The number of the first class in class-index targets.
        sample_weight: One weight a sample: an array, a file or a column's name.
        by: Columns whose values part the samples into groups.
        keep: Columns to carry along with per-sample losses.
        on: Columns that pair the rows of the inputs' tables.
        unmatched: Rows without a partner by ``on`` are an ``error``, or are left out (``drop``).
        progress: Told how many samples each block held, and how many there are (or about; None if unknown).
        sink: Makes the place for unreduced values; None keeps them in memory.
        samples: Makes the place for per-sample losses that are written as they come; None returns them.
    """

    reduction: str = "mean"
    backend: str = "numpy"
    device: str = "cpu"
    dtype: str = "float64"
    nan: str = "error"
    selection: Selection | None = None
    threads: int | None = None
    strict: bool = False
    read: ReadOptions | None = None
    sink: Callable[[tuple[int, ...], str], Sink] | None = None
    samples: Callable[[list[str], list[str], int], SampleWriter] | None = None
    label_base: int = 0
    sample_weight: Any = None
    by: tuple[str, ...] = ()
    keep: tuple[str, ...] = ()
    on: tuple[str, ...] = ()
    unmatched: str = "error"
    progress: Callable[[int, int | None], None] | None = None

    def __post_init__(self) -> None:
        if self.threads is not None and self.threads < 1:
            raise UsageError(f"threads is {self.threads}.", "it is 1 or more, or None for the cores there are.")
        if self.reduction == "none" and (self.sample_weight is not None or self.by):
            raise UsageError("unreduced values have no sample weights and no groups.", "-r mean or sum")
        choices = (("reduction", REDUCTIONS), ("dtype", DTYPES), ("nan", NAN_POLICIES), ("unmatched", UNMATCHED))
        for name, allowed in choices:
            if getattr(self, name) not in allowed:
                raise UsageError(f"{name} is {getattr(self, name)!r}.", f"it is one of {', '.join(allowed)}.")


def compute(
    loss: str | Sequence[str],
    *inputs: Any,
    reduction: str = "mean",
    backend: str = "numpy",
    device: str = "cpu",
    dtype: str = "float64",
    nan: str = "error",
    per_sample: bool = False,
    threads: int | None = None,
    strict: bool = False,
    missing: str = "error",
    classes: Sequence[str] | None = None,
    label_base: int = 0,
    sample_weight: Any = None,
    by: str | Sequence[str] = (),
    on: str | Sequence[str] = (),
    unmatched: str = "error",
    **named: Any,
) -> Any:
    """Compute one loss, or several in one pass.

    Args:
        loss: A name or alias; ``"mse,l1"`` or a sequence computes several.
        *inputs: Arrays, or paths of files, in torch's order (prediction before target).
        reduction: ``mean``, ``sum`` or ``none``, as in torch.
        backend: ``numpy`` or ``torch``, or a plug-in's.
        device: For torch: ``cpu``, ``cuda`` or ``mps``.
        dtype: Arithmetic dtype: ``float64``, ``float32``, or ``native`` (the inputs' own). Sums are float64.
        nan: ``error``, ``propagate`` or ``omit``.
        per_sample: Also return one loss a sample.
        threads: How many; None takes the cores there are. The result is the same to the last bit.
        strict: Raise instead of warning.
        missing: A missing value in a file is an ``error``, or its row is left out (``omit``).
        classes: The classes that words in the target name, in the order of the prediction's columns.
        label_base: The number of the first class.
        sample_weight: One weight a sample: an array, a path, or a column of the inputs' tables.
        by: Columns whose values part the samples into groups.
        on: Columns that pair the rows of the inputs' tables.
        unmatched: Rows without a partner by ``on`` are an ``error``, or are left out (``drop``).
        **named: Inputs by name (``target=...``) and the losses' parameters (``beta=0.5``).

    Returns:
        A :class:`losscli.Result`, or a list of them for several losses.

    Raises:
        losscli.LossCLIError: With a sentence that names the input and the place, and a hint.
    """
    from losscli.data import ReadOptions
    from losscli.engine.collect import Selection

    several = not isinstance(loss, str) or "," in loss
    names = loss.split(",") if isinstance(loss, str) else list(loss)
    options = Options(
        reduction=reduction,
        backend=backend,
        device=device,
        dtype=dtype,
        nan=nan,
        selection=Selection.everything() if per_sample else None,
        threads=threads,
        strict=strict,
        read=ReadOptions(missing=missing, classes=tuple(classes) if classes else None),
        label_base=label_base,
        sample_weight=sample_weight,
        by=(by,) if isinstance(by, str) else tuple(by),
        on=(on,) if isinstance(on, str) else tuple(on),
        unmatched=unmatched,
    )
    chosen = [losses.find(name) for name in names]
    _refuse_unknown(chosen, named)
    results = run(chosen, list(inputs), named, options)[0]
    return results if several else results[0]


def run(
    chosen: list[Loss], positional: list[Any], named: Mapping[str, Any], options: Options
) -> tuple[list[Result], Any]:
    """Compute losses from positional and named inputs; the work behind both front ends.

    Returns:
        One result a loss, and the index of the samples whose losses they carry (or None).
    """
    from losscli.data import ReadOptions
    from losscli.data.inputs import Files
    from losscli.engine.collect import Memory
    from losscli.engine.plan import make_plan
    from losscli.engine.prepare import Request
    from losscli.engine.run import execute

    for one in chosen:
        if options.reduction not in one.reductions:
            allowed = ", ".join(one.reductions)
            raise UsageError(
                f"{one.name} is one number for the whole set and has no reduction {options.reduction!r}.",
                f"-r {allowed}",
            )
    parameters = [(one, resolve(one, dict(named))) for one in chosen]
    engine = backends.find(options.backend)
    files = Files(options.read or ReadOptions(), options.on, options.unmatched)
    try:
        sources = _open(files, chosen, _roles(chosen, positional, named))
        beside = _beside(files, options)
        plan = make_plan(parameters, sources)
        dtype = _arithmetic(options.dtype, plan.sources)
        backend = engine(options.device, dtype)
        request = Request(
            options.reduction,
            options.selection,
            options.nan,
            options.threads,
            options.sink or Memory,
            options.samples,
            options.label_base,
            beside,
            options.progress,
        )
        outcomes = execute(plan, backend, request)
        files.refuse_changed()
    finally:
        files.close()
    notes = [*(n for s in sources.values() for n in s.notes), *plan.findings, *_unused(chosen, sources)]
    results = [_result(o, options, backend, notes) for o in outcomes]
    if options.strict:
        _raise_first(results)
    index = next((o.samples[0] for o in outcomes if o.samples is not None), None)
    return results, index


def _refuse_unknown(chosen: list[Loss], named: Mapping[str, Any]) -> None:
    known = {name for one in chosen for name in one.argument_names}
    for name in named:
        if name not in known:
            raise UsageError(
                f"{' and '.join(c.name for c in chosen)} has no {name!r}.", f"it takes {', '.join(sorted(known))}."
            )


def inputs_of(chosen: list[Loss]) -> list[Input]:
    """The inputs of several losses in the order of their files: what any of them requires comes first."""
    roles = {role.name: role for one in chosen for role in one.inputs}
    required = {role.name for one in chosen for role in one.inputs if not role.optional}
    return sorted(roles.values(), key=lambda role: role.name not in required)


def _roles(chosen: list[Loss], positional: list[Any], named: Mapping[str, Any]) -> dict[str, Any]:
    """Input name to what was given for it: named inputs first, then positions in order for the rest."""
    order = [role.name for role in inputs_of(chosen)]
    given = {name: named[name] for name in order if named.get(name) is not None}
    required = dict.fromkeys(role.name for one in chosen for role in one.inputs if not role.optional)
    if len(positional) == 1 and required and given.keys() >= required.keys() and isinstance(positional[0], str):
        return {name: _of_table(positional[0], value) for name, value in given.items()}
    # With a required input given by name, a positional too many is a mistake and no optional input.
    free = [n for n in order if n not in given and (n in required or not given.keys() & required.keys())]
    if len(positional) > len(free):
        names, named_too = ",".join(c.name for c in chosen), f" beside {', '.join(given)}" if given else ""
        files = "1 file" if len(free) == 1 else f"{len(free)} files"
        raise UsageError(
            f"{names} takes {files}{named_too}, {len(positional)} were given.",
            f"the order is {', '.join(order)}.",
        )
    return given | dict(zip(free, positional, strict=False))


def _of_table(table: str, value: Any) -> Any:
    """An input given by name beside one file: a column of that file, unless it names a file of its own."""
    if not isinstance(value, str) or "::" in value or value == "-" or os.path.exists(value):
        return value
    return f"{table}::{value}"


def _open(files: Files, chosen: list[Loss], roles: dict[str, Any]) -> dict[str, Source]:
    """The source of every input that was given."""
    from losscli.data.inputs import Wanted
    from losscli.data.source import ArraySource

    texts: list[Wanted] = []
    opened: dict[str, Source] = {}
    known = {role.name: role for one in chosen for role in one.inputs}
    for name, given in roles.items():
        numbers = inline(os.fspath(given)) if isinstance(given, str | os.PathLike) else _as_array(given, name)
        if numbers is None:
            texts.append(Wanted(name, os.fspath(given), known[name].kind.dtype == "label"))
        else:
            opened[name] = ArraySource(numbers, name)
    found = files.open(texts) | opened
    return {name: _whole(found[name], known[name].streamed) for name in roles}


def _whole(source: Source, streamed: bool) -> Source:
    """What is not read block by block is read now: its length must be known."""
    from losscli.data.source import ArraySource

    if streamed or not source.sequential:
        return source
    whole = ArraySource(source.read_all(), source.name, source.format, source.columns)
    whole.notes, whole.remarks = source.notes, source.remarks
    return whole


def _beside(files: Files, options: Options) -> Beside:
    from losscli.data.source import ArraySource
    from losscli.engine.beside import Beside

    given: Any = options.sample_weight
    if given is None:
        weight = None
    elif isinstance(given, str | os.PathLike):
        weight = files.numbers(os.fspath(given))
    else:
        weight = ArraySource(_as_array(given, "sample_weight"), "sample_weight")
    if weight is not None and len(weight.shape) != 1:
        raise UsageError(f"{weight.name}: sample weights have the shape {weight.shape}.", "give one number a sample.")
    groups, keep = (tuple(files.column(c) for c in columns) for columns in (options.by, options.keep))
    return Beside(weight, groups, keep, tuple(files.pairs()))


def _as_array(given: Any, role: str) -> Any:
    import numpy as np

    if np.ma.is_masked(given):
        raise DataError(f"{role}: is a masked array with masked values.", "fill them with NaN, and use nan='omit'.")
    try:
        return np.asarray(given)
    except (TypeError, ValueError, RuntimeError) as error:
        raise DataError(f"{role}: is no array of numbers ({str(error).splitlines()[0]}).") from error


def _arithmetic(dtype: str, sources: list[Source]) -> str:
    if dtype != "native":
        return dtype
    import numpy as np

    floats = [s.dtype for s in sources if s.dtype.kind == "f"]
    widest = np.result_type(*floats) if floats else np.dtype(np.float64)
    return str(min(widest, np.dtype(np.float64), key=lambda d: d.itemsize))


def _result(outcome: Outcome, options: Options, backend: Backend, notes: list[Finding]) -> Result:
    from losscli.engine.reduce import quotient

    one, sums = outcome.job.loss, outcome.sums
    mean = quotient(sums.numerator, sums.denominator)
    samples = outcome.samples
    return Result(
        loss=one.name,
        params=outcome.job.parameters,
        reduction=options.reduction,
        value=_value(outcome, options.reduction, mean),
        numerator=sums.numerator,
        denominator=sums.denominator,
        denominator_is=sums.of or one.mean_over,
        samples=sums.samples,
        ignored=sums.ignored,
        omitted=outcome.omitted,
        clamped=sums.clamped,
        backend=":".join((backend.name, backend.version, *([] if backend.device == "cpu" else [backend.device]))),
        dtype=backend.dtype,
        per_sample=None if samples is None else samples[1],
        ignored_samples=None if samples is None else samples[2],
        extras=_extras(outcome, options),
        kept=dict(zip(options.keep, outcome.texts, strict=False)),
        by=options.by,
        groups=_groups(outcome, options),
        transformed=one.of_mean_hook is not None and options.reduction == "mean",
        inputs=_inputs(outcome),
        warnings=tuple(
            dict.fromkeys([*notes, *outcome.findings, *_about_result(outcome, mean, options.reduction, options.nan)])
        ),
    )


def _value(outcome: Outcome, reduction: str, mean: float) -> Any:
    if reduction == "none":
        return outcome.units if outcome.units is not None else getattr(outcome.sink, "array", None)
    if reduction == "sum":
        return outcome.sums.numerator
    return _of_mean(outcome.job.loss, mean)


def _of_mean(one: Loss, mean: float) -> float:
    import numpy as np

    return mean if one.of_mean_hook is None else float(one.of_mean_hook(np, np.float64(mean)))


def _unused(chosen: list[Loss], sources: Mapping[str, Source]) -> list[Finding]:
    """A note for every input that only some of several losses take."""
    found = []
    for role in sources:
        without = [one.name for one in chosen if role not in one.argument_names]
        if without:
            found.append(Finding("L102", f"{role} is not used by {' and '.join(without)}, which takes none."))
    return found


def _inputs(outcome: Outcome) -> tuple[InputInfo, ...]:
    return tuple(
        InputInfo(
            b.role.name, b.source.name, b.source.format, b.source.shape, str(b.source.dtype), _remarks(outcome, b)
        )
        for b in outcome.job.inputs
        if b.source is not None
    )


def _remarks(outcome: Outcome, bound: Bound) -> tuple[str, ...]:
    assert bound.source is not None
    return (*bound.source.remarks, *outcome.remarks.get(bound.role.name, ()))


def _groups(outcome: Outcome, options: Options) -> tuple[GroupResult, ...]:
    from losscli.engine.reduce import quotient

    return tuple(
        GroupResult(
            g.names,
            g.numerator
            if options.reduction == "sum"
            else _of_mean(outcome.job.loss, quotient(g.numerator, g.denominator)),
            g.numerator,
            g.denominator,
            g.samples,
        )
        for g in outcome.groups
    )


def _extras(outcome: Outcome, options: Options) -> tuple[str, ...]:
    optional = (b.role.name for b in outcome.job.inputs if b.role.optional and b.source is not None)
    settings = {
        "nan": options.nan if options.nan != "error" else None,
        "missing": options.read.missing if options.read and options.read.missing != "error" else None,
        "label_base": options.label_base or None,
        "unmatched": options.unmatched if options.unmatched != "error" else None,
        "sample_weight": "given" if options.sample_weight is not None else None,
    }
    return (*optional, *(f"{key}={value}" for key, value in settings.items() if value is not None))


def _about_result(outcome: Outcome, mean: float, reduction: str, nan: str) -> list[Finding]:
    name = outcome.job.loss.name
    if reduction != "mean":
        return []
    if outcome.sums.denominator == 0:
        total = outcome.sums.samples + outcome.omitted
        return [Finding("L301", f"{name}: nothing counts in any of {total} samples: the mean is 0/0, undefined.")]
    if mean != mean and nan != "propagate":
        return [Finding("L302", f"{name}: the result is NaN, though no input is.", "infinities in the inputs?")]
    return []


def _raise_first(results: list[Result]) -> None:
    for one in results:
        for finding in one.warnings:
            raise StrictError(f"{finding.code}: {finding.message}", finding.hint)
