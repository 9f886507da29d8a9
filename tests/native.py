"""``torch.nn.functional`` called whole, as its own users call it."""

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from drawing import Case
from hypothesis import reject


def tensors(case: Case) -> tuple[dict[str, torch.Tensor], dict[str, Any]]:
    """Inputs, and parameters with their arrays as tensors."""
    inputs = {name: torch.from_numpy(np.array(x)) for name, x in case.inputs.items()}
    parameters = {
        k: torch.from_numpy(np.array(v)) if isinstance(v, np.ndarray) else v for k, v in case.parameters.items()
    }
    return inputs, parameters


def call(case: Case, inputs: dict[str, torch.Tensor], parameters: dict[str, Any], reduction: str) -> torch.Tensor:
    """What torch says; a case that torch refuses (we take a few more) is no example."""
    function = getattr(torch.nn.functional, case.loss.torch)
    if "native" in case.loss.hooks:  # its arguments are not torch's
        absent = {i.name: None for i in case.loss.inputs if i.name not in inputs}
        return case.loss.ask("native", {"functional": _Reduced(reduction), **absent, **inputs, **parameters})
    positional = [inputs[i.name] for i in case.loss.inputs if not i.optional]
    optional = {i.name: inputs[i.name] for i in case.loss.inputs if i.optional and i.name in inputs}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # kl_div says that its mean is no divergence
            return function(*positional, **optional, **parameters, reduction=reduction)
    except RuntimeError:
        reject()


class _Reduced:
    """``torch.nn.functional``, whose losses are reduced as told, whatever they are asked for."""

    def __init__(self, reduction: str) -> None:
        self._reduction = reduction

    def __getattr__(self, name: str) -> Callable[..., Any]:
        function: Callable[..., Any] = getattr(torch.nn.functional, name)

        def reduced(*arguments: Any, **named: Any) -> Any:
            return function(*arguments, **(named | {"reduction": self._reduction} if "reduction" in named else named))

        return reduced
