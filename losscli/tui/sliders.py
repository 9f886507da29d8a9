"""The parameters of a loss, one below the other, each with a slider."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from rich.text import Text
from textual.binding import Binding, BindingType
from textual.events import Click, MouseDown, MouseMove, MouseUp
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from losscli.report.numbers import shortest
from losscli.spec.loss import Parameter
from losscli.tui.scale import Scale, scale_of

MOST_SHOWN = 5
_LEAST_BAR = 8


class Sliders(Widget, can_focus=True):
    """Every parameter with its value; that which the arrow keys move is marked.

    Attributes:
        chosen: Which it is.
        most: How many are shown at most; the others come up as one moves to them.
    """

    most = reactive(MOST_SHOWN, layout=True)

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "choose(-1)", show=False),
        Binding("down,j", "choose(1)", show=False),
    ]

    class Moved(Message):
        """A parameter has another value."""

        def __init__(self, name: str, value: Any) -> None:
            super().__init__()
            self.name, self.value = name, value

    def __init__(self) -> None:
        super().__init__(id="sliders")
        self.scales: list[Scale] = []
        self.values: dict[str, Any] = {}
        self.chosen = 0
        self._held = False

    def show(self, parameters: Iterable[Parameter], values: Mapping[str, Any]) -> None:
        """Show parameters at their values."""
        first = sorted(parameters, key=lambda p: p.type != "float")  # what is real is what one slides
        scales = [scale for p in first if (scale := scale_of(p)) is not None]
        if [s.name for s in scales] != [s.name for s in self.scales]:
            self.chosen = 0
        self.scales, self.values = scales, dict(values)
        self.can_focus = bool(scales)
        self.watch_most()
        self.display = bool(scales)
        self.refresh(layout=True)

    def watch_most(self) -> None:
        """Take as many rows as are shown."""
        self.styles.height = min(len(self.scales), self.most)

    def move(self, steps: int) -> None:
        """Move the chosen one by so many fortieths."""
        if self.scales:
            scale = self.scales[self.chosen]
            self._set(scale, scale.moved(self.values[scale.name], steps))

    def back(self) -> None:
        """Put the chosen one to its default."""
        if self.scales:
            self._set(self.scales[self.chosen], self.scales[self.chosen].default)

    def _set(self, scale: Scale, value: Any) -> None:
        if value != self.values[scale.name] or type(value) is not type(self.values[scale.name]):
            self.values[scale.name] = value
            self.refresh()
            self.post_message(self.Moved(scale.name, value))

    def action_choose(self, step: int) -> None:
        """Choose the next parameter, or the one before."""
        self.chosen = min(max(self.chosen + step, 0), len(self.scales) - 1)
        self.refresh()

    # The mouse

    def on_mouse_down(self, event: MouseDown) -> None:
        """Take hold of a slider."""
        row = self._first + event.y
        if row < len(self.scales):
            self.chosen, self._held = row, True
            self.capture_mouse()
            self._to(event.x)
            self.refresh()

    def on_mouse_move(self, event: MouseMove) -> None:
        """Draw it along."""
        if self._held:
            self._to(event.x)

    def on_mouse_up(self, event: MouseUp) -> None:
        """Let it go."""
        self._held = False
        self.release_mouse()

    def on_click(self, event: Click) -> None:
        """What is clicked is no one else's."""
        event.stop()

    def on_mouse_scroll_up(self) -> None:
        """The wheel moves it, too."""
        self.move(1)

    def on_mouse_scroll_down(self) -> None:
        """The wheel moves it, too."""
        self.move(-1)

    def _to(self, x: int) -> None:
        left, length = self._bar
        if left <= x < left + length:
            scale = self.scales[self.chosen]
            self._set(scale, scale.at((x - left) / max(1, length - 1)))

    # What is seen

    @property
    def _first(self) -> int:
        """The parameter in the first row, where not all have one."""
        return max(0, min(self.chosen - self.most + 1, len(self.scales) - self.most))

    @property
    def _bar(self) -> tuple[int, int]:
        """Where the bars begin, and how long they are; how far they go is told where there is room for it."""
        left = 3 + max(len(s.name) for s in self.scales) + 1 + max(len(_text(v)) for v in self._shown)
        right = 1 + max(len(s.words) for s in self.scales)
        room = self.size.width - left
        return left, room - right if room - right >= _LEAST_BAR else room if room > 1 else 0

    @property
    def _shown(self) -> list[Any]:
        return [self.values[s.name] for s in self.scales]

    def render(self) -> Text:
        """The rows."""
        if not self.scales:
            return Text()
        left, length = self._bar
        names = max(len(s.name) for s in self.scales)
        found = Text(no_wrap=True, overflow="crop")
        for number, scale in enumerate(self.scales[self._first : self._first + self.most], self._first):
            chosen, value = number == self.chosen, self.values[scale.name]
            at = round(scale.part(value) * (length - 1))
            style = "bold" if chosen else ""
            values = left - names - 4
            found.append("▸ " if chosen else "  ", style)
            found.append(f"{scale.name:<{names}} {_text(value):>{values}} ", style)
            if length:
                found.append("━" * at, "cyan" if chosen else "dim")
                found.append("●", style)
                found.append("─" * (length - at - 1), "dim")
            found.append(f" {scale.words}\n" if left + length < self.size.width else "\n", "dim")
        found.right_crop(1)
        return found


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    return "-" if value is None else shortest(value) if isinstance(value, float) else str(value)
