"""What the panes say: the formula, the cells of samples, the keys."""

from __future__ import annotations

import io
from collections.abc import Iterable
from typing import TYPE_CHECKING

from rich.text import Text

from losscli.report.numbers import plain

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
    shown = lines if len(lines) <= rows else [*lines[: rows - 1], f"{lines[rows - 1]} …"] if rows else []
    return Text("\n", no_wrap=True, overflow="ellipsis").join([Text(one.doc.title, "bold"), *map(Text, shown)])


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
