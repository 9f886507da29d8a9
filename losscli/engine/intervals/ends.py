"""From units to an interval of the loss: by the method asked for, and through what the loss makes of its mean."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from losscli.engine.intervals import ALL, Drawn, Found, Fraction
from losscli.engine.reduce import quotient, value_from
from losscli.errors import UsageError
from losscli.knobs.options import MOST_RESAMPLES
from losscli.stats.confidence import Confidence, confidence
from losscli.stats.interval import Estimate, estimate
from losscli.stats.moments import Spread, Sums, spread
from losscli.stats.resample import METHODS, bca, least, percentile, resampled

if TYPE_CHECKING:
    from losscli.engine.outcome import Outcome
    from losscli.engine.parted import Names
    from losscli.engine.plan import Job
    from losscli.knobs.comparing import CompareOptions
    from losscli.knobs.options import Options
    from losscli.spec.loss import Loss


class Ends(NamedTuple):
    """How intervals of one loss are made.

    Attributes:
        level: The level of the interval.
        method: ``guarded``, ``t``, ``percentile`` or ``bca``.
        unit: ``samples`` or ``clusters``.
        total: Whether the value is made of the sum of the units, and not of their mean.
        transformed: Whether it is something else than that sum or mean, a root say.
        resamples: How many resamples there are.
        seed: What they are drawn with.
    """

    level: float
    method: str
    unit: str
    total: bool
    transformed: bool
    resamples: int
    seed: int

    @classmethod
    def asked(cls, loss: Loss, options: Options) -> Ends:
        """As the options have it."""
        unit = "samples" if options.cluster is None else "clusters"
        made_of = loss.made_of if options.reduction == "mean" else ""
        total = options.reduction == "sum" or made_of == "total"
        return cls(options.ci, options.ci_method, unit, total, bool(made_of), options.resamples, options.seed)

    @property
    def resamples_units(self) -> bool:
        """Whether the method needs the units themselves."""
        return self.method in METHODS

    def of(
        self,
        job: Job,
        fraction: Fraction,
        sums: Sequence[Sums],
        drawn: Drawn | None = None,
        clusters: Sequence[str] | None = None,
    ) -> Found:
        """The interval of all samples or of one group.

        Args:
            job: The loss.
            fraction: Numerator and denominator of its value there.
            sums: The sums of its units.
            drawn: What to draw from.
            clusters: The names of the units, where they are clusters.
        """
        numerator, denominator = fraction
        units = sum(block.units for block in sums)
        found = spread(sums, quotient(numerator, units) if self.total else quotient(numerator, denominator))
        about = estimate(found).times(units) if self.total else estimate(found)
        made = self._confidence(found, about, drawn, units if self.total else 1)
        largest = "" if found.largest is None else _named(found.largest.at, clusters)
        return Found(self._seen_through(job, made, units), largest)

    def _confidence(self, found: Spread, about: Estimate, drawn: Drawn | None, factor: float) -> Confidence:
        if not self.resamples_units:
            return confidence(found, about, self.level, self.method, self.unit)
        method = f"{self.method}(B={self.resamples},seed={self.seed})"
        made = confidence(found, about, self.level, "t", self.unit)._replace(method=method)
        if about.why_not or drawn is None:
            return made
        a, w = drawn
        ratios = resampled(a, None if found.equal and len(a) == found.units else w, self.resamples, self.seed)
        ratios = ratios / w[0] if found.equal and len(a) == found.units else ratios
        low, high = (
            percentile(ratios, self.level)
            if self.method == "percentile"
            else bca(ratios, found.ratio, about.skew_k, self.level)
        )
        return made._replace(low=low * factor, high=high * factor)

    def _seen_through(self, job: Job, made: Confidence, units: int) -> Confidence:
        """The interval of what the loss makes of its mean or sum: the ends are made the same of."""
        if not self.transformed:
            return made
        made = made._replace(se=None)
        if made.low is None or made.high is None:
            return made
        # An end that no mean of this loss can have is moved to the edge of those it can.
        edge = job.loss.lowest * (units if self.total else 1)
        ends = [value_from(job, max(end, edge), 1) for end in (made.low, made.high)]
        return made._replace(low=min(ends), high=max(ends))


def refuse_too_few(options: Options | CompareOptions, level: float) -> None:
    """Raise where no resample would lie beyond an end of the interval.

    Raises:
        UsageError: There are too few for the level.
    """
    wanted = least(level)
    if options.resamples < wanted:
        lower = "" if wanted <= MOST_RESAMPLES else f", and {MOST_RESAMPLES} are the most: take a lower level"
        raise UsageError(
            f"{options.resamples} resamples have no value beyond the ends of an interval at {100 * level:.15g} %.",
            f"{options.called('resamples')} {wanted} or more{lower}.",
        )


def fractions(outcome: Outcome) -> dict[Names, Fraction]:
    """Numerator and denominator of all samples and of each group."""
    groups = {group.names: (group.numerator, group.denominator) for group in outcome.groups}
    return {ALL: (outcome.sums.numerator, outcome.sums.denominator)} | groups


def _named(at: int, clusters: Sequence[str] | None) -> str:
    return f"sample {at}" if clusters is None else f"cluster {clusters[at]!r}"
