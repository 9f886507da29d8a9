"""What knobs ``compare`` has of its own."""

# Annotations are the knobs' types, read when this is imported: as text they would have to be compiled first.
from typing import Any

from losscli.knobs import BESIDE, PLACED, SILENT, knob
from losscli.knobs.options import MOST_RESAMPLES, OF_REFERENCES, Options, OutputOptions, level_of


class CompareOptions(Options, group="How to compare"):
    """How predictions are compared, beside how each loss is computed."""

    without = ("per_sample", "record", "ci", "ci_method", *OF_REFERENCES)
    reduction: str = knob("mean", "As in torch.", choices=("mean", "sum", "batchmean"), signed=PLACED, short="-r")
    method: str = knob(
        "guarded",
        "How interval and p-value are made.",
        choices=("guarded", "t", "sign-flip", "percentile"),
        signed=SILENT,
    )
    level: Any = knob(0.95, "The level of intervals: 0.95 or 95%.", signed=SILENT, shown="LEVEL")
    mdc_power: Any = knob(0.8, "How often a change of the size told would be shown.", signed=SILENT, shown="SHARE")
    correct: str = knob(
        "holm",
        "How p-values are adjusted for the number of comparisons and groups.",
        choices=("holm", "bh", "none"),
        signed=SILENT,
    )
    all_pairs: bool = knob(False, "Compare every two models, not each with the first.", signed=SILENT)
    keep: tuple[str, ...] = knob(
        (), "Columns to show beside the samples that changed most.", signed=BESIDE, shown="COLUMN,..."
    )
    resamples: int = knob(1999, "Resamples of percentile.", least=1, most=MOST_RESAMPLES, signed=SILENT, shown="N")
    seed: int = knob(0, "Which numbers percentile draws.", least=0, signed=SILENT, shown="N")
    top: int = knob(5, "Show the K samples that changed most.", least=0, signed=SILENT, shown="K")
    runs: bool = knob(False, "The models are runs of one recipe: tell how far apart they are.", signed=SILENT)

    def check(self) -> None:
        super().check()
        self.level = level_of(self.level, self.called("level"))
        self.mdc_power = level_of(self.mdc_power, self.called("mdc_power"))


class CompareOutputOptions(OutputOptions):
    """How ``compare`` shows what it found, and where."""

    quiet: bool = knob(False, "Only the differences, one line a comparison.", signed=SILENT, short="-q")
    output: str | None = knob(
        None, "Write the result here instead: .json .csv .md.", signed=SILENT, shown="FILE", short="-o"
    )
