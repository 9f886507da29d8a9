"""The lists of the explorer, its losses and its samples, and the keys that hold in all of it."""

from __future__ import annotations

from typing import ClassVar

from rich.style import Style
from rich.text import Text
from textual.binding import Binding, BindingType
from textual.widget import Widget
from textual.widgets import DataTable, OptionList

KEYS = (
    Binding("left,h", "move(-1)", show=False, tooltip="the slider that is marked a fortieth down"),
    Binding("right,l", "move(1)", "slider", key_display="←→", tooltip="or up"),
    Binding("0", "default", show=False, tooltip="put it to its default"),
    Binding("e", "explain", "explain", tooltip="the sample that is marked, worked out; enter does the same"),
    Binding("d", "apart", "apart", tooltip="what makes the loss up: quantiles, bins, classes, worst samples"),
    Binding("g", "what", "gradient", tooltip="draw the loss, its gradient, or both"),
    Binding("slash", "number", "sample", key_display="/", tooltip="a sample by its number"),
    Binding("c", "copy", "copy", tooltip="copy the command that prints what is seen, and leave it behind"),
    Binding("s", "svg", "svg", tooltip="write the picture as SVG into this folder"),
    Binding("t", "theme", show=False, tooltip="light or dark"),
    Binding("question_mark", "help", "help", key_display="?", tooltip="this page"),
    Binding("q", "quit", "quit", tooltip="leave; ctrl-c does, too"),
)
"""What is said of them is the help."""


class Losses(OptionList):
    """The losses that fit."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j", "cursor_down", show=False),
        Binding("k", "cursor_up", show=False),
    ]


class Worst(DataTable[Text], inherit_bindings=False):
    """The samples with the largest losses."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,j", "cursor_down", show=False),
        Binding("up,k", "cursor_up", show=False),
        Binding("enter", "select_cursor", show=False),
        Binding("pagedown", "page_down", show=False),
        Binding("pageup", "page_up", show=False),
        Binding("home", "scroll_top", show=False),
        Binding("end", "scroll_bottom", show=False),
    ]


class Keys(Widget):
    """The line of keys, each of which can be clicked: one widget, where Textual's footer is one for each key."""

    def __init__(self) -> None:
        super().__init__(id="keys")

    def render(self) -> Text:
        """The line."""
        found = Text(no_wrap=True, overflow="crop")
        for key in KEYS:
            if key.show:
                shown = key.key_display or key.key
                act = Style(meta={"@click": f"app.{key.action}"})
                found.append(f"{shown} ", Style(bold=True) + act).append(f"{key.description} ", act)
        return found
