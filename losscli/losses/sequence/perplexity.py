from __future__ import annotations

from typing import Any

from losscli.spec.arithmetic import exp_shifted, log_sum_exp, of_own_class, pick, without_ignored
from losscli.spec.constants import class_shares
from losscli.spec.kinds import AnyInt, Label, Logits
from losscli.spec.loss import loss
from losscli.spec.steps import VALUE, Entry, Step, Steps
from losscli.spec.units import Counts, Units


@loss(aliases=("PPL",), shapes="(N,C,*),(N,*)->(N,*)", reductions=("mean",), mean_over="tokens")
def perplexity(xp: Any, pred: Logits, target: Label, *, ignore_index: AnyInt = -100) -> Units:
    """Perplexity.

    Among how many equally likely tokens the model is undecided, on average: the exponential of the mean
    cross-entropy of a token. It is 1 for a certain and right model, and V for one that guesses among V tokens.

    Formula:
        ℓ_t = -log softmax(x_t)_(y_t), and 0 where y_t = ignore_index
        L = exp( Σ ℓ_t / T ) with T the tokens that are not ignored

    Inputs:
        pred: logits x, raw scores of every token of the vocabulary, which is axis 1 (columns in a table).
        target: indices y of the true tokens, one for each position.

    Parameters:
        ignore_index: token index that marks positions to leave out, such as padding.

    Use when:
        Reporting how good a language model is in a number that can be read: its effective number of choices.

    Avoid when:
        Models with different vocabularies are compared, or a loss is to be minimised (cross_entropy).

    Pitfalls:
        - It depends on the tokenizer: with longer tokens each is harder to guess. Compare only with one vocabulary.
        - The mean is over tokens. The mean of the perplexities of sequences is another, larger number.
        - Files often hold (sequences, positions, vocabulary): say --class-axis -1. With logits that foretell the
          next token, say --shift 1.
        - Log-probabilities may stand for logits, probabilities may not.

    Gradient:
        ∂L/∂x_t,c = L · (p_t,c - [c = y_t]) / T with p = softmax(x)

    References:
        - F. Jelinek, R. L. Mercer, L. R. Bahl, J. K. Baker, Perplexity: a measure of the difficulty of speech
          recognition tasks, 1977

    Example:
        losscli compute perplexity sample_data/digits_logits.csv sample_data/digits_target.csv
    """
    ignored, token = without_ignored(xp, target, ignore_index)
    value = log_sum_exp(xp, pred) - pick(xp, pred, token)
    if ignored is None:
        return Units(value)
    return Units(xp.where(ignored, 0.0, value), Counts(ignored=ignored))


@perplexity.value
def _choices(xp: Any, mean: Any) -> Any:
    return xp.exp(mean)


@perplexity.gradient
def _probability_less_label(xp: Any, back: Any, pred: Any, target: Any, ignore_index: int) -> Any:
    ignored, token = without_ignored(xp, target, ignore_index)
    back = back if ignored is None else xp.where(ignored, 0.0, back)
    mass, total = exp_shifted(xp, pred)
    own = of_own_class(xp, pred, token)
    rest = xp.sum(xp.where(own, 0.0, mass), axis=0)
    return xp.where(own, -rest, mass) * (back / total)


@perplexity.slope
def _as_many(xp: Any, mean: Any) -> Any:
    return xp.exp(mean)


@perplexity.constant
def _shares(xp: Any, counts: Any) -> Any:
    return class_shares(xp, counts)


@perplexity.steps
def _surprise(xp: Any, pred: Any, target: int) -> Steps:
    token, total = int(target), float(log_sum_exp(xp, pred))
    own = float(pred[token])
    lines = [Step("log Σ e^x", (), total), Step(VALUE, (f"log Σ e^x - x_{token} = ", total, " - ", own), total - own)]
    facts = [(f"token {token}, predicted {int(xp.argmax(pred))}",)]
    return Steps(lines, facts, entry=Entry("pred", token, f"x_{token}"))
