"""A run of the explorer: in a terminal, or without one to a screenshot after some keys."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Any

from losscli.errors import UsageError
from losscli.explore.session import Session
from losscli.tui.app import Explorer, theme_of_terminal
from losscli.tui.options import ExploreOptions

if TYPE_CHECKING:
    from textual.pilot import Pilot

_PATIENCE_S = 600.0
_NAMES = {"/": "slash", "?": "question_mark", "shift-tab": "shift+tab", "esc": "escape"}
"""Keys by what people call them."""


def explore(
    session: Session, files: Sequence[str], options: ExploreOptions, digits: int = 6
) -> tuple[list[str], str | bytes]:
    """Show what there is to see until the user leaves.

    Args:
        session: What is looked at.
        files: Where it comes from, for the title.
        options: What is shown first.
        digits: Significant digits.

    Returns:
        The commands that were copied, and the screenshot if one was asked for, in its format.

    Raises:
        losscli.LossCLIError: The inputs cannot be read, or no loss fits them.
    """
    app = Explorer(session, files, digits, options.theme or theme_of_terminal())
    shots: list[str | bytes] = []

    async def pressed(pilot: Pilot[None]) -> None:
        await press(app, pilot, options.keys)
        if options.screenshot is not None and app.failure is None:
            shots.append(_shot(app, options.screenshot))
            app.exit()

    begun: Callable[[Pilot[Any]], Awaitable[None]] | None = pressed if options.keys or options.screenshot else None
    if options.screenshot is None:
        app.run(auto_pilot=begun)  # type: ignore[arg-type]
    else:
        app.run(headless=True, size=options.columns_and_rows(), auto_pilot=begun)  # type: ignore[arg-type]
    if app.failure is not None:
        raise app.failure
    return app.copied, shots[0] if shots else ""


async def press(app: Explorer, pilot: Pilot[None], keys: Sequence[str]) -> None:
    """Press keys, each when all that the one before asked for is shown.

    Raises:
        UsageError: There is no such key.
    """
    await settled(app, pilot)
    for key in keys:
        await pilot.press(_NAMES.get(key, key))
        await settled(app, pilot)


async def settled(app: Explorer, pilot: Pilot[None]) -> None:
    """Wait until all that was asked for is shown."""
    await pilot.pause()
    await asyncio.wait_for(app.idle.wait(), _PATIENCE_S)
    await pilot.pause()


def _shot(app: Explorer, path: str) -> str | bytes:
    from losscli.report.plot import raster

    suffix = path[path.rfind(".") :].lower()
    if suffix == ".txt":
        return screen_text(app)
    svg = app.export_screenshot(title="losscli explore")
    if suffix in raster.SUFFIXES:
        return raster.png(svg) if suffix == ".png" else raster.pdf(svg)
    return svg


def screen_text(app: Explorer) -> str:
    """The screen as plain text, without trailing blanks."""
    rows = app.screen._compositor.render_strips(app.size)
    return "".join("".join(segment.text for segment in row).rstrip() + "\n" for row in rows)


def refuse_unknown_keys(keys: Sequence[str]) -> None:
    """Raise where a key has no name that could be one.

    Raises:
        UsageError: There is one.
    """
    from textual.keys import Keys

    known = {key.value for key in Keys} | set(_NAMES) | {"space"}
    for key in keys:
        if len(key) != 1 and key not in known and key not in set(_NAMES.values()):
            raise UsageError(f"there is no key {key!r}.", "keys are typed as tab,right,right,g or down,e.")
