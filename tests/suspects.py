"""What is suspected of inputs, and inputs as a model and its labels have them."""

from __future__ import annotations

import numpy as np
from drawing import LENGTHS

import losscli
from losscli.spec.kinds import Among
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
    lengths |= {"*": () if "C" in lengths else (2,), one.signature.sample_axis: (samples,)}
    if one.signature.sample_axis == "*":
        lengths["*"] = (samples, 3)
    lengths |= {axis: (int(axis),) for axis in lengths if axis.isdigit()}
    made = {}
    for role, axes in zip(one.inputs, form.inputs, strict=False):
        kind = role.kind.soft_form if role.kind.soft_form and "C" in axes else role.kind
        shape = tuple(n for axis in axes for n in lengths[axis])
        if role.optional:
            continue
        if kind.dtype == "label":
            made[role.name] = rng.integers(0, lengths.get("C", (4,))[0], shape)
        elif kind.space == "log-probs":
            made[role.name] = log_softmax(rng.normal(0, 2, shape))
        elif kind.distribution:
            made[role.name] = np.exp(log_softmax(rng.normal(0, 2, shape)))
        elif isinstance(kind.domain, Among):
            made[role.name] = rng.choice(kind.domain.numbers, shape)
        elif kind.domain.high == 1.0 and role.name != "pred":
            made[role.name] = rng.integers(0, 2, shape).astype(float)
        else:
            made[role.name] = np.abs(rng.normal(0, 2, shape)) if kind.domain.low == 0.0 else rng.normal(0, 2, shape)
            if kind.domain.high == 1.0:
                made[role.name] %= 1.0
        for rule in kind.rules:
            made[role.name] = rule.mend(made[role.name])
    return made
