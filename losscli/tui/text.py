"""What the panes say: the formula, the value with its fraction, the cells of samples, the keys."""

from __future__ import annotations

import io
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from rich.text import Text

from losscli.report.numbers import plain, rounded

if TYPE_CHECKING:
    from textual.binding import Binding

    from losscli.errors import LossCLIError
    from losscli.explore.session import View
    from losscli.results.distribution import Distribution
    from losscli.results.explanation import Explanation
    from losscli.spec.loss import Loss

_SHOWN = {"left": "←", "right": "→", "slash": "/", "question_mark": "?"}
"""Keys as they are shown, where that is not what Textual calls them."""
_MOVING = (
    ("↑ ↓  j k", "the loss, parameter or sample below, or above"),
    ("tab  shift-tab", "the next pane, or the one before"),
)
"""Keys that each pane has, or Textual."""


def formula(one: Loss, rows: int) -> Text:
    """The title of a loss, and so many lines of its formula."""
    lines = [line.rstrip() for line in one.doc.sections.get("Formula", "").strip().splitlines()]
    shown = lines if len(lines) <= rows else [*lines[: rows - 1], f"{lines[rows - 1]} …"]
    return Text("\n", no_wrap=True, overflow="ellipsis").join([Text(one.doc.title, "bold"), *map(Text, shown)])


def value(view: View, digits: int) -> Text:
    """The loss with its fraction, and what the worst samples hold of it; or why there is none."""
    if view.result is None:
        return Text() if view.refused is None or view.curve is not None else _refused(view.refused)
    result = view.result
    found = Text(no_wrap=True, overflow="ellipsis")
    found.append(rounded(result.value, digits), "bold")
    if result.numerator is not None and result.denominator is not None:
        over = f"{rounded(result.denominator, digits)} {result.denominator_is}"
        found.append(f"   its {result.made_of} is " if result.made_of else " = ")
        found.append(f"{rounded(result.numerator, digits)} / {over}")
    worst = view.apart.worst[0] if view.apart is not None and view.apart.worst else None
    if worst is not None and worst.share is not None:
        found.append(f"   worst {100 * worst.q:g} %: {100 * worst.share:.1f} % of it", "dim")
    for one in result.warnings[:1]:
        found.append(f"\nWarning {one.code}: {plain(' '.join(one.message.split()))}", "yellow")
    return found


def _refused(error: Any) -> Text:
    found = Text(f"Error: {plain(' '.join(error.message.split()))}", "red")
    return found.append(f"\nHint: {plain(' '.join(error.hint.split()))}", "") if error.hint else found


def no_picture(view: View) -> Text:
    """Why nothing is drawn."""
    if view.refused is None or view.result is None:
        return Text()
    return Text(" ".join(view.refused.message.split()), "dim")


def explained(found: Explanation, digits: int) -> Text:
    """A sample, worked out."""
    from losscli.report.explanation.table import render

    return Text(render(found, digits, io.StringIO()).rstrip("\n"))


def apart(found: Distribution, digits: int) -> Text:
    """What makes a loss up."""
    from losscli.report.distribution.table import render

    return Text(render(found, digits, io.StringIO()).rstrip("\n"))


def of_error(error: LossCLIError) -> str:
    """An error in one line, with its hint."""
    return plain(" ".join(f"{error.message} {error.hint}".split()))


def keys(bindings: Iterable[Binding]) -> Text:
    """Every key and what it does."""
    own = [("  ".join(_SHOWN.get(k, k) for k in one.key.split(",")), one.tooltip) for one in bindings]
    return Text("\n").join(Text.assemble((f"{key:<16}", "bold"), does) for key, does in (*_MOVING, *own))
