"""losscli: a loss calculator whose number can be trusted and traced.

``losscli.compute("mse", pred, target)`` on arrays or paths; the names below load on first use.
"""

from __future__ import annotations

TYPE_CHECKING = False  # typing's own name for it; its import is the longest before signals are taken
if TYPE_CHECKING:
    from typing import Any

    from losscli import losses as losses
    from losscli.api import compute as compute
    from losscli.checking.api import check as check
    from losscli.checks.verdict import Verdicts as Verdicts
    from losscli.comparing import compare as compare
    from losscli.comparison.result import Comparisons as Comparisons
    from losscli.diagnosis.doctor import doctor as doctor
    from losscli.errors import LossCLIError as LossCLIError
    from losscli.errors import LossWarning as LossWarning
    from losscli.explore.curve import Curve as Curve
    from losscli.explore.curve import curve as curve
    from losscli.explore.dist import dist as dist
    from losscli.explore.explain import explain as explain
    from losscli.explore.grad import grad as grad
    from losscli.explore.sweep import Sweep as Sweep
    from losscli.explore.sweep import sweep as sweep
    from losscli.reconciling.search import reconcile as reconcile
    from losscli.results.distribution import Distribution as Distribution
    from losscli.results.explanation import Explanation as Explanation
    from losscli.results.gradient import Gradient as Gradient
    from losscli.results.result import Result as Result
    from losscli.spec.loss import loss as loss
    from losscli.verifying.verify import verify as verify

__version__ = "0.2.0"

__all__ = [
    "Comparisons",
    "Curve",
    "Distribution",
    "Explanation",
    "Gradient",
    "LossCLIError",
    "LossWarning",
    "Result",
    "Sweep",
    "Verdicts",
    "__version__",
    "check",
    "compare",
    "compute",
    "curve",
    "dist",
    "doctor",
    "explain",
    "grad",
    "loss",
    "losses",
    "reconcile",
    "sweep",
    "verify",
]

_HOMES = {
    "check": "checking.api",
    "compare": "comparing",
    "Comparisons": "comparison.result",
    "compute": "api",
    "dist": "explore.dist",
    "Distribution": "results.distribution",
    "doctor": "diagnosis.doctor",
    "Explanation": "results.explanation",
    "explain": "explore.explain",
    "Gradient": "results.gradient",
    "grad": "explore.grad",
    "LossCLIError": "errors",
    "LossWarning": "errors",
    "reconcile": "reconciling.search",
    "Result": "results.result",
    "Curve": "explore.curve",
    "Sweep": "explore.sweep",
    "Verdicts": "checks.verdict",
    "curve": "explore.curve",
    "loss": "spec.loss",
    "sweep": "explore.sweep",
    "verify": "verifying.verify",
}


def __dir__() -> list[str]:
    return sorted({*__all__, *globals()})


def __getattr__(name: str) -> Any:
    if name == "losses":
        import importlib

        return importlib.import_module(f"{__name__}.losses")
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import importlib

    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
