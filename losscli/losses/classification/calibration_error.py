from __future__ import annotations

from typing import Annotated, Any

from losscli.spec.kinds import Choice, ClassIndex, PositiveInt, Probabilities
from losscli.spec.loss import loss
from losscli.spec.units import Counts, Statistic, Units


@loss(
    aliases=("ECE", "expected_calibration_error", "multiclass_calibration_error", "MCE"),
    shapes="(N,C),(N)->()",
    reductions=("mean",),
    mean_over="samples",
)
def calibration_error(
    xp: Any,
    pred: Probabilities,
    target: ClassIndex,
    *,
    n_bins: PositiveInt = 15,
    norm: Annotated[str, Choice(("l1", "l2", "max"))] = "l1",
) -> Statistic:
    """Expected calibration error of class probabilities.

    Do classes that are named with a confidence of 80 % turn out right in 80 % of the cases? Samples are put in bins
    by the largest of their probabilities, and in each bin the mean confidence is held against the share of hits.

    Formula:
        cᵢ = largest probability of sample i
        hᵢ = 1 if its class is the true one, else 0
        bin b = the samples with b/B ≤ cᵢ < (b + 1)/B; |b| = how many they are
        gap_b = | Σ hᵢ - Σ cᵢ | / |b| over the samples of bin b
        l1: L = Σ_b |b| · gap_b / N
        l2: L = √( Σ_b |b| · gap_b² / N )
        max: L = the largest gap_b

    Inputs:
        pred: probabilities, one column a class, that sum to 1 in a row.
        target: true class as an index from 0.

    Parameters:
        n_bins: B, how many bins of equal width there are from 0 to 1; the last one holds 1 too.
        norm: how gaps are combined: l1 averages them, l2 takes the root of their mean square, max the largest.

    Use when:
        Probabilities are acted upon as such, and should be as often right as they say.

    Avoid when:
        Models are compared or trained by it: to predict the frequency of each class for every sample is perfectly
        calibrated and useless. A proper score (nll, cross_entropy) asks for both.

    Pitfalls:
        - The value depends on the number of bins, and with few samples it is too large: gaps do not cancel.
        - Only the most likely class counts; the other probabilities play no part.
        - max rests on one bin, which may hold a single sample: look at what it is divided by.
        - Libraries differ in which bin a confidence on an edge, such as 1, belongs to.

    Gradient:
        l1: ∂L/∂cᵢ = -sign(Σ hᵢ - Σ cᵢ)/N within its bin; the bins themselves have none

    References:
        - C. Guo, G. Pleiss, Y. Sun, K. Q. Weinberger, On Calibration of Modern Neural Networks, 2017
        - M. P. Naeini, G. F. Cooper, M. Hauskrecht, Obtaining Well Calibrated Probabilities Using Bayesian Binning, 2015

    Example:
        losscli compute calibration_error sample_data/digits_logits.csv sample_data/digits_target.csv --pred-is logits
    """
    confidence, hit, of_bin = _confidence(xp, pred, target, n_bins)
    each = [of_bin == b for b in range(n_bins)]
    return Statistic(
        sums={
            "samples": xp.stack([xp.count_nonzero(here) for here in each]),
            "hits": xp.stack([xp.count_nonzero(here & hit) for here in each]),
            "confidence": xp.stack([xp.sum(xp.where(here, confidence, 0.0)) for here in each]),
        }
    )


def _confidence(xp: Any, pred: Any, target: Any, n_bins: int) -> tuple[Any, Any, Any]:
    """The largest probability of each sample, whether its class is the true one, and the bin it is in."""
    confidence = xp.max(pred, axis=0)
    hit = xp.argmax(pred, axis=0) == target
    edges = xp.astype(xp.arange(1, n_bins, device=pred.device), pred.dtype) / n_bins
    return confidence, hit, xp.searchsorted(edges, confidence, side="right")


@calibration_error.tuned
def _counted(xp: Any, pred: Any, target: Any, n_bins: int) -> Statistic:
    confidence, hit, of_bin = _confidence(xp, pred, target, n_bins)
    return Statistic(
        sums={
            "samples": xp.bincount(of_bin, minlength=n_bins),
            "hits": xp.bincount(of_bin[hit], minlength=n_bins),
            "confidence": xp.bincount(of_bin, confidence, minlength=n_bins),
        }
    )


@calibration_error.finish
def _gaps(xp: Any, statistic: Statistic, norm: str) -> Units:
    samples, hits, confidence = (statistic.sums[name] for name in ("samples", "hits", "confidence"))
    apart = xp.abs(xp.astype(hits, confidence.dtype) - confidence)
    gap = xp.where(samples > 0, apart / xp.astype(samples, confidence.dtype), 0.0)
    if norm == "l2":
        return Units(apart * gap, Counts(share=samples))
    if norm == "l1":
        return Units(apart, Counts(share=samples))
    worst = xp.argmax(gap)
    return Units(apart[worst], Counts(share=samples[worst], of="samples of the worst bin"))


@calibration_error.value
def _root(xp: Any, mean: Any, norm: str) -> Any:
    return xp.sqrt(mean) if norm == "l2" else mean
