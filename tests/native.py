"""``torch.nn.functional`` called whole, as its own users call it."""

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from drawing import Case
from hypothesis import reject

from losscli.spec.loss import Loss


def tensors(case: Case) -> tuple[dict[str, torch.Tensor], dict[str, Any]]:
    """Inputs, and parameters with their arrays as tensors."""
    inputs = {name: torch.from_numpy(np.array(x)) for name, x in case.inputs.items()}
    parameters = {
        k: torch.from_numpy(np.array(v)) if isinstance(v, np.ndarray) else v for k, v in case.parameters.items()
    }
    return inputs, parameters


def call(case: Case, inputs: dict[str, torch.Tensor], parameters: dict[str, Any], reduction: str) -> torch.Tensor:
    """What torch says; a case that torch refuses (we take a few more) is no example."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # kl_div says that its mean is no divergence
            return whole(case.loss, inputs, parameters, reduction)
    except RuntimeError:
        reject()


def whole(loss: Loss, inputs: dict[str, torch.Tensor], parameters: dict[str, Any], reduction: str) -> torch.Tensor:
    """The loss by torch's own function, reduced by it."""
    if "native" in loss.hooks:  # its arguments are not torch's
        every = dict.fromkeys(loss.argument_names) | inputs | parameters
        return loss.ask("native", {"functional": _Reduced(reduction), **every})
    required = [inputs[i.name] for i in loss.inputs if not i.optional]
    optional = {i.name: inputs[i.name] for i in loss.inputs if i.optional and i.name in inputs}
    return getattr(torch.nn.functional, loss.torch)(*required, **optional, **parameters, reduction=reduction)


class _Reduced:
    """``torch.nn.functional``, whose losses are reduced as told, whatever they are asked for."""

    def __init__(self, reduction: str) -> None:
        self._reduction = reduction

    def __getattr__(self, name: str) -> Callable[..., Any]:
        function: Callable[..., Any] = getattr(torch.nn.functional, name)

        def reduced(*arguments: Any, **named: Any) -> Any:
            return function(*arguments, **(named | {"reduction": self._reduction} if "reduction" in named else named))

        return reduced
