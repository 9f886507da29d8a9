"""The Python API of gates: the same work as ``losscli check``, on arrays or on files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from losscli import losses
from losscli.api import document, refuse_unknown, run
from losscli.checks.limits import judged, require_limits
from losscli.checks.verdict import Verdicts
from losscli.options import CheckOptions

if TYPE_CHECKING:
    from losscli.engine.request import Wanted
    from losscli.spec.loss import Loss


def check(loss: str | Sequence[str], *inputs: Any, **named: Any) -> Verdicts:
    """Check one loss, or several in one pass, against limits.

    Args:
        loss: A name or alias; ``"mse,l1"`` or a sequence checks several.
        *inputs: Arrays, or paths of files, in torch's order (prediction before target).
        OPTIONS
        **named: Inputs by name (``target=...``) and the losses' parameters (``beta=0.5``).

    Returns:
        The verdicts, which are true where all passed: ``assert losscli.check("mse", pred, target, max=0.1)``.

    Raises:
        losscli.LossCLIError: Something could not be computed or compared, or there is no limit.
    """
    chosen = losses.find_all(loss) if isinstance(loss, str) else [losses.find(name) for name in loss]
    options, own = CheckOptions.out_of(named)
    refuse_unknown(chosen, own, CheckOptions)
    return verdicts_on(chosen, inputs, own, options)


document(check, CheckOptions.knobs.values())


def verdicts_on(
    chosen: list[Loss],
    positional: Sequence[Any],
    named: Mapping[str, Any],
    options: CheckOptions,
    wanted: Wanted | None = None,
) -> Verdicts:
    """Compute losses and judge them; the work behind both front ends.

    Raises:
        losscli.LossCLIError: Something could not be computed or compared, or there is no limit.
    """
    from losscli.engine.request import Wanted

    require_limits(options)
    results = run(chosen, positional, named, options, wanted or Wanted())[0]
    return Verdicts(tuple(judged(one, options) for one in results))
