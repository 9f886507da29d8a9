"""What blocks add to a run: a record that travels between processes and merges with that of the next blocks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from losscli.engine.checks import Seen
from losscli.engine.suspicions import samples
from losscli.engine.suspicions.samples import OddOnes
from losscli.engine.suspicions.together import PairShown, Together
from losscli.records import NamedTuple

if TYPE_CHECKING:
    from losscli.engine.prepare import Prepared, PreparedJob


class Looks(NamedTuple):
    """What the inputs of one loss look like, by name, prediction and target beside each other, and odd samples."""

    inputs: dict[str, Seen]
    pair: PairShown = PairShown()
    odd: OddOnes = OddOnes()


class Partial(NamedTuple):
    """What blocks that follow one another add.

    Attributes:
        rows: How many samples they hold; of none, nothing else is there.
        looks: What the inputs of each loss look like.
        parts: What each observer took.
    """

    rows: int
    looks: Sequence[Looks] = ()
    parts: Sequence[Any] = ()


def merge(prepared: Prepared, partials: Sequence[Partial]) -> Partial:
    """All as one, in the order of their blocks."""
    given = [partial for partial in partials if partial.rows]
    if len(given) < 2:
        return given[0] if given else Partial(0)
    looks = [_merge_looks(job, [partial.looks[i] for partial in given]) for i, job in enumerate(prepared.jobs)]
    parts = [observer.merge([partial.parts[i] for partial in given]) for i, observer in enumerate(prepared.observers)]
    return Partial(sum(partial.rows for partial in given), looks, parts)


def _merge_looks(job: PreparedJob, looks: Sequence[Looks]) -> Looks:
    names = dict.fromkeys(name for look in looks for name in look.inputs)
    inputs = {
        name: job.inspectors[name].merge([look.inputs[name] for look in looks if name in look.inputs]) for name in names
    }
    pair = _merge_pairs(job.together, [look.pair for look in looks])
    return Looks(inputs, pair, samples.merge([look.odd for look in looks]))


def _merge_pairs(together: Together | None, pairs: Sequence[PairShown]) -> PairShown:
    return PairShown() if together is None else together.merge(pairs)
