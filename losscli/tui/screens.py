"""What comes up over the panes: a page of text, and the question for a number."""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import ScrollableContainer
from textual.screen import ModalScreen
from textual.widgets import Input, Static


class Page(ModalScreen[None]):
    """A text that may be longer than the screen."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,e,enter,question_mark", "dismiss", "back"),
        Binding("down,j", "scroll(1)", "down"),
        Binding("up,k", "scroll(-1)", "up"),
        Binding("right,l", "scroll(0, 8)", "right"),
        Binding("left,h", "scroll(0, -8)", "left"),
    ]

    def __init__(self, title: str, text: Text) -> None:
        super().__init__()
        self._title, self._text = title, text

    def compose(self) -> ComposeResult:
        with ScrollableContainer(id="page") as page:
            page.border_title = self._title
            yield Static(self._text)

    def on_resize(self) -> None:
        """Say which keys there are."""
        self.call_after_refresh(self._tell)

    def _tell(self) -> None:
        page = self.query_one("#page")
        keys = [("↑↓", page.max_scroll_y), ("←→", page.max_scroll_x)]
        more = [key for key, hidden in keys if hidden]
        page.border_subtitle = "   ".join([*([f"{' '.join(more)} more"] if more else []), "escape back"])

    def action_scroll(self, lines: int, columns: int = 0) -> None:
        """Show what lies below or above, or beside."""
        self.query_one("#page").scroll_relative(columns, lines, animate=False)


class Number(ModalScreen[int | None]):
    """Asks which sample."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss(None)", "back")]

    def compose(self) -> ComposeResult:
        yield Input(placeholder="number of a sample, from 0", type="integer", id="number", compact=True)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Take the number."""
        self.dismiss(int(event.value) if event.value.strip("+-").isdecimal() else None)
