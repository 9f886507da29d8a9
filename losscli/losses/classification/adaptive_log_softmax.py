from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Annotated, Any

from losscli.spec.arithmetic import Problem, sliced
from losscli.spec.kinds import Along, AnyInt, Array, ClassIndex, Embedding, Interval, Kind, Positive
from losscli.spec.loss import loss

_Matrix = Annotated[Array, Kind("weight of a linear layer")]
_Cutoffs = Annotated[Array, Along("", Interval(1.0), whole=True)]
_Shape = tuple[int, ...]
_Scores = Callable[[Any], Any]


@loss(
    aliases=("AdaptiveLogSoftmaxWithLoss", "adaptive_softmax"),
    shapes="(N,D),(N),(H,D),(p,D)+,(o,p)+,(H)->(N) | (D),(),(H,D),(p,D)+,(o,p)+,(H)->()",
)
def adaptive_log_softmax(
    xp: Any,
    pred: Embedding,
    target: ClassIndex,
    head_weight: _Matrix,
    tail_proj: _Matrix,
    tail_out: _Matrix,
    head_bias: _Matrix | None = None,
    *,
    cutoffs: _Cutoffs | None = None,
    n_classes: AnyInt | None = None,
    div_value: Positive | None = None,
) -> Any:
    """Adaptive log-softmax loss.

    Softmax cross-entropy over a large vocabulary in two steps: a head tells apart the frequent classes and a few
    clusters of rarer ones, and a tail for each cluster tells apart the classes in it.

    Formula:
        k tails, cutoffs c_1 < … < c_k, and H and b the weight and bias of the head
        frequent class y < c_1:
            ℓ = -log softmax(H·h + b)_y
        class y of tail j, c_j ≤ y < c_(j+1):
            ℓ = -log softmax(H·h + b)_(c_1 + j - 1)
                - log softmax(O_j·P_j·h)_(y - c_j)
        mean = Σ ℓ / N

    Inputs:
        pred: features h, one row a sample.
        target: class indices y, classes in the order of their frequency, the most frequent first.
        head_weight: H, the head's weight: a row for each frequent class, then one for each tail (head.weight).
        tail_proj: P, a tail's projection to fewer features (tail.0.0.weight, tail.1.0.weight and so on).
        tail_out: O, a tail's weight: one row for each of its classes (tail.0.1.weight, tail.1.1.weight and so on).
        head_bias: b, the head's bias, one for each row of head_weight (head.bias).

    Parameters:
        cutoffs: first class of each tail. The weights tell them; given, they are compared.
        n_classes: number of classes. The weights tell it; given, it is compared.
        div_value: how many times fewer features each tail has than the one before it. Given, it is compared.

    Use when:
        Training or judging a model of words with torch.nn.AdaptiveLogSoftmaxWithLoss, from its features and weights.

    Avoid when:
        Logits or log-probabilities of all classes are at hand (cross_entropy, nll).

    Pitfalls:
        - torch returns log-probabilities of the targets as output, which are the losses with the sign turned round.
        - Classes must be numbered by falling frequency, as in training; with others the value means nothing.
        - The weights are learnt along with the features; with those of another step of training it is another number.
        - Tails are given in their order, each with its two weights: --tail-proj and --tail-out once for each tail.

    Gradient:
        with g = ∂ℓ/∂(scores) as in cross_entropy, of the head and of the tail that the class is in: ∂ℓ/∂H = g·hᵀ, ∂ℓ/∂b = g,
        ∂ℓ/∂O = g·(P·h)ᵀ, ∂ℓ/∂P = Oᵀ·g·hᵀ; ∂ℓ/∂h = Hᵀ·g of the head and Pᵀ·Oᵀ·g of the tail

    References:
        - E. Grave et al., Efficient softmax approximation for GPUs, 2016

    Example:
        losscli compute adaptive_log_softmax sample_data/words_hidden.csv sample_data/words_target.csv sample_data/words_head.csv sample_data/words_proj.csv sample_data/words_out.csv
    """
    rows, label = xp.reshape(pred, (-1, pred.shape[-1])), xp.reshape(target, (-1,))
    chosen, places, within = _parted(xp, label, head_weight, tail_out)
    value = _surprise(xp, _head(xp, head_weight, head_bias), head_weight.shape[0], rows, chosen)
    parts = [xp.zeros_like(xp.take(value, places[0]))]
    for proj, out, mine, labels in zip(tail_proj, tail_out, places[1:], within, strict=True):
        parts.append(_surprise(xp, _tail(xp, proj, out), out.shape[0], xp.take(rows, mine, axis=0), labels))
    more = xp.take(xp.concat(parts), xp.argsort(xp.concat(places)))
    return xp.reshape(value + more, target.shape)


