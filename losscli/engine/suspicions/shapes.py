"""What the shape of a prediction looks like, where nothing else tells which axis is which."""

from __future__ import annotations

from typing import TYPE_CHECKING

from losscli.data.source import UNKNOWN_ROWS
from losscli.errors import Finding

if TYPE_CHECKING:
    from losscli.engine.plan import Job

_MANY_CLASSES = 16
_ALIKE = 4
"""How many times longer than the other an image's side is at most."""


def masks(job: Job) -> list[Finding]:
    """L110: images that may have lost their class axis, so that their height would count as classes.

    Only where the target has the prediction's shape: labels have no class axis and so tell where it is.
    """
    axes = job.form.inputs[0]
    pred, shape = job.inputs[0], job.inputs[0].row_shape
    if axes != ("N", "C", "*") or job.form.inputs[1] != axes or pred.kind.classes_first or pred.source is None:
        return []
    classes, *positions = shape
    if classes < _MANY_CLASSES or len(positions) > 1:
        return []
    if positions and not classes <= _ALIKE * positions[0] <= _ALIKE**2 * classes:
        return []
    count = "N" if pred.source.rows >= UNKNOWN_ROWS else str(pred.source.rows)
    each = f"{positions[0]} positions" if positions else "one position"
    text = (
        f"{pred.source.name}: shape ({', '.join([count, *map(str, shape)])}) is read as {count} images of {classes} "
        f"classes with {each} each; is it {'masks of height and width' if positions else 'one mask'}?"
    )
    wanted, way = ("(N, 1, H, W)", "[:, None]") if positions else ("(1, 1, H, W)", "[None, None]")
    return [Finding("L110", text, f"masks of one class have the shape {wanted}: array{way} in NumPy.")]


def square(job: Job) -> list[Finding]:
    """L111: as many positions as classes, beside labels that fit either way: nothing tells which axis holds which."""
    axes, pred = job.form.inputs[0], job.inputs[0]
    if axes != ("N", "C", "*") or len(job.inputs) < 2 or pred.source is None or pred.source.axis_told:
        return []
    classes, *positions = pred.row_shape
    labels = job.inputs[1].kind.dtype == "label" and list(job.inputs[1].row_shape) == positions
    if not labels or classes < 2 or not positions or positions != [classes, *positions[:-1]]:
        return []
    shape = ", ".join(map(str, pred.row_shape))
    text = f"{pred.source.name}: shape (N, {shape}) has its classes on axis 1, or on the last: both are {classes} long."
    return [Finding("L111", text, "--class-axis -1 takes the last, and --class-axis 1 says that it is axis 1.")]
