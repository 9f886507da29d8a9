"""Single samples, step by step: from what the inputs hold of them to their part in the loss, and to its gradient."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from losscli import losses
from losscli.api import document, refuse_unknown
from losscli.engine.observers import WITHOUT
from losscli.errors import UsageError
from losscli.explore.opened import Opened, Setting, opened
from losscli.inputs.parameters import resolve
from losscli.knobs.exploring import WAYS, ExplainOptions
from losscli.results.explanation import Explanation
from losscli.wording import heard, spoken

if TYPE_CHECKING:
    from losscli.engine.observers import Observer
    from losscli.engine.observers.picked import Found, Wish
    from losscli.engine.observers.without import Found as FoundWithout
    from losscli.explore.opened import Found as Computed
    from losscli.spec.loss import Loss

KEPT = 1 << 22
"""Samples whose losses are kept for the rank of one, 32 MiB; of more, that one's is looked up first."""


@spoken
def explain(loss: str | Loss, *inputs: Any, **named: Any) -> Explanation:
    """Work out single samples of a loss, step by step.

    Args:
        loss: A name or alias.
        *inputs: Arrays, or paths of files, in torch's order (prediction before target).
        OPTIONS
        **named: Inputs by name (``target=...``) and the loss's parameters (``beta=0.5``).

    Returns:
        A :class:`losscli.Explanation`; ``samples`` are in the order asked for, the worst first.

    Raises:
        losscli.LossCLIError: With a sentence that names the input and the place, and a hint.

    Warns:
        losscli.LossWarning: Something looks wrong.
    """
    chosen, _ = losses.asked(loss)
    options, own = ExplainOptions.out_of(named)
    refuse_unknown(chosen, own, ExplainOptions)
    found = explanation_of(chosen, inputs, own, options)
    heard(found.warnings)
    return found


document(explain, ExplainOptions.offered())


def explanation_of(
    chosen: list[Loss],
    positional: Sequence[Any],
    named: Mapping[str, Any],
    options: ExplainOptions,
    progress: Any = None,
) -> Explanation:
    """Explain samples of positional and named inputs; the work behind both front ends.

    Raises:
        UsageError: There is more than one loss, none of its samples is the worst, or there is no such sample.
    """
    one = _only(chosen, options)
    if any(role.several for role in one.inputs):
        from losscli.inputs.several import spread

        (one,), named = spread([one], named)
    options, column = _with_id(options)
    with opened([Setting(one, resolve(one, named))], positional, named, options) as inputs:
        setting = Setting(one, resolve(one, named))
        return _Run(inputs, setting, options, progress, column).explanation()


def explanation_on(inputs: Opened, setting: Setting, options: ExplainOptions) -> Explanation:
    """Explain samples of inputs that are open already, by their numbers or the worst.

    Raises:
        UsageError: There is no such sample.
    """
    _only([setting.loss], options)
    return _Run(inputs, setting, options, None, "").explanation()


def _only(chosen: list[Loss], options: ExplainOptions) -> Loss:
    if len(chosen) > 1:
        raise UsageError("explain takes one loss, and several were given.", "ask for them one by one.")
    if all(getattr(options, name) is None for name in WAYS):
        sample, worst, id_ = map(options.called, WAYS)
        raise UsageError("it is not said which sample to explain.", f"{sample} 0, {worst} 1 or {id_} COLUMN=VALUE")
    one = chosen[0]
    if one.whole and options.rank is False:
        raise UsageError(f"{one.name} takes reading all samples.", "leave --no-rank out.")
    return one


def _with_id(options: ExplainOptions) -> tuple[ExplainOptions, str]:
    """The options with the column of ``id`` the last of those that are kept beside; and its name."""
    if options.id is None:
        return options, ""
    column, _, _ = options.id.partition("=")
    return options.but(keep=(*(name for name in options.keep if name != column), column)), column


