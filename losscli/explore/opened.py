"""Inputs that are opened once and computed on as often as it takes, a loss in as many settings as are asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

from losscli import backends
from losscli.api import notes_of, refuse_unfit, refuse_warnings
from losscli.inputs.files import Files
from losscli.inputs.opening import open_inputs
from losscli.inputs.roles import roles_of
from losscli.results.summary import result_of, unused_inputs

if TYPE_CHECKING:
    from losscli.data.source import Source
    from losscli.engine.outcome import Outcome
    from losscli.engine.request import Wanted
    from losscli.explore.kept import Kept
    from losscli.inputs.beside import Beside
    from losscli.knobs.options import Options
    from losscli.results.result import Result
    from losscli.spec.loss import Loss


class Setting(NamedTuple):
    """One loss to compute.

    Attributes:
        loss: The loss.
        parameters: All of its parameters, as :func:`losscli.inputs.parameters.resolve` returns them.
        temperature: What its logits are divided by before it sees them.
    """

    loss: Loss
    parameters: dict[str, Any]
    temperature: float = 1.0


class Found(NamedTuple):
    """What settings came to, one each, in their order."""

    results: list[Result]
    outcomes: list[Outcome]


class Opened:
    """Inputs that are open.

    Args:
        sources: Those of each loss, by the names of its inputs.
        every: All of them.
        beside: What is read beside them.
        options: How to compute.
        files: Where all of it lies.
    """

    def __init__(
        self,
        sources: dict[Loss, dict[str, Source]],
        every: dict[str, Source],
        beside: Beside,
        options: Options,
        files: Files,
    ) -> None:
        self._sources, self._every, self._beside = sources, every, beside
        self._options, self._files = options, files

    @property
    def sources(self) -> list[Source]:
        """All of them."""
        return list(self._every.values())

    def kept(self, one: Loss) -> tuple[Opened, Kept]:
        """The same, to be computed on again and again: in memory where that spares reading, of very many samples some.

        Args:
            one: The loss whose inputs they are.
        """
        from losscli.conduct import as_each_takes
        from losscli.explore.kept import keep

        found = keep(one, self._every, self._beside)
        (sources,) = as_each_takes([one], found.sources, self._options.pred_is)
        return Opened({one: sources}, found.sources, found.beside, self._options, self._files), found

    def as_those_of(self, one: Loss, options: Options) -> Opened:
        """The same required inputs, in their order, as those of another loss that takes as many.

        Args:
            one: The other loss; of optional inputs it gets those that it has, too.
            options: How it is to be computed.
        """
        from losscli.conduct import as_each_takes

        (first,) = self._sources
        own, theirs = ([role.name for role in x.inputs if not role.optional] for x in (first, one))
        sources = {there: self._every[here] for here, there in zip(own, theirs, strict=True)}
        sources |= {r.name: self._every[r.name] for r in one.inputs if r.optional and r.name in self._every}
        return Opened(
            {one: as_each_takes([one], sources, options.pred_is)[0]}, sources, self._beside, options, self._files
        )

    def required(self, one: Loss) -> list[Source]:
        """The inputs that a loss requires, as they were given."""
        return [self._every[role.name] for role in one.inputs if not role.optional]

    def compute(self, settings: Sequence[Setting], wanted: Wanted) -> Found:
        """One pass over the inputs.

        Args:
            settings: What to compute.
            wanted: What is wanted beside the numbers.

        Raises:
            losscli.LossCLIError: Something is wrong with the inputs or, if strict, with a result.
        """
        from losscli.conduct import carried_out
        from losscli.engine.request import Request

        jobs = [(one.loss, one.parameters, self._sources[one.loss]) for one in settings]
        request = Request(self._options, self._beside, wanted)
        engine = backends.find(self._options.backend)
        done = carried_out(self._files, engine, jobs, request, [one.temperature for one in settings])
        asked = list(dict.fromkeys(one.loss for one in settings))
        notes = notes_of(self._sources[one] for one in asked)
        notes = [*notes, *done.plan.findings, *unused_inputs(asked, self._every)]
        results = [result_of(outcome, self._options, done.backend, notes, self._every) for outcome in done.outcomes]
        if self._options.strict:
            refuse_warnings(results)
        return Found(results, done.outcomes)


@contextmanager
def opened(
    settings: Sequence[Setting], positional: Sequence[Any], named: Mapping[str, Any], options: Options
) -> Iterator[Opened]:
    """Open the inputs of losses, given by position or by name, as options tell; they are closed at the end.

    Raises:
        losscli.LossCLIError: The request makes no sense, or an input cannot be read.
    """
    from losscli.conduct import as_each_takes

    chosen = list(dict.fromkeys(one.loss for one in settings))
    refuse_unfit(chosen, options)
    backends.find(options.backend)
    with Files(options, lean=not options.on) as files:
        sources, beside = open_inputs(files, chosen, roles_of(chosen, positional, named), options)
        by_loss = dict(zip(chosen, as_each_takes(chosen, sources, options.pred_is), strict=True))
        yield Opened(by_loss, sources, beside, options, files)
