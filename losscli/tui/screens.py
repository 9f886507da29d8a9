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
    ]

    def __init__(self, title: str, text: Text) -> None:
        super().__init__()
        self._title, self._text = title, text

    def compose(self) -> ComposeResult:
        with ScrollableContainer(id="page") as page:
            page.border_title = self._title
            page.border_subtitle = "escape: back"
            yield Static(self._text)

    def action_scroll(self, lines: int) -> None:
        """Show what lies below, or above."""
        self.query_one("#page").scroll_relative(y=lines, animate=False)


class Number(ModalScreen[int | None]):
    """Asks which sample."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss(None)", "back")]

    def compose(self) -> ComposeResult:
        yield Input(placeholder="number of a sample, from 0", type="integer", id="number", compact=True)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Take the number."""
        self.dismiss(int(event.value) if event.value.strip("+-").isdecimal() else None)
