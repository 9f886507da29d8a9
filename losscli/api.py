"""The Python API: the same work as the command line's, on arrays or on files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from losscli import backends, losses
from losscli.errors import ShapeError, StrictError, UsageError
from losscli.inputs.opening import open_inputs
from losscli.inputs.parameters import resolve
from losscli.inputs.roles import roles_of
from losscli.options import Options
from losscli.results.summary import result_of, unused_inputs

if TYPE_CHECKING:
    from losscli.data.source import Source
    from losscli.engine.plan import Plan
    from losscli.results.result import Result
    from losscli.spec.loss import Loss


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
    na_values: Sequence[str] = (),
    decimal: str | None = None,
    classes: Sequence[str] | None = None,
    label_base: int = 0,
    sample_weight: Any = None,
    by: str | Sequence[str] = (),
    on: str | Sequence[str] = (),
    unmatched: str = "error",
    pred_is: str | None = None,
    class_axis: int | None = None,
    shift: int = 0,
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
        na_values: What cells of text may hold that stands for a missing value, beside what pandas takes for one.
        decimal: A point or a comma, in the numbers of text files; None finds out.
        classes: The classes that words in the target name, in the order of the prediction's columns.
        label_base: The number of the first class.
        sample_weight: One weight a sample: an array, a path, or a column of the inputs' tables.
        by: Columns whose values part the samples into groups.
        on: Columns that pair the rows of the inputs' tables.
        unmatched: Rows without a partner by ``on`` are an ``error``, or are left out (``drop``).
        pred_is: What the prediction holds: ``logits``, ``probs`` or ``log-probs``; converted to what the
            loss takes.
        class_axis: Where the classes are, if not on axis 1; -1 is the last axis.
        shift: How many positions ahead the prediction looks: 1 for the next token.
        **named: Inputs by name (``target=...``) and the losses' parameters (``beta=0.5``).

    Returns:
        A :class:`losscli.Result`, or a list of them for several losses.

    Raises:
        losscli.LossCLIError: With a sentence that names the input and the place, and a hint.
    """
    from losscli.data import ReadOptions
    from losscli.engine.collect import Selection

    several = not isinstance(loss, str) or "," in loss
    options = Options(
        reduction=reduction,
        backend=backend,
        device=device,
        dtype=dtype,
        nan=nan,
        selection=Selection.everything() if per_sample else None,
        threads=threads,
        strict=strict,
        read=ReadOptions(
            missing=missing,
            classes=tuple(classes) if classes else None,
            decimal=decimal,
            na_values=(na_values,) if isinstance(na_values, str) else tuple(na_values),
        ),
        label_base=label_base,
        sample_weight=sample_weight,
        by=(by,) if isinstance(by, str) else tuple(by),
        on=(on,) if isinstance(on, str) else tuple(on),
        unmatched=unmatched,
        pred_is=pred_is,
        class_axis=class_axis,
        shift=shift,
    )
    chosen = losses.find_all(loss) if isinstance(loss, str) else [losses.find(name) for name in loss]
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
    from losscli.engine.collect import Memory
    from losscli.engine.plan import make_plan
    from losscli.engine.prepare import Request
    from losscli.engine.run import execute
    from losscli.inputs.files import Files
    from losscli.inputs.pairing import compare

    twice = next((one.name for i, one in enumerate(chosen) if one in chosen[:i]), None)
    if twice is not None:
        raise UsageError(f"{twice} is asked for twice.")
    for one in chosen:
        if options.reduction not in one.reductions:
            allowed = ", ".join(one.reductions)
            raise UsageError(
                f"{one.name} is one number for the whole set and has no reduction {options.reduction!r}.",
                f"-r {allowed}",
            )
    parameters = [(one, resolve(one, dict(named))) for one in chosen]
    engine = backends.find(options.backend)
    files = Files(options.read or ReadOptions(), lean=not options.on)
    try:
        sources, beside = open_inputs(files, chosen, roles_of(chosen, positional, named), options)
        by_loss = _by_loss(chosen, sources, options.pred_is)
        try:
            plan = make_plan([(*job, seen) for job, seen in zip(parameters, by_loss, strict=True)])
        except ShapeError:
            compare(beside.pairs)  # which says more, if keys tell where the rows part
            raise
        dtype = _arithmetic(options.dtype, plan)
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
            options.omits,
        )
        outcomes = execute(plan, backend, request)
        files.refuse_changed()
    finally:
        files.close()
    read = {id(source): source for seen in by_loss for source in seen.values()}.values()
    notes = [*(note for source in read for note in source.notes), *plan.findings, *unused_inputs(chosen, sources)]
    results = [result_of(o, options, backend, notes) for o in outcomes]
    if options.strict:
        _raise_first(results)
    index = next((o.samples[0] for o in outcomes if o.samples is not None), None)
    return results, index


def _by_loss(chosen: list[Loss], sources: dict[str, Source], pred_is: str | None) -> list[dict[str, Source]]:
    """The sources of each loss; they part where a prediction is to be converted to what each takes."""
    if pred_is is None:
        return [sources] * len(chosen)
    from losscli.inputs.spaces import as_wanted

    return as_wanted(chosen, sources, pred_is)


def _refuse_unknown(chosen: list[Loss], named: Mapping[str, Any]) -> None:
    known = {name for one in chosen for name in one.argument_names}
    for name in named:
        if name not in known:
            raise UsageError(
                f"{' and '.join(c.name for c in chosen)} has no {name!r}.", f"it takes {', '.join(sorted(known))}."
            )


def _arithmetic(dtype: str, plan: Plan) -> str:
    """The dtype of values; the inputs' own is the widest of their real numbers', labels have none."""
    if dtype != "native":
        return dtype
    import numpy as np

    sources = [b.source for job in plan.jobs for b in job.inputs if b.source and b.kind.dtype == "real"]
    floats = [s.own_dtype for s in sources if s.own_dtype.kind == "f"]
    widest = np.result_type(*floats) if floats else np.dtype(np.float64)
    return str(min(widest, np.dtype(np.float64), key=lambda d: d.itemsize))


def _raise_first(results: list[Result]) -> None:
    for one in results:
        for finding in one.warnings:
            raise StrictError(f"{finding.code}: {finding.message}", finding.hint)
