"""``losscli reconcile VALUE FILE...``: which convention gives the number that somebody reported?"""

# Annotations are the knobs' types, read when this is imported.
from typing import Any

from losscli.cli.command import on_files
from losscli.cli.options import Shown
from losscli.errors import UsageError
from losscli.knobs import SILENT, knob
from losscli.knobs.options import ReadOptions


class Asked(ReadOptions, Shown, group="What is tried"):
    """What ``reconcile`` can be asked for."""

    losses: tuple[str, ...] = knob(
        (), "Only these losses; by default all that fit.", signed=SILENT, shown="LOSS,...", long="--loss"
    )
    batch_sizes: tuple[str, ...] = knob(
        (), "Sizes of batches to try: 32,64 or 1-512; by default the usual ones.", signed=SILENT, shown="N,...|A-B"
    )
    weight: Any = knob(None, "The weights of the classes, if they are known.", signed=SILENT, shown="FILE|NUMBERS")
    every: bool = knob(False, "With many samples, too, try three departures at once.", signed=SILENT, long="--all")
    format: str = knob("table", "What stdout gets.", choices=("table", "json"), signed=SILENT, short="-f")
    quiet: bool = knob(False, "Only the simplest match.", signed=SILENT, short="-q")
    output: str | None = knob(None, "Write the result here instead, as .json.", signed=SILENT, shown="FILE", short="-o")
    without = ("digits",)

    def sizes(self) -> list[int]:
        """The sizes of batches.

        Raises:
            UsageError: One is none.
        """
        found: list[int] = []
        for text in self.batch_sizes:
            first, dash, last = text.partition("-")
            sizes = range(0)
            if first.isdecimal() and (last.isdecimal() or not dash):
                sizes = range(int(first), int(last if dash else first) + 1)
            if not sizes or not sizes[0]:
                raise UsageError(f"--batch-sizes holds {text!r}.", "sizes are 32,64 or a range 1-512.")
            found += sizes
        return found


def _reconcile(given: list[str], asked: Asked) -> int:
    from losscli.inputs.files import paths_of
    from losscli.reconciling.search import reconcile
    from losscli.report import reconciled as report
    from losscli.report.diagnosis import width

    if len(given) < 2:
        raise UsageError(
            "reconcile needs a number and the files it was computed of.", "losscli reconcile 0.2765 PRED TARGET"
        )
    value, *files = given
    reading = {name: getattr(asked, name) for name in ReadOptions.knobs}
    paths = paths_of([*files, *([] if asked.weight is None else [asked.weight])])
    with asked.delivering(paths, (".json",)) as deliver:
        found = reconcile(
            value,
            *files,
            loss=",".join(asked.losses),
            batch_sizes=asked.sizes(),
            weight=asked.weight,
            every=asked.every,
            **reading,
        )
        forms = {
            "table": lambda: report.table(found, width()),
            "json": lambda: report.json(found),
            "quiet": lambda: report.quiet(found),
        }
        deliver(forms)
    return 0 if found.matches else 1


app = on_files(
    "reconcile",
    Asked,
    _reconcile,
    "Find the convention that gives a number that somebody reported: losscli reconcile 0.2765 PRED TARGET. Exit code "
    "0: something agrees, 1: nothing does.",
    "VALUE FILE...",
    "The number with the digits that were reported; then the prediction and the target.",
)
