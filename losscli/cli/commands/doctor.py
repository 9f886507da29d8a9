"""``losscli doctor FILE...``: what is in files, which losses fit, what looks wrong."""

# Annotations are the knobs' types, read when this is imported.
from losscli.cli.command import on_files
from losscli.cli.messages import tell_error
from losscli.cli.options import Shown
from losscli.knobs import SILENT, knob
from losscli.knobs.options import SHOWN, Options, ReadOptions


class Asked(ReadOptions, Shown):
    """What ``doctor`` can be asked for."""

    on: tuple[str, ...] = Options.knobs["on"]  # type: ignore[assignment]
    unmatched: str = Options.knobs["unmatched"]  # type: ignore[assignment]
    class_axis: int | None = Options.knobs["class_axis"]  # type: ignore[assignment]
    shift: int = Options.knobs["shift"]  # type: ignore[assignment]
    strict: bool = knob(False, "Let warnings count as errors.", signed=SILENT, group=SHOWN)
    format: str = knob("table", "What stdout gets.", choices=("table", "json"), signed=SILENT, short="-f")
    quiet: bool = knob(False, "Only the codes of what was found.", signed=SILENT, short="-q")
    output: str | None = knob(
        None, "Write the diagnosis here instead, as .json.", signed=SILENT, shown="FILE", short="-o"
    )
    without = ("missing",)


def _doctor(files: list[str], asked: Asked) -> int:
    from losscli.diagnosis.doctor import doctor
    from losscli.inputs.files import paths_of
    from losscli.report import diagnosis as report

    together = ("on", "unmatched", "class_axis", "shift")
    names = [name for name in (*ReadOptions.knobs, *together) if name not in asked.without]
    reading = {name: getattr(asked, name) for name in names}
    with asked.delivering(paths_of(files), (".json",)) as deliver:
        found = doctor(*files, strict=asked.strict, **reading)
        forms = {
            "table": lambda: report.table(found, report.width(), asked.digits),
            "json": lambda: report.json(found),
            "quiet": lambda: report.quiet(found),
        }
        deliver(forms)
    refused = None if found.together is None else found.together.refused
    if asked.quiet and refused is not None:  # which has no code
        tell_error(refused.message, refused.hint)
    return 0 if found.healthy else 1


app = on_files(
    "doctor",
    Asked,
    _doctor,
    "Tell what is in files, which losses fit them, and what looks wrong: losscli doctor PRED TARGET.",
    "FILE...",
    "The prediction, then the target; `-` is standard input. PATH::COLUMN chooses columns.",
)
