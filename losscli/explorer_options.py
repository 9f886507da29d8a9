"""Knobs of the commands that take a loss apart, declared as those in :mod:`losscli.options` are."""

# Annotations are the knobs' types, read when this is imported: as text they would have to be compiled first.
from losscli.knobs import BESIDE, PLACED, SILENT, knob
from losscli.options import SAMPLES, Options, OutputOptions


class DistOptions(Options, group=SAMPLES):
    """How a loss is taken apart, beside how it is computed."""

    reduction: str = knob("mean", "As in torch.", choices=("mean", "sum", "batchmean"), signed=PLACED, short="-r")
    reference: bool = knob(
        True, "What the best constant prediction gets on the same targets, and the skill over it.", signed=SILENT
    )
    by: tuple[str, ...] = knob((), "Also what groups of samples have of it.", signed=BESIDE, shown="COLUMN,...")
    keep: tuple[str, ...] = knob((), "Columns to show beside the worst samples.", signed=BESIDE, shown="COLUMN,...")
    worst: int = knob(5, "Show the K samples that add most.", least=0, signed=SILENT, shown="K")


class DistOutputOptions(OutputOptions):
    """How ``dist`` shows what it found, and where."""

    quiet: bool = knob(False, "Only the loss.", signed=SILENT, short="-q")
    output: str | None = knob(
        None, "Write the result here instead: .json .csv .md.", signed=SILENT, shown="FILE", short="-o"
    )
