"""Which losses take what files hold: told from declarations alone, the ones that say most about their inputs first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

from losscli import losses
from losscli.diagnosis.facts import Facts
from losscli.engine.shapes import fit
from losscli.engine.suspicions.labels import LabelRange
from losscli.errors import ParameterError, ShapeError
from losscli.inputs.parameters import resolve
from losscli.inputs.spaces import convertible
from losscli.spec.kinds import UNIT, Among, Interval, Kind
from losscli.spec.loss import Input, Loss
from losscli.spec.several import gathered


class Fit(NamedTuple):
    """A loss that files can be computed with.

    Attributes:
        loss: The loss.
        strength: How much its declaration says about what the files hold.
        options: Options of every loss that it takes: ``label_base``, ``pred_is``.
        parameters: Parameters of its own.
    """

    loss: Loss
    strength: float
    options: dict[str, Any]
    parameters: dict[str, Any]

    @property
    def flags(self) -> list[str]:
        """The options as they are typed."""
        given = (self.options | self.parameters).items()
        return [part for name, value in given for part in (f"--{name.replace('_', '-')}", str(value))]

    @property
    def rank(self) -> tuple[bool, float, int]:
        """The best known first: torch's, then those that say most, then those that go by the most names."""
        return not self.loss.torch, -self.strength, -len(self.loss.aliases)


class _Way(NamedTuple):
    """How an input takes a file: how much that says, and what it takes for it."""

    strength: float
    options: Mapping[str, Any] = MappingProxyType({})
    parameters: Mapping[str, Any] = MappingProxyType({})


def fits(files: Sequence[Facts]) -> list[Fit]:
    """The losses that take these files as their required inputs, in this order; the best first.

    Those whose declarations say much less about the files than others' are left out, and where a loss takes a
    prediction as it is, those that take a converted one.
    """
    found = every_fit(files)
    strongest = max((one.strength for one in found), default=0.0)
    good = [one for one in found if one.strength >= strongest - 1.0]
    plain = [one for one in good if "pred_is" not in one.options]
    return plain if good and good[0] in plain else good


def every_fit(files: Sequence[Facts]) -> list[Fit]:
    """Every loss that takes these files, in the same order."""
    found = [one for loss in losses.every() if (one := _fit(loss, files)) is not None]
    return sorted(found, key=lambda one: (one.rank, one.loss.name))


def _fit(loss: Loss, files: Sequence[Facts]) -> Fit | None:
    required = [role for role in loss.inputs if not role.optional]
    if len(required) != len(files) or not all(one.seen for one in files):
        return None
    seen = dict(zip((role.name for role in required), files, strict=True))
    given = [seen[role.name].source if role.name in seen else None for role in loss.inputs]
    rows = min((seen[role.name].rows for role in required if _by_row(loss, role, seen[role.name])), default=1)
    shapes = [_shape(loss, role, seen.get(role.name), rows) for role in loss.inputs]
    try:
        form, matched = fit(loss, given, [*shapes], [])
        parameters = resolve(loss, {})
    except (ShapeError, ParameterError):
        return None
    letters = form.match(matched)
    if letters is None or loss.ask("refuse", {"shapes": _named(loss, matched), **parameters}):
        return None
    classes = letters["C"][0] if "C" in letters else loss.ask("classes", {"shapes": _named(loss, matched)})
    ways = []
    for role, axes, facts in zip(required, (form.inputs[loss.inputs.index(r)] for r in required), files, strict=True):
        kind = role.kind_for(parameters)
        kind = kind.soft_form if kind.soft_form is not None and "C" in axes else kind
        way = _way(kind, facts, classes, "D" in axes)
        if way is None:
            return None
        ways.append(way)
    options = {name: value for way in ways for name, value in way.options.items()}
    own = {name: value for way in ways for name, value in way.parameters.items()}
    return Fit(loss, sum(way.strength for way in ways), options, own)


def _by_row(loss: Loss, role: Input, facts: Facts) -> bool:
    """Whether a row of a file is a sample."""
    joined = not facts.source.row_shape and any(other.kind.counts == role.name for other in loss.inputs)
    return role.streamed and not role.axis and not joined


def _shape(loss: Loss, role: Input, facts: Facts | None, rows: int) -> tuple[int, ...] | None:
    if facts is None or not facts.source.shape:
        return None if facts is None else ()
    return (rows if _by_row(loss, role, facts) else facts.rows, *facts.source.row_shape)


def _named(loss: Loss, shapes: Sequence[tuple[int, ...] | None]) -> Mapping[str, Any]:
    given = {role.name: shape for role, shape in zip(loss.inputs, shapes, strict=True) if shape is not None}
    return gathered(loss, given)


def _way(kind: Kind, facts: Facts, classes: int | None, vector: bool) -> _Way | None:
    """How a kind of input takes what a file holds, or None."""
    if kind.dtype == "length":
        return _Way(1.0) if facts.labels is not None and facts.low >= 0.0 else None
    if kind.dtype == "label":
        return _as_labels(kind, facts, classes)
    if kind.distribution and not kind.space:
        return _Way(3.0) if facts.sums_to_one else None
    if kind.space:
        return _as_prediction(kind, facts)
    if isinstance(kind.domain, Among):
        suits = facts.signs if kind.domain.low == -1.0 else facts.zeros_and_ones
        return _Way(3.0) if suits else None
    if not kind.soft and not _within(kind.domain, facts):
        return None
    if kind.domain == UNIT:
        return _Way(2.0 if facts.zeros_and_ones else 0.0)
    if kind.soft and not _within(kind.domain, facts):
        return None
    return _Way((1.25 if facts.by_class else 0.25) if vector else 1.0)


def _within(domain: Interval, facts: Facts) -> bool:
    return facts.low in domain and facts.high in domain


def _as_prediction(kind: Kind, facts: Facts) -> _Way | None:
    if kind.normalised and not kind.classes_first:  # along an axis that was not looked along
        return _Way(1.0) if facts.high <= 0.0 else None
    given = facts.space(kind.classes_first)
    if given == kind.space:
        sound = not kind.distribution or facts.sums_to_one
        return _Way(2.0 if given == "logits" else 3.0) if sound else None
    # Logits of several classes become probabilities of yes and no in more than one way.
    apart = facts.by_class and not kind.classes_first and given == "logits"
    if not apart and convertible(given, kind.space, kind.classes_first):
        return _Way(2.0, {"pred_is": given})
    return None


def _as_labels(kind: Kind, facts: Facts, classes: int | None) -> _Way | None:
    if not facts.labelled or facts.labels is None:
        return None
    if classes is None:
        return _Way(1.0)
    strange = [label for label in facts.labels if not 0 <= label < classes and label != kind.padding]
    if kind.padding is not None:
        return _Way(2.0) if not strange and kind.padding in facts.labels else None
    if not strange:
        return _Way(2.0)
    if LabelRange(facts.low, facts.high, classes).from_one:
        return _Way(2.0, {"label_base": 1})
    if len(strange) == 1 and kind.ignorable:
        return _Way(2.0, {}, {kind.ignorable: strange[0]})
    return None
