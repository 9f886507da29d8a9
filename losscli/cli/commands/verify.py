"""``losscli verify RESULT.json``: a recorded result computed again."""

# Annotations are the knobs' types, read when this is imported.
from losscli.cli.command import on_files
from losscli.cli.options import Shown
from losscli.errors import UsageError
from losscli.knobs import SILENT, knob, refuse_empty


class Verifying(Shown, group="How to compare"):
    """What ``verify`` can be asked for."""

    exact: bool = knob(False, "Ask for the same bits; else numbers may differ by 1e-12 of their size.", signed=SILENT)
    root: str | None = knob(
        None,
        "The folder in which the files lie now; default: where they were, or beside the record.",
        signed=SILENT,
        shown="DIR",
    )
    format: str = knob("table", "What stdout gets.", choices=("table", "json"), signed=SILENT, short="-f")
    quiet: bool = knob(False, "Print nothing: the exit code tells.", signed=SILENT, short="-q")
    output: str | None = knob(None, "Write the result here instead, as .json.", signed=SILENT, shown="FILE", short="-o")
    without = ("digits",)


def _verify(files: list[str], asked: Verifying) -> int:
    if len(files) > 1:
        raise UsageError(f"verify takes one record, and {len(files)} were given.", "verify them one by one.")
    refuse_empty(files[0], "RESULT.json")
    from losscli.report import verification as report
    from losscli.verifying.verify import verify

    with asked.delivering(files, (".json",)) as deliver:
        found = verify(files[0], exact=asked.exact, root=asked.root)
        forms = {
            "table": lambda: report.table(found),
            "json": lambda: report.json(found),
            "quiet": lambda: report.quiet(found),
        }
        deliver(forms, [file.path for file in found.files])
    return 0 if found.verified else 1


app = on_files(
    "verify",
    Verifying,
    _verify,
    "Compute a recorded result again: the same bits, or how far apart and why.",
    "RESULT.json",
    "What `losscli compute ... --record -o RESULT.json` wrote; `-` is standard input.",
)
