"""What ``explore`` can be asked for."""

# Annotations are the knobs' types, read when this is imported: as text they would have to be compiled first.
import re

from losscli.errors import UsageError
from losscli.knobs import PLACED, SILENT, Knobs, knob
from losscli.knobs.options import SHOWN, Options

_LEAST = (60, 20)
"""Columns and rows below which nothing can be told apart."""
_MOST = 500


class ScreenOptions(Knobs, group=SHOWN):
    """What is shown first, and where: none of it changes a number."""

    keys: tuple[str, ...] = knob((), "Keys that are pressed to begin with.", signed=SILENT, shown="KEY,...")
    screenshot: str | None = knob(
        None,
        "Write the screen here, .svg .png .pdf or .txt, and leave: it takes no terminal.",
        signed=SILENT,
        shown="FILE",
    )
    size: str | None = knob(
        None, "Of the screenshot, in columns and rows; default: 80x24.", signed=SILENT, shown="COLUMNSxROWS"
    )
    theme: str | None = knob(
        None,
        "Light or dark; default: as the terminal says it is, else dark.",
        choices=("light", "dark"),
        signed=SILENT,
    )

    def check(self) -> None:
        super().check()
        if self.size is not None:
            self.columns_and_rows()
            if self.screenshot is None:
                raise UsageError("--size is that of a screenshot, and none is asked for.", "--screenshot FILE.svg")

    def columns_and_rows(self) -> tuple[int, int]:
        """The size of a screenshot.

        Raises:
            UsageError: It is none.
        """
        if self.size is None:
            return 80, 24
        found = re.fullmatch(r"(\d{1,4})[x×](\d{1,4})", self.size.strip())
        columns, rows = (int(found[1]), int(found[2])) if found else (0, 0)
        if not (_LEAST[0] <= columns <= _MOST and _LEAST[1] <= rows <= _MOST):
            raise UsageError(
                f"--size is {self.size!r}.", f"it is typed as 120x40, and {_LEAST[0]}x{_LEAST[1]} is the least."
            )
        return columns, rows


class ExploreOptions(Options, ScreenOptions):
    """How to compute what is looked at, and what is shown first."""

    reduction: str = knob("mean", "As in torch.", choices=("mean", "sum", "batchmean"), signed=PLACED, short="-r")