def _parted(xp: Any, label: Any, head_weight: Any, tail_out: Sequence[Any]) -> tuple[Any, list[Any], list[Any]]:
    """What the head is to say of each row, which rows are the head's and each tail's, and the labels in each tail."""
    *begins, _ = _begins(head_weight.shape, [out.shape for out in tail_out])
    tail = sum(xp.astype(label >= begin, label.dtype) for begin in begins)  # which one, from 1 on; 0 is the head
    places = [xp.nonzero(tail == j)[0] for j in range(1 + len(begins))]
    within = [xp.take(label, mine) - begin for mine, begin in zip(places[1:], begins, strict=True)]
    return xp.where(tail > 0, begins[0] - 1 + tail, label), places, within


def _head(xp: Any, head_weight: Any, head_bias: Any) -> _Scores:
    def of(rows: Any) -> Any:
        scores = xp.matmul(rows, xp.matrix_transpose(head_weight))
        return scores if head_bias is None else scores + head_bias

    return of


def _tail(xp: Any, proj: Any, out: Any) -> _Scores:
    return lambda rows: xp.matmul(xp.matmul(rows, xp.matrix_transpose(proj)), xp.matrix_transpose(out))


def _surprise(xp: Any, scores: _Scores, classes: int, rows: Any, label: Any) -> Any:
    """Minus the log-probability of each row's label, as many rows at once as may be held."""

    def of(some: slice) -> Any:
        found = scores(rows[some, :])
        shifted = found - xp.max(found, axis=1, keepdims=True)
        own = xp.take_along_axis(shifted, label[some, None], axis=1)[:, 0]
        return xp.log(xp.sum(xp.exp(shifted), axis=1)) - own

    parts = [of(some) for some in sliced(rows.shape[0], classes)]
    return xp.concat(parts) if parts else xp.zeros_like(rows[:, 0])


