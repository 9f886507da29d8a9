"""The explorer: the losses on the left, one of them in the middle, its samples below."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from os.path import basename
from pathlib import Path
from typing import Any, ClassVar, Literal

from rich.text import Text
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import DataTable, OptionList, Static
from textual.widgets.option_list import Option

from losscli.diagnosis.fits import Fit
from losscli.errors import LossCLIError
from losscli.explore.commands import as_typed
from losscli.explore.session import Session, View
from losscli.report.distribution.parts import samples
from losscli.tui import text
from losscli.tui.panes import KEYS, Keys, Losses, Worst
from losscli.tui.picture import WHATS, Pane
from losscli.tui.screens import Number, Page
from losscli.tui.sliders import MOST_SHOWN, Sliders
from losscli.tui.value import Value

_WIDE, _USUAL = 72, 24
"""Columns and rows below which the list and the samples give way to the curve."""
_LOW = 16
"""Rows below which there is one slider alone, that which is moved, and no formula."""
_TALL = 34
"""Rows of a terminal from which both curves are shown to begin with, and formulas are the longer the more there are."""
_HUGE = 50
"""Rows from which there are a dozen samples."""
_FORMULA = 3
"""Lines of a formula in a terminal of usual size."""


class Explorer(App[None]):
    """The program.

    Args:
        session: What is looked at.
        files: What the title says of where it comes from.
        digits: Significant digits.
        theme: ``light`` or ``dark``.

    Attributes:
        failure: Why it left, where it had to.
        copied: The commands that were copied.
        idle: Set while all that was asked for is shown.
    """

    CSS_PATH = "explore.tcss"
    ENABLE_COMMAND_PALETTE = False
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (_WIDE, "-wide")]  # noqa: RUF012 (Textual declares it so)
    VERTICAL_BREAKPOINTS = [(0, "-low"), (_USUAL, "-usual"), (_TALL, "-tall"), (_HUGE, "-huge")]  # noqa: RUF012 (Textual declares it so)
    BINDINGS: ClassVar[list[BindingType]] = [
        *KEYS,
        Binding("ctrl+c", "quit", show=False, priority=True),
        Binding("ctrl+z", "suspend_process", show=False),
    ]

    def __init__(self, session: Session, files: Sequence[str], digits: int = 6, theme: str = "dark") -> None:
        super().__init__()
        self._session, self._files, self._digits = session, list(files), digits
        self.theme = f"textual-{theme}"
        self.failure: BaseException | None = None
        self.copied: list[str] = []
        self.idle = asyncio.Event()
        self._asked = asyncio.Event()
        self._fits: list[Fit] = []
        self._fit: Fit | None = None
        self._values: dict[str, dict[str, Any]] = {}
        self._view: View | None = None
        self._stale = True
        self._asked_for: int | None = None
        self._placed: int | None = None

    def compose(self) -> ComposeResult:
        yield Static("reading …", id="title")
        with Horizontal(id="above"):
            yield Losses(id="losses")
            with Vertical(id="middle"):
                yield Static(id="formula")
                yield Sliders()
                yield Value()
                yield Pane()
        yield Worst(id="worst", cursor_type="row", zebra_stripes=False)
        yield Keys()

    def on_mount(self) -> None:
        """Show that there is something, and begin to read."""
        self.query_one(Pane).what = WHATS[2 if self.size.height >= _TALL else 0]
        self.query_one("#worst").display = self._session.with_data
        self.query_one("#losses").focus()
        # Textual paints what has changed, and the terminal forgot the rest.
        self.app_resume_signal.subscribe(self, lambda _: self.call_later(self._repaint))
        self.run_worker(self._work(), exit_on_error=False)

    def _repaint(self) -> None:
        for screen in self.screen_stack:
            for widget in screen.query("*"):
                widget.refresh(layout=True)

    # The work, one thing after another: of what is asked for meanwhile the last is done next

    async def _work(self) -> None:
        try:
            await self._begin()
            while True:
                await self._asked.wait()
                self._asked.clear()
                await self._answer()
                if not self._asked.is_set():
                    self.idle.set()
        except Exception as error:  # what it is, whoever began this says
            self.failure = error
            self.idle.set()
            self.exit()

    async def _answer(self) -> None:
        """Show the loss with the values that are set by now, and where the sample lies that is marked."""
        assert self._fit is not None
        fit, own, view = self._fit, dict(self._own), self._view
        if self._stale:
            self._stale = False
            view = await asyncio.to_thread(self._session.view, fit, own)
        number = self._under(view)
        places = () if number is None else await asyncio.to_thread(self._session.places, fit, own, number)
        if view is not self._view:
            assert view is not None
            self._show(view)
        self.query_one(Pane).mark(places)
        self._placed = number

    async def _begin(self) -> None:
        self._fit = first = await asyncio.to_thread(self._session.begin)
        self._list([first])
        await self._answer()
        view = self._view
        assert view is not None
        if view.refused is not None and view.curve is None and view.result is None and self._session.with_data:
            raise view.refused
        painted = asyncio.Event()
        self.call_after_refresh(painted.set)
        await painted.wait()  # what comes next takes the processor from painting
        self._list(await asyncio.to_thread(self._session.fits, first))
        self.idle.set()

    def _list(self, fits: list[Fit]) -> None:
        self._fits = fits
        found = self.query_one(Losses)
        with self.prevent(OptionList.OptionHighlighted):
            found.clear_options()
            found.add_options([Option(f.loss.name) for f in fits])
            found.highlighted = next((i for i, f in enumerate(fits) if self._fit and f.loss is self._fit.loss), 0)

    def _ask(self, *, stale: bool = True) -> None:
        """Ask for what is to be seen: all of it, or where the sample lies alone."""
        self._stale = self._stale or stale
        self.idle.clear()
        self._asked.set()

    @property
    def _own(self) -> dict[str, Any]:
        """The values that were set of the loss that is shown."""
        return self._values.setdefault(self._fit.loss.name, {}) if self._fit else {}

    @property
    def _called(self) -> str:
        """The loss that is shown, with the temperature where that is not 1."""
        assert self._fit is not None
        heat = self._session.setting(self._fit, self._own).temperature
        return self._fit.loss.name + ("" if heat == 1.0 else f" of logits / {heat:g}")

    # What is seen

    def _show(self, view: View) -> None:
        self._view = view
        self._slide()
        self._tell_formula()
        self.query_one(Value).show(view, self._digits)
        self.query_one("#title", Static).update(self._title(view))
        self._fill(view)
        self.query_one(Pane).show(view.curve, text.no_picture(view))

    def _tell_formula(self) -> None:
        if self._view is not None:
            height = self.size.height
            more = min(max(0, height - _TALL), 9)
            rows = _FORMULA + more if height >= _USUAL else 1 if height >= _LOW else 0
            self.query_one("#formula", Static).update(text.formula(self._view.setting.loss, rows))

    def on_resize(self) -> None:
        """Tell as much of the formula, and show as many sliders, as there is room for by now."""
        self.call_after_refresh(self._fit_in)

    def _fit_in(self) -> None:
        self._tell_formula()
        self.query_one(Sliders).most = MOST_SHOWN if self.size.height >= _LOW else 1

    def _title(self, view: View) -> Text:
        found = Text("losscli explore", "bold", no_wrap=True, overflow="ellipsis")
        drawn_of = self._session.drawn
        if drawn_of is not None:
            found.append(f"   a random {drawn_of[0]} of {drawn_of[1]} samples")
        elif view.result is not None:
            omitted = f", {view.result.omitted} omitted" if view.result.omitted else ""
            found.append(f"   {view.result.samples} samples{omitted}")
        return found.append("   " + "  ".join(map(basename, self._files)), "dim") if self._files else found

    def _slide(self) -> None:
        """Show the sliders of the loss at the values that are set."""
        assert self._fit is not None
        parameters = self._session.parameters(self._fit)
        self.query_one(Sliders).show(parameters, self._session.values(self._fit, self._own))

    def _fill(self, view: View) -> None:
        table = self.query_one(Worst)
        with self.prevent(DataTable.RowHighlighted):  # which tells that the user chose one
            self._refill(table, view)

    def _refill(self, table: Worst, view: View) -> None:
        at = table.cursor_row
        table.clear(columns=True)
        if self._numbers:
            assert view.apart is not None
            part = samples(view.apart, self._digits)
            sides: list[Literal["left", "right"]] = [
                "right" if i in part.right else "left" for i in range(len(part.columns))
            ]
            rows = [[Text(str(x), justify=side) for x, side in zip(row, sides, strict=True)] for row in part.rows]
            for name, side, *column in zip(part.columns, sides, *rows, strict=True):
                table.add_column(Text(name, justify=side), width=max(len(name), *map(len, column)))
            table.add_rows(rows)
            table.move_cursor(row=min(at, len(rows) - 1), animate=False)
        elif view.result is not None:
            table.add_column("Samples have no losses of their own; / works one out by its number.")

    @property
    def _numbers(self) -> list[int]:
        """The samples that are listed."""
        return _listed(self._view)

    def _under(self, view: View | None) -> int | None:
        """The sample that is marked: the one that was asked for, or that of the row."""
        if self._asked_for is not None:
            return self._asked_for
        numbers = _listed(view)
        return numbers[min(self.query_one(Worst).cursor_row, len(numbers) - 1)] if numbers else None

    # What is done

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        """Show another loss."""
        fit = self._fits[event.option_index]
        if self._fit is None or fit.loss is not self._fit.loss:
            self._fit = fit
            self._slide()
            self._ask()

    def on_sliders_moved(self, event: Sliders.Moved) -> None:
        """Compute with another value."""
        self._own[event.name] = event.value
        self._ask()

    def on_data_table_row_highlighted(self) -> None:
        """Mark another sample on the curve."""
        self._asked_for = None
        if self._under(self._view) != self._placed:
            self._ask(stale=False)

    def on_data_table_row_selected(self) -> None:
        """Work the sample out."""
        self.run_worker(self.action_explain())

    def action_move(self, steps: int) -> None:
        """Move the slider that is marked."""
        self.query_one(Sliders).move(steps)

    def action_default(self) -> None:
        """Put it back."""
        self.query_one(Sliders).back()

    def action_what(self) -> None:
        """Draw the loss, its gradient, or both."""
        self.query_one(Pane).turn()

    def action_theme(self) -> None:
        """Change between light and dark."""
        self.theme = "textual-light" if self.theme == "textual-dark" else "textual-dark"

    async def action_explain(self) -> None:
        """Work out the sample that is marked."""
        row, numbers = self.query_one(Worst).cursor_row, self._numbers
        if 0 <= row < len(numbers):
            await self._explain(numbers[row])

    async def _explain(self, number: int) -> bool:
        """Show a sample worked out; whether there is one."""
        assert self._fit is not None
        try:
            found = await asyncio.to_thread(self._session.explain, self._fit, self._own, number)
        except LossCLIError as error:
            self.notify(text.of_error(error), severity="warning", markup=False)
            return False
        self.push_screen(Page(f"{self._called}: sample {number}", text.explained(found, self._digits)))
        return True

    def action_number(self) -> None:
        """Ask for a sample."""
        if self._session.with_data:
            self.push_screen(Number(), self._to_number)

    async def _to_number(self, number: int | None) -> None:
        if number is None:
            return
        if number in self._numbers:
            self._asked_for = None
            self.query_one(Worst).move_cursor(row=self._numbers.index(number), animate=False)
            await self._explain(number)
        elif await self._explain(number):
            self._asked_for = number
            self._ask(stale=False)

    def action_apart(self) -> None:
        """Take the loss apart."""
        apart = None if self._view is None else self._view.apart
        if apart is None or self._fit is None:
            self.notify("there are no samples with losses of their own.", severity="warning")
        else:
            self.push_screen(Page(f"{self._called}: what makes it up", text.apart(apart, self._digits)))

    def action_copy(self) -> None:
        """Copy the command that prints what is seen."""
        if self._fit is not None:
            command = as_typed(self._session.command(self._fit, self._own))
            self.copied.append(command)
            self.copy_to_clipboard(command)
            self.notify(command, title="copied", timeout=5, markup=False)

    def action_svg(self) -> None:
        """Write the picture, beside what is there already."""
        found = self.query_one(Pane).written()
        if found is None or self._fit is None:
            self.notify("there is no picture to write.", severity="warning")
            return
        try:
            self.notify(f"wrote {_written(self._fit.loss.name, found)}", markup=False)
        except OSError as error:
            self.notify(f"the picture cannot be written ({error.strerror}).", severity="error", markup=False)

    def action_help(self) -> None:
        """Say what the keys do."""
        self.push_screen(Page("keys", text.keys(KEYS)))


def _listed(view: View | None) -> list[int]:
    apart = None if view is None else view.apart
    return [] if apart is None else [one.number for one in apart.worst_samples]


def _written(name: str, content: str) -> str:
    """Write a file that was not there; its name."""
    number = 1
    while True:
        path = f"{name}.svg" if number == 1 else f"{name}-{number}.svg"
        try:
            with Path(path).open("x", encoding="utf-8") as file:
                file.write(content)
            return path
        except FileExistsError:
            number += 1


def theme_of_terminal() -> str:
    """``light`` where the terminal says that its background is."""
    background = os.environ.get("COLORFGBG", "").rpartition(";")[2]
    return "light" if background in ("7", "15") else "dark"
