"""The loss with its fraction, in as many words as there is room for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.text import Text
from textual.widget import Widget

from losscli.report.numbers import plain, rounded

if TYPE_CHECKING:
    from losscli.explore.session import View


class Value(Widget):
    """The loss, what it is made of, and what the worst samples hold of it; or why there is none."""

    def __init__(self) -> None:
        super().__init__(id="value")
        self._view: View | None = None
        self._digits = 6

    def show(self, view: View, digits: int) -> None:
        """Show the loss of a view."""
        self._view, self._digits = view, digits
        self.refresh(layout=True)

    def render(self) -> Text:
        """The line, and below it the first warning."""
        view = self._view
        if view is None:
            return Text()
        if view.result is None:
            return Text() if view.refused is None or view.curve is not None else _refused(view.refused)
        found = line(view, self._digits, self.container_size.width if self.size.width == 0 else self.size.width)
        for one in view.result.warnings[:1]:
            found.append(f"\nWarning {one.code}: {plain(' '.join(one.message.split()))}", "yellow")
        return found


def line(view: View, digits: int, width: int) -> Text:
    """One line of so many columns at most: first goes what the worst samples hold, then what is counted, then the
    fraction; the number never."""
    result = view.result
    assert result is not None
    number, fraction, counted, worst = rounded(result.value, digits), "", "", ""
    if result.numerator is not None and result.denominator is not None:
        made = f"   its {result.made_of} is " if result.made_of else " = "
        fraction = f"{made}{rounded(result.numerator, digits)} / {rounded(result.denominator, digits)}"
        counted = f" {result.denominator_is}"
    first = view.apart.worst[0] if view.apart is not None and view.apart.worst else None
    if first is not None and first.share is not None:
        worst = f"   worst {100 * first.q:g} %: {100 * first.share:.1f} % of it"
    for parts in ((fraction, counted, worst), (fraction, "", worst), (fraction, counted), (fraction,), ()):
        if len(number) + sum(map(len, parts)) <= width:
            break
    found = Text(no_wrap=True, overflow="ellipsis")
    found.append(number, "bold")
    for part in parts:
        found.append(part, "dim" if part is worst else "")
    return found


def _refused(error: Any) -> Text:
    found = Text(f"Error: {plain(' '.join(error.message.split()))}", "red")
    return found.append(f"\nHint: {plain(' '.join(error.hint.split()))}", "") if error.hint else found
