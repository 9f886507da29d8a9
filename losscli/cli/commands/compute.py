"""``losscli compute LOSS FILE...``: the loss, and whatever is asked for beside it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from losscli import losses
from losscli.cli.messages import emit, tell, warn
from losscli.cli.of_losses import OfLosses, before_polars
from losscli.cli.options import Asked
from losscli.cli.progress import progress
from losscli.errors import Finding
from losscli.spec.loss import Loss

if TYPE_CHECKING:
    from losscli.engine.request import Wanted
    from losscli.output.target import OutputFile


def _compute(chosen: list[Loss], files: list[str], own: dict[str, Any], asked: Asked) -> None:
    # Python maps and unmaps a piece of its stack at every call that crosses the end of one. NumPy's import makes many
    # thousand calls, and begun below the imports of `api` it stands at such an end: a tenth of a small run.
    import numpy  # noqa: F401

    from losscli.api import run
    from losscli.report import Report
    from losscli.report.rows import require_samples

    before_polars(asked.threads)
    paths = asked.paths(files, own)
    with asked.target(len(chosen), paths) as target:
        with progress(paths) as bar:
            results, index = run(chosen, files, own, asked, _wanted(asked, target, len(chosen), bar))
        none = (asked.top or asked.head) and index is None  # no loss has what these select
        if none or (asked.per_sample and (target is None or not target.streamed)):
            require_samples(results)
        report = Report(results, index, bool(asked.per_sample), asked.digits, bool(asked.top))
        if target is not None:
            target.write(report)
    findings = [*(w for one in results for w in one.warnings), *_plug_in_findings()]
    seen = target is None and sys.stdout.isatty()  # what is said stands below the result, of which much may scroll by
    if not seen:
        warn(findings)
    if target is None:
        emit(asked.render(report))
    elif not asked.quiet:
        tell(f"wrote {target.name}")
    if seen:
        warn(findings)


def _wanted(asked: Asked, target: OutputFile | None, losses: int, bar: Any) -> Wanted:
    """What is wanted beside the numbers; what is written on the way goes straight to the target."""
    from losscli.engine.request import Wanted

    wanted = Wanted(asked.selection, progress=bar)
    if target is not None and target.takes_arrays and asked.unreduced and losses == 1:
        return wanted._replace(sink=target.sink)
    if target is not None and asked.every_sample:
        return wanted._replace(samples=target.samples)
    return wanted


def _plug_in_findings() -> tuple[Finding, ...]:
    # Only if this run had to look at plug-ins at all.
    return losses.plugged_in()[1] if losses.plugged_in.cache_info().currsize else ()


command = OfLosses(
    "compute", Asked, _compute, "Compute a loss, or several in one pass: losscli compute mse,l1 PRED TARGET."
)
app = command.app
