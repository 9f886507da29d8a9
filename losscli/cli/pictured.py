"""What commands with a picture share: their options, and one of many forms for standard output or a file."""

# Annotations are read when this is imported, at every start: as text they would have to be compiled first.
import importlib
import sys
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

from losscli.cli.messages import emit, tell
from losscli.cli.options import Typed
from losscli.errors import OutputError, UsageError
from losscli.knobs.options import PictureOptions

if TYPE_CHECKING:
    from losscli.output.target import TextFile
    from losscli.report.plot.panel import Picture

DRAWN = (".svg", ".png", ".pdf")
WRITTEN = (".json", ".csv", ".md")


class Pictured(Typed, PictureOptions):
    """What the user asked for, of a command that shows numbers and their picture.

    Attributes:
        plotted: Whether tables have their picture below where nothing is said of it.
    """

    plotted = True

    def check(self) -> None:
        super().check()
        if self.plot and (self.quiet or self.format != "table" or self.output is not None):
            raise UsageError("--plot shows the picture below a table.", "-o FILE.svg writes it to a file.")

    def target(self, inputs: Iterable[str]) -> "AbstractContextManager[TextFile | None]":
        """The file to write, opened before the work, or nothing.

        Raises:
            OutputError: It is a picture that takes a library which is not installed.
        """
        if self.output is not None:
            from losscli.report.plot.raster import require

            require(self.output)
        return self.text_target(inputs, (*WRITTEN, *DRAWN))

    def show(self, what: Any, package: str, target: "TextFile | None", below: Iterable[str] = ()) -> None:
        """Write a record to its file, or to standard output.

        Args:
            what: The record.
            package: Where its renderers are: ``table``, ``json``, ``csv``, ``markdown``, ``quiet`` and ``picture``.
            target: The file, or None.
            below: Sentences below its table and picture.
        """
        if target is None:
            emit(self.printable(self._text(what, package, tuple(below))))
            return
        if target.suffix in DRAWN:
            target.write(self._drawn(what, package, target.suffix, tuple(below)))
        else:
            target.write(self.form(_Forms(what, package, self.digits), target.suffix))
        if not self.quiet:
            tell(f"wrote {target.name}")

    def _text(self, what: Any, package: str, below: tuple[str, ...]) -> str:
        forms = _Forms(what, package, self.digits)
        if not self._table:
            return forms["quiet" if self.quiet else self.format]()
        parts, told = [forms["table"]()], self._wrapped(below)
        wanted = self.plotted if self.plot is None else self.plot
        picture = self._picture(what, package) if wanted else None
        if picture is not None:
            from losscli.report.plot.shown import render_for

            parts.append(render_for(sys.stdout, picture, self.width, self.ascii, told.count("\n")))
        return "".join([*parts, told])

    def _wrapped(self, lines: Iterable[str]) -> str:
        import textwrap

        from losscli.report.plot.shown import columns

        width = columns(sys.stdout, self.width)
        return "".join(textwrap.fill(line, width, break_on_hyphens=False) + "\n" for line in lines)

    @staticmethod
    def _picture(what: Any, package: str) -> "Picture | None":
        found: Picture | None = importlib.import_module(f"{package}.picture").picture(what)
        return found

    def _drawn(self, what: Any, package: str, suffix: str, below: tuple[str, ...]) -> str | bytes:
        from losscli.report.plot import raster, svg

        picture = self._picture(what, package)
        if picture is None:
            raise OutputError(f"{self.output}: there is nothing to draw.", "-f shows the numbers.")
        text = svg.render(picture._replace(notes=(*picture.notes, *below)))
        make: dict[str, Callable[[str], str | bytes]] = {".svg": str, ".png": raster.png, ".pdf": raster.pdf}
        return make[suffix](text)


class _Forms(dict[str, Callable[[], str]]):
    """The forms of a record as text, each imported when it is asked for."""

    def __init__(self, what: Any, package: str, digits: int) -> None:
        super().__init__()
        self._what, self._package, self._digits = what, package, digits

    def __missing__(self, name: str) -> Callable[[], str]:
        render = importlib.import_module(f"{self._package}.{name}").render
        return lambda: str(render(self._what, self._digits))
