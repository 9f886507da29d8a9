"""For every knob of ``compute`` a run in which it can be seen, with two values of it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np

from losscli.backends.numpy import NumpyBackend


class Doubling(NumpyBackend):
    """A backend of a plug-in, with a device on which numbers are larger."""

    name = "doubling"
    origin = "some-plug-in"

    def __init__(self, device, dtype):
        super().__init__("cpu", dtype)
        self.device = device

    def values(self, *arguments):
        return super().values(*arguments) * (4 if self.device == "gpu" else 2)


class Example(NamedTuple):
    """A run, and two values of a knob."""

    loss: str
    inputs: list[Any]
    one: Any
    two: Any
    beside: Mapping[str, Any] = MappingProxyType({})


PRED, TARGET = [1.0, 2.5, 4.0], [1.5, 2.0, 1.0]
NUMBERS = ["mse", [PRED, TARGET]]
CLASSES = ["cross_entropy", [[[0.1, 0.2, 0.7], [0.5, 0.25, 0.25]], [1, 2]]]
POSITIONS = ["cross_entropy", [np.arange(8.0).reshape(2, 2, 2) ** 2, [[0, 1], [1, 1]]]]
MATRICES = ["mse", [[[1.0, 2.0], [3.0, 5.0]], [[1.0, 3.0], [4.0, 4.0]]]]
TABLE = ["mse", ["table.csv::p", "table.csv::t"]]
FILES = {
    "table": "p,t,g,h\n1,2,a,x\n2,2,b,x\n4,1,a,y\n",
    "turned": "t,g,h\n1,a,y\n2,b,x\n2,a,x\n",
    "fewer": "t,g,h\n1,a,y\n2,b,x\n",
    "empty": "p,t\n1,2\n,2\n",
    "weights": "w\n1\n\n1\n",
    "nines": "p,t\n1,2\n9,1\n",
    "commas": "1,5\n2,5\n",
    "more_commas": "1,0\n2,0\n",
    "semicolons": "1,5;2\n2,5;2\n",
    "counts": "1\n2\n4\n",
    "squares": "1\n4\n16\n",
    "scores": "0.1,2.0\n0.3,1.5\n",
    "words": "y\na\nb\n",
}
COUNTS = ["mse", ["counts.csv", "squares.csv"]]

CHANGES = {
    "reduction": Example(*NUMBERS, "mean", "sum"),
    "backend": Example(*NUMBERS, "numpy", "doubling"),
    "device": Example(*NUMBERS, "cpu", "gpu", {"backend": "doubling"}),
    "dtype": Example("mse", [[0.1, 0.2], [0.3, 0.7]], "float64", "float32"),
    "nan": Example("mse", [[np.nan, 2.0], [1.0, 4.0]], "propagate", "omit"),
    "on": Example("mse", ["table.csv::p", "turned.csv::t"], (), ("g", "h")),
    "unmatched": Example("mse", ["table.csv::p", "fewer.csv::t"], "error", "drop", {"on": ("g", "h")}),
    "pred_is": Example(*CLASSES, None, "probs"),
    "class_axis": Example(*POSITIONS, None, -1),
    "shift": Example(*POSITIONS, 0, 1),
    "label_base": Example(*CLASSES, 0, 1),
    "sample_weight": Example(*NUMBERS, None, [1.0, 2.0, 3.0]),
    "delimiter": Example("mse", ["commas.csv", "more_commas.csv"], ",", ";"),
    "decimal": Example("mse", ["semicolons.csv::1", "semicolons.csv::2"], ",", ".", {"header": False}),
    "header": Example(*COUNTS, False, True),
    "input_format": Example(*COUNTS, "csv", "npy"),
    "missing": Example("mse", ["empty.csv::p", "empty.csv::t"], "error", "omit"),
    "na_values": Example("mse", ["nines.csv::p", "nines.csv::t"], (), ("9",), {"missing": "omit"}),
    "classes": Example("cross_entropy", ["scores.csv", "words.csv"], ("a", "b"), ("b", "a")),
}
CHANGE_NOTHING = {
    "per_sample": Example(*NUMBERS, None, True),
    "strict": Example(*NUMBERS, False, True),
    "by": Example(*TABLE, (), ("g",)),
    "keep": Example(*TABLE, (), ("g",), {"per_sample": True}),
    "ci": Example(*NUMBERS, None, 0.95),
    "ci_method": Example(*NUMBERS, "t", "percentile", {"ci": 0.95}),
    "cluster": Example(*TABLE, None, "g", {"ci": 0.95}),
    "resamples": Example(*NUMBERS, 100, 200, {"ci": 0.95, "ci_method": "percentile"}),
    "seed": Example(*NUMBERS, 0, 1, {"ci": 0.95, "ci_method": "percentile"}),
    "threads": Example(*NUMBERS, 1, 2),
    "reference": Example(*NUMBERS, False, True),
    "each_column": Example(*MATRICES, False, True),
    "in_order": Example(*NUMBERS, False, True, {"reference": True}),
    "record": Example(*TABLE, False, True, {"format": "json"}),
    "top": Example(*NUMBERS, None, 1),
    "head": Example(*NUMBERS, None, 1),
    "sort": Example(*TABLE, "name", "loss", {"by": ("g",)}),
    "digits": Example(*NUMBERS, 2, 12),
    "format": Example(*NUMBERS, "table", "json"),
    "quiet": Example(*NUMBERS, False, True),
    "output": Example(*NUMBERS, None, "out.json"),
    "debug": Example(*NUMBERS, False, True),
}