class _Run:
    """One run of ``explain`` on inputs that are open."""

    def __init__(self, inputs: Opened, setting: Setting, options: ExplainOptions, progress: Any, column: str) -> None:
        self._inputs, self._setting, self._options = inputs, setting, options
        self._progress, self._column = progress, column

    def explanation(self) -> Explanation:
        """What was asked for."""
        from losscli.explore.explained import explained

        options = self._options
        whole = options.rank is not False
        wish = self._wish(whole)
        done, found = self._picked(wish, () if whole else wish.numbers)
        if WITHOUT in done.outcomes[0].observed:
            return self._of_the_whole(wish, done)
        result = done.results[0] if whole else None
        self._refuse_none(found, wish, done)
        samples = [explained(found.ones[i], found.ranks[i], result, options, found.median) for i in _order(wish, found)]
        return Explanation(
            self._setting.loss.name,
            result,
            found.ranked if whole else 0,
            tuple(samples),
            max(0, found.named - len(samples)),
            done.results[0].warnings if whole else (),
        )

    def _of_the_whole(self, wish: Wish, done: Computed) -> Explanation:
        """The same of a loss that is one number for the whole set."""
        from losscli.explore.of_the_whole import explained

        options, (result,), found = self._options, done.results, done.outcomes[0].observed[WITHOUT]
        if wish.worst and found.numbers is None:
            raise UsageError(
                f"{result.loss} is one number for the whole set: no sample has a loss of its own, and none is the"
                " worst.",
                f"{options.called('sample')} 0 tells what it would be without the first.",
            )
        self._refuse_none(found, wish, done)
        samples = tuple(explained(found, i, result, options) for i in _order(wish, found))
        ranked = 0 if found.numbers is None else found.numbers.values.size
        return Explanation(result.loss, result, ranked, samples, max(0, found.named - len(samples)), result.warnings)

    def _wish(self, ranked: bool) -> Wish:
        """Which samples are wanted."""
        from losscli.engine.observers.picked import Wish

        options, whole = self._options, self._setting.loss.whole
        median = ranked and not whole and not self._many
        if options.sample is not None:
            wish = Wish(options.sample, ranked=ranked, median=median)
            if ranked and self._many and not whole:
                return wish._replace(known=self._looked_up(options.sample))
            return wish
        if not options.worst:
            return Wish(named=str(options.id).partition("=")[2], median=median)
        if self._setting.loss.by_sample:
            return Wish(self._worst(options.worst))
        return Wish(worst=options.worst, median=median and not self._streamed)

    @property
    def _many(self) -> bool:
        """Whether samples can be read in any order, and are too many for all of their losses to be kept."""
        from losscli.data.source import UNKNOWN_ROWS

        return not self._streamed and KEPT < max(source.rows for source in self._inputs.sources) < UNKNOWN_ROWS

    @property
    def _streamed(self) -> bool:
        """Whether samples are read one after the other, however many there are."""
        return any(source.sequential for source in self._inputs.sources)

    def _picked(self, wish: Wish, only: tuple[int, ...] = ()) -> tuple[Computed, Found]:
        from losscli.engine.observers.picked import OBSERVED, Picked
        from losscli.engine.observers.without import Without
        from losscli.engine.request import Wanted

        observers: tuple[Observer[Any], ...] = (Picked(wish, self._options.reduction),)
        if self._setting.loss.whole and not self._setting.loss.by_sample:
            observers = (*observers, Without(wish))
        done = self._inputs.compute([self._setting], Wanted(progress=self._progress, observers=observers, only=only))
        return done, done.outcomes[0].observed[OBSERVED]

    def _looked_up(self, numbers: tuple[int, ...]) -> dict[int, float]:
        """The losses of some samples, of which only the blocks are read."""
        from losscli.engine.observers.picked import Wish

        _, found = self._picked(Wish(numbers, ranked=False), numbers)
        return {one.one.number: one.one.value for one in found.ones}

    def _worst(self, count: int) -> tuple[int, ...]:
        """The samples with the largest losses, which are known only when all were seen."""
        from losscli.engine.collect import Selection
        from losscli.engine.request import Wanted

        outcome = self._inputs.compute([self._setting], Wanted(Selection(head=0, top=count))).outcomes[0]
        return () if outcome.samples is None else tuple(outcome.samples[0].tolist())

    def _refuse_none(self, found: Found | FoundWithout, wish: Wish, done: Computed) -> None:
        known = {one.one.number for one in found.ones}
        sums = done.outcomes[0].sums
        missing = next((number for number in wish.numbers if number not in known), None)
        if missing is not None:
            raise UsageError(
                f"there is no sample {missing}.", f"they are numbered from 0 to {sums.samples + sums.omitted - 1}."
            )
        if not known and wish.named is not None:
            raise UsageError(
                f"no sample has {wish.named!r} in column {self._column!r}.", "text is compared as the file has it."
            )


def _order(wish: Wish, found: Found | FoundWithout) -> list[int]:
    """The samples that were found, in the order they were asked for."""
    every = range(len(found.ones))
    return sorted(every, key=lambda i: wish.numbers.index(found.ones[i].one.number) if wish.numbers else i)
