"""Knobs of ``check``: limits, the baseline, the config, and what becomes of the verdicts."""

# Annotations are the knobs' types, read when this is imported: as text they would have to be compiled first.
from typing import Any

from losscli.errors import UsageError
from losscli.knobs import PLACED, SILENT, Knobs, knob
from losscli.knobs.options import LEAST_DOUBT, OF_INTERVALS, OF_REFERENCES, Options, OutputOptions


class CheckOptions(Options, group="Limits and baseline"):
    """What a loss must keep to, beside how it is computed."""

    without = ("per_sample", "keep", "record", *OF_REFERENCES, *(name for name in OF_INTERVALS if name != "cluster"))
    reduction: str = knob("mean", "As in torch.", choices=("mean", "sum", "batchmean"), signed=PLACED, short="-r")
    max: float | None = knob(None, "Fail above this.", signed=SILENT, shown="X")
    min: float | None = knob(None, "Fail below this.", signed=SILENT, shown="X")
    max_increase: Any = knob(
        None, "Fail if it is more than that above the baseline; 2% is of the baseline.", signed=SILENT, shown="X|P%"
    )
    max_decrease: Any = knob(
        None, "Fail if it is more than that below the baseline, which is stale then.", signed=SILENT, shown="X|P%"
    )
    against: Any = knob(
        None, "Predictions to compare with, sample by sample, in place of a baseline.", signed=SILENT, shown="FILE"
    )
    rule: str = knob(
        "point",
        "When a change counts: as it is; if it is significantly more than allowed; unless it is proven to be no more.",
        choices=("point", "significant", "proven"),
        signed=SILENT,
    )
    significance: float = knob(0.05, "How often significant and proven may be wrong.", signed=SILENT, shown="P")
    min_samples: int | None = knob(None, "Fail with fewer samples.", least=1, signed=SILENT, shown="N")
    save_samples: bool = knob(
        False, "Store the samples' losses too, with which significant and proven need no --against.", signed=SILENT
    )

    def check(self) -> None:
        super().check()
        if not LEAST_DOUBT <= self.significance <= 0.5:
            raise UsageError(
                f"{self.called('significance')} is {self.significance:g}.",
                f"it is above 0 ({LEAST_DOUBT:g} or more) and at most 0.5.",
            )


class BaselineOptions(Knobs, group="Limits and baseline"):
    """What values are compared with, and whether they are to be written anew."""

    baseline: str | None = knob(
        None,
        "Stored values to compare with; - is standard input. With a config: losscli-baseline.json.",
        signed=SILENT,
        shown="FILE",
    )
    update_baseline: bool = knob(False, "Write the values to the baseline, and show every change.", signed=SILENT)
    only_better: bool = knob(False, "Write only values that are lower than those stored.", signed=SILENT)

    def check(self) -> None:
        super().check()
        if self.only_better and not self.update_baseline:
            raise UsageError(
                f"{self.called('only_better')} is about what is written.", f"{self.called('update_baseline')}"
            )


class ConfigOptions(BaselineOptions):
    """Which checks are made, of those that are written down."""

    config: str | None = knob(
        None,
        "Where the checks are; default: losscli.toml or pyproject.toml, here or above.",
        signed=SILENT,
        shown="FILE",
    )
    only: tuple[str, ...] = knob((), "These checks alone.", signed=SILENT, shown="CHECK,...")


class CheckOutputOptions(OutputOptions):
    """How ``check`` shows its verdicts, and where."""

    format: str = knob(
        "table",
        "What stdout gets.",
        choices=("table", "json", "csv", "markdown", "junit", "github"),
        signed=SILENT,
        short="-f",
    )
    quiet: bool = knob(False, "Nothing on stdout: the exit code says it.", signed=SILENT, short="-q")
    outputs: tuple[str, ...] = knob(
        (),
        "Also write the verdicts here: .json .csv .md .xml; may be repeated.",
        signed=SILENT,
        shown="FILE",
        short="-o",
        long="--output",
        repeats=True,
    )