@adaptive_log_softmax.gradient
def _through_head_and_tails(
    xp: Any,
    back: Any,
    pred: Any,
    target: Any,
    head_weight: Any,
    tail_proj: Sequence[Any],
    tail_out: Sequence[Any],
    head_bias: Any,
) -> Any:
    rows, label, back = xp.reshape(pred, (-1, pred.shape[-1])), xp.reshape(target, (-1,)), xp.reshape(back, (-1,))
    chosen, places, within = _parted(xp, label, head_weight, tail_out)

    def of_head() -> Iterator[tuple[Any, Any]]:
        return _slopes(xp, _head(xp, head_weight, head_bias), head_weight.shape[0], rows, chosen, back)

    def of_tail(j: int) -> Iterator[tuple[Any, Any]]:
        mine, score = places[1 + j], _tail(xp, tail_proj[j], tail_out[j])
        of_mine = xp.take(rows, mine, axis=0), within[j], xp.take(back, mine)
        return _slopes(xp, score, tail_out[j].shape[0], *of_mine)

    def by_pred() -> Any:
        found = xp.concat([xp.matmul(slope, head_weight) for _, slope in of_head()])
        parts = [xp.zeros_like(xp.take(found, places[0], axis=0))]
        for j, (proj, out) in enumerate(zip(tail_proj, tail_out, strict=True)):
            parts += [xp.matmul(xp.matmul(slope, out), proj) for _, slope in of_tail(j)]
        more = xp.take(xp.concat(parts), xp.argsort(xp.concat(places)), axis=0)
        return xp.reshape(found + more, pred.shape)

    def by_proj(j: int) -> Any:
        each = (xp.matmul(xp.matrix_transpose(xp.matmul(slope, tail_out[j])), some) for some, slope in of_tail(j))
        return sum(each, start=xp.zeros_like(tail_proj[j]))

    def by_out(j: int) -> Any:
        fewer = xp.matrix_transpose(tail_proj[j])
        each = (xp.matmul(xp.matrix_transpose(slope), xp.matmul(some, fewer)) for some, slope in of_tail(j))
        return sum(each, start=xp.zeros_like(tail_out[j]))

    def by_head() -> Any:
        return sum(xp.matmul(xp.matrix_transpose(slope), some) for some, slope in of_head())

    def by_bias() -> Any:
        return sum(xp.sum(slope, axis=0) for _, slope in of_head())

    tails = range(len(tail_out))
    by_tails = (tuple(partial(of, j) for j in tails) for of in (by_proj, by_out))
    return by_pred, None, by_head, *by_tails, None if head_bias is None else by_bias


def _slopes(xp: Any, scores: _Scores, classes: int, rows: Any, label: Any, back: Any) -> Iterator[tuple[Any, Any]]:
    """Some rows and the gradient to their scores, as many at once as may be held."""
    numbers = xp.arange(classes, device=label.device)[None, :]
    for some in sliced(rows.shape[0], classes):
        found = scores(rows[some, :])
        powers = xp.exp(found - xp.max(found, axis=1, keepdims=True))
        share = powers / xp.sum(powers, axis=1, keepdims=True)
        own = xp.astype(label[some, None] == numbers, share.dtype)
        yield rows[some, :], (share - own) * back[some, None]


def _begins(head: _Shape, outs: Sequence[_Shape]) -> list[int]:
    """The first class of each tail, and the number of all classes."""
    return list(itertools.accumulate((out[0] for out in outs), initial=head[0] - len(outs)))


@adaptive_log_softmax.classes
def _all_classes(shapes: Mapping[str, Any]) -> int:
    return _begins(shapes["head_weight"], shapes["tail_out"])[-1]


@adaptive_log_softmax.refuse
def _other_than_the_weights(shapes: Mapping[str, Any], cutoffs: Any, n_classes: int | None, div_value: Any) -> Problem:
    *begins, classes = _begins(shapes["head_weight"], shapes["tail_out"])
    if begins[0] < 1:
        heads = f"head_weight has {shapes['head_weight'][0]} rows for {len(begins)} tails"
        return (
            f"{heads}, and there is no frequent class.",
            "a row for each frequent class comes first, then one a tail.",
        )
    listed = begins if cutoffs is None else cutoffs.reshape(-1).tolist()
    if listed != begins:
        given, own = (",".join(map(str, x)) for x in (listed, begins))
        return f"the cutoffs are {given}, and by the weights they are {own}.", "were tails left out, or changed places?"
    if n_classes is not None and n_classes != classes:
        return f"n_classes is {n_classes}, and the weights have {classes} classes.", "were tails left out?"
    features = shapes["pred"][-1]
    for j, proj in enumerate(shapes["tail_proj"] if div_value is not None else (), 1):
        wanted = math.floor(features // div_value**j)
        if proj[0] != wanted:
            fewer = f"with div_value {div_value:g} tail {j} has {wanted} of {features} features"
            return f"{fewer}, and its tail_proj has {proj[0]} rows.", "leave --div-value out: the weights tell."
    return None
