"""What is suspected of inputs, and inputs as a model and its labels have them."""

from __future__ import annotations

import numpy as np
from drawing import LENGTHS, settled

import losscli
from losscli.spec.kinds import Among, Kind
from losscli.spec.loss import Loss


def log_softmax(x):
    """Logarithms of probabilities, row by row."""
    return x - np.log(np.exp(x).sum(axis=1, keepdims=True))


def codes(*given, **named):
    """The codes of all warnings of a run."""
    return [w.code for w in losscli.compute(*given, **named).warnings]


def the_warning(*given, **named):
    """The one warning of a run."""
    (warning,) = losscli.compute(*given, **named).warnings
    return warning


def ordinary(one: Loss, form, rng, samples: int) -> dict[str, np.ndarray]:
    """Data as a model and its labels have them, for one form of a loss."""
    lengths = {axis: (LENGTHS.get(axis, (1, 4))[1],) for axes in form.inputs for axis in axes}
    lengths |= settled(one) | {"*": () if "C" in lengths else (2,), one.signature.sample_axis: (samples,)}
    if one.signature.sample_axis == "*":
        lengths["*"] = (samples, 3)
    lengths |= {axis: (int(axis),) for axis in lengths if axis.isdigit()}
    made = {}
    for role, axes in zip(one.inputs, form.inputs, strict=False):
        kind = role.kind.soft_form if role.kind.soft_form and "C" in axes else role.kind
        if not role.optional:
            shape = tuple(n for axis in axes for n in lengths[axis])
            values = _ordinary(kind, role.name, rng, shape, lengths.get("C", (4,))[0])
            for rule in kind.rules:
                values = rule.mend(values)
            made[role.name] = values
    return made


def _ordinary(kind: Kind, name: str, rng, shape: tuple[int, ...], classes: int) -> np.ndarray:
    if kind.dtype == "label":
        return rng.integers(0, classes, shape)
    if kind.space == "log-probs":
        return log_softmax(rng.normal(0, 2, shape))
    if kind.distribution:
        return np.exp(log_softmax(rng.normal(0, 2, shape)))
    if isinstance(kind.domain, Among):
        return rng.choice(kind.domain.numbers, shape)
    if kind.domain.high == 1.0 and name != "pred":
        return rng.integers(0, 2, shape).astype(float)
    values = np.abs(rng.normal(0, 2, shape)) if kind.domain.low == 0.0 else rng.normal(0, 2, shape)
    return values % 1.0 if kind.domain.high == 1.0 else values
