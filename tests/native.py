"""``torch.nn.functional`` called whole, as its own users call it."""

import warnings
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
    positional = [inputs[i.name] for i in case.loss.inputs if not i.optional]
    optional = {i.name: inputs[i.name] for i in case.loss.inputs if i.optional and i.name in inputs}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # kl_div says that its mean is no divergence
            return function(*positional, **optional, **parameters, reduction=reduction)
    except RuntimeError:
        reject()
