"""``losscli explore [LOSS] [FILE...]``: losses that fit files, their parameters under the fingers, in the terminal."""

from __future__ import annotations

import sys
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any

from losscli.cli.messages import emit, tell
from losscli.cli.of_losses import Bare, OfLosses, before_polars
from losscli.cli.options import Shown, Typed
from losscli.errors import UsageError
from losscli.knobs.options import OF_INTERVALS, OF_REFERENCES
from losscli.spec.loss import Loss
from losscli.tui.options import ExploreOptions, ScreenOptions

if TYPE_CHECKING:
    from losscli.output.target import TextFile

SHOTS = (".svg", ".png", ".pdf", ".txt")
_INSTALL = "pip install 'losscli[explore]'"


_OUTPUT = ("format", "quiet", "output")


class Asked(Typed, ExploreOptions):
    """What the user asked for."""

    without = ("per_sample", "by", "keep", "record", "strict", *_OUTPUT, *OF_INTERVALS, *OF_REFERENCES)


class WithoutFiles(Shown, ScreenOptions):
    """What the user asked for, without a loss or a file."""

    without = _OUTPUT


def _without_files(asked: WithoutFiles) -> None:
    values = {name: getattr(asked, name) for name in (*ScreenOptions.knobs, "digits", "debug")}
    _explore([], [], {}, Asked(**values))


def _explore(chosen: list[Loss], files: list[str], own: dict[str, Any], asked: Asked) -> None:
    from importlib.util import find_spec

    if find_spec("textual") is None:
        raise UsageError("explore takes Textual, which is not installed.", _INSTALL)
    if len(chosen) > 1:
        raise UsageError("explore begins with one loss.", "the others that fit stand in its list.")
    names = [text for text in (*files, *own.values(), *asked.beside) if isinstance(text, str)]
    if any(text == "-" or text.startswith("/dev/stdin") for text in names):
        raise UsageError("standard input is where explore reads keys.", "give files for the inputs.")
    import numpy  # noqa: F401 (from where the stack is shallow, see compute)

    from losscli.explore.session import Session
    from losscli.inputs.files import paths_of
    from losscli.inputs.parameters import resolve
    from losscli.tui.run import explore, refuse_unknown_keys

    before_polars(asked.threads)
    refuse_unknown_keys(asked.keys)
    for one in chosen:
        resolve(one, own)
    if asked.screenshot is None and not (sys.stdin is not None and sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError("explore needs a terminal.", "--screenshot FILE.svg writes what it would show.")
    with _target(asked.screenshot, paths_of(names)) as target:
        with Session(chosen[0] if chosen else None, files, own, asked) as session:
            copied, shot = explore(session, files or paths_of(names), asked, asked.digits)
        if target is not None:
            target.write(shot)
    if target is not None:
        tell(f"wrote {target.name}")
    emit("".join(f"{command}\n" for command in copied))


def _target(path: str | None, inputs: list[str]) -> AbstractContextManager[TextFile | None]:
    """The screenshot, opened before the work; or nothing.

    Raises:
        OutputError: It cannot be written, or takes a library which is not installed.
    """
    if path is None:
        return nullcontext()
    from losscli.output.target import TextFile
    from losscli.report.plot.raster import require

    require(path)
    return TextFile(path, SHOTS, inputs, hint=f"a screenshot goes to {' '.join(SHOTS)}.")


app = OfLosses(
    "explore",
    Asked,
    _explore,
    "Look around in the terminal, with sliders, curves and the worst samples: losscli explore PRED TARGET shows the "
    "losses that fit, losscli explore LOSS PRED TARGET begins with one, and without files there are curves alone.",
    alone=True,
    bare=Bare(WithoutFiles, _without_files),
    files_alone=True,
    stream=False,
    names=lambda names: f"[{' '.join(names)}]",
).app
