"""Which form of a loss's signature the shapes of its inputs fit; and if none does, what would help."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from losscli.data.source import UNKNOWN_ROWS, Source
from losscli.errors import Finding, ShapeError
from losscli.spec.loss import Loss
from losscli.spec.signature import Form

Shapes = list[tuple[int, ...] | None]
_DIMENSIONS = "D"
"""The axis of vectors. One class, or a list of one item, is nothing to compare; a vector may have one dimension."""


def fit(one: Loss, given: Sequence[Source | None], shapes: Shapes, findings: list[Finding]) -> tuple[Form, Shapes]:
    """The first form that fits; failing that, the first that fits without trailing axes of length 1.

    Args:
        one: The loss.
        given: The source of each of its inputs.
        shapes: Their shapes; None for what takes no part in the match.
        findings: Takes a note for each axis that was dropped.

    Raises:
        ShapeError: No form fits.
    """
    forms = [form for form in one.signature.forms if _rows_are_samples(one, form, given)]
    for dropped in _drops(shapes):
        tried = [s[:-1] if d and s else s for s, d in zip(shapes, dropped, strict=True)]
        for form in forms:
            shaped = _vectors(form, given, tried)
            if form.match(shaped) is not None:
                findings.extend(_dropped(s, t) for s, t, d in zip(given, tried, dropped, strict=True) if d and s)
                return form, shaped
    raise _misfit(one, given)


def _rows_are_samples(one: Loss, form: Form, given: Sequence[Source | None]) -> bool:
    """Whether a form is one for tables, if there are any: a row of a table is a sample for every loss."""
    tabular = any(s is not None and s.tabular and r.streamed for r, s in zip(one.inputs, given, strict=True))
    return not tabular or one.inputs[0].axis > 0 or one.signature.sample_axis in form.inputs[0]


def _vectors(form: Form, given: Sequence[Source | None], shapes: Shapes) -> Shapes:
    """One column of a table as vectors of one dimension, where a form takes vectors."""
    return [
        (*shape, 1)
        if s is not None and s.tabular and axes[-1:] == (_DIMENSIONS,) and shape and len(shape) == 1
        else shape
        for s, axes, shape in zip(given, form.inputs, shapes, strict=False)
    ]


def _drops(shapes: Shapes) -> list[tuple[bool, ...]]:
    choices = [(False, True) if s and s[-1] == 1 else (False,) for s in shapes]
    return sorted(itertools.product(*choices), key=sum)


def _dropped(source: Source, shape: tuple[int, ...] | None) -> Finding:
    return Finding("L101", f"{source.name}: shape {shape_text(source.shape)} was read as {shape_text(shape or ())}.")


def _misfit(one: Loss, given: Sequence[Source | None]) -> ShapeError:
    present = [(r, s) for r, s in zip(one.inputs, given, strict=True) if s is not None and not r.kind.broadcast]
    streamed = [s for r, s in present if r.streamed]
    known = [s for s in streamed if not s.endless]
    turned = _order_hint(one, given)
    for first, other in itertools.pairwise(known):
        if not turned and first.rows != other.rows:
            return ShapeError(
                f"{first.name} has {first.rows} rows (shape {shape_text(first.shape)}), "
                f"{other.name} has {other.rows} (shape {shape_text(other.shape)}).",
                _count_hint(first.rows, other.rows),
            )
    files = ", ".join(f"{r.name} {s.name} is {shape_text(s.shape)}" for r, s in present)
    return ShapeError(
        f"{one.name}: shapes do not fit: {files}.",
        turned
        or _columns_hint([s for _, s in present])
        or _axis_hint(one, given)
        or _samples_hint(one, given)
        or _one_class_hint(one, given)
        or f"it takes {', '.join(f'{r.name} {r.shape}' for r, _ in present)}; nothing is ever broadcast.",
    )


def _order_hint(one: Loss, given: Sequence[Source | None]) -> str:
    """The way out where two files fit in each other's place."""
    shapes = [s.shape if s and not r.kind.broadcast else None for r, s in zip(one.inputs, given, strict=True)]
    forms = [form for form in one.signature.forms if _rows_are_samples(one, form, given)]
    present = [i for i, shape in enumerate(shapes) if shape is not None and not one.inputs[i].optional]
    for i, j in itertools.combinations(present, 2):
        turned = list(shapes)
        turned[i], turned[j] = shapes[j], shapes[i]
        if turned != shapes and any(form.match(turned) is not None for form in forms):
            order = " ".join(r.name.upper() for r in one.inputs if not r.optional)
            return (
                f"they fit the other way round: {one.inputs[0].name} comes first."
                if (i, j) == (0, 1)
                else f"they fit in another order: {order}."
            )
    return ""


def _columns_hint(sources: list[Source]) -> str:
    """The way out where one table has a column and another several."""
    wide = next((s for s in sources if len(s.columns) > 1), None)
    if wide is None or len({s.row_shape for s in sources}) == 1:
        return ""
    shown = ", ".join(wide.columns[:8]) + (", …" if len(wide.columns) > 8 else "")
    return f"{wide.name} has the columns {shown}: choose with {wide.name.partition('::')[0]}::COLUMN."


def _count_hint(a: int, b: int) -> str:
    if abs(a - b) == 1:
        return "one row apart: a header read as data (--header), or a lost last row?"
    return "rows are paired one by one; both files must hold the same samples."


def _axis_hint(one: Loss, given: Sequence[Source | None]) -> str:
    """The way out where the classes stand on the last axis."""
    shapes = [s.shape if s and not r.kind.broadcast else None for r, s in zip(one.inputs, given, strict=True)]
    widest = max((len(s) for s in shapes if s), default=0)
    if widest < 3:
        return ""
    moved = [(s[0], s[-1], *s[1:-1]) if s and len(s) == widest else s for s in shapes]
    fits = any("C" in form.inputs[0] and form.match(moved) is not None for form in one.signature.forms)
    return "the classes seem to be the last axis: --class-axis -1." if fits else ""


def _samples_hint(one: Loss, given: Sequence[Source | None]) -> str:
    """The way out where samples stand first, and the loss has them along another axis."""
    shapes = [s.shape if s else None for s in given]
    first, axis = shapes[0], one.inputs[0].axis
    if not axis or first is None or len(first) <= axis:
        return ""
    moved = [(*first[1 : 1 + axis], first[0], *first[1 + axis :]), *shapes[1:]]
    if all(form.match(moved) is None for form in one.signature.forms):
        return ""
    name, wanted = one.inputs[0].name, ", ".join(one.signature.forms[0].inputs[0])
    return f"{name} seems to have its samples first; it takes ({wanted}): array.swapaxes(0, {axis}) in NumPy."


def _one_class_hint(one: Loss, given: Sequence[Source | None]) -> str:
    """The way out where a table has one column for all classes."""
    first = given[0]
    alone = first is not None and first.tabular and len(first.shape) == 1 and "C" in one.signature.forms[0].inputs[0]
    return "a column is a class, and there is one: a yes or no is a matter of a binary loss." if alone else ""


def shape_text(shape: tuple[int, ...]) -> str:
    """A shape for messages; N where a length is not known yet."""
    return str(tuple(shape)).replace(str(UNKNOWN_ROWS), "N")
