"""The Python API of gates: the same work as ``losscli check``, on arrays or on files."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from losscli import losses
from losscli.api import document, refuse_unfit_losses, refuse_unknown
from losscli.checking import stored
from losscli.checking.passes import computed, in_one_pass
from losscli.checks.check import Check, Made
from losscli.checks.judge import judge
from losscli.checks.verdict import Checked, Verdicts
from losscli.errors import SourceError, UsageError
from losscli.inputs.several import spread
from losscli.knobs.checking import BaselineOptions, CheckOptions, ConfigOptions
from losscli.wording import heard, spoken

if TYPE_CHECKING:
    from losscli.checking.passes import Progress
    from losscli.spec.loss import Loss


@spoken
def check(loss: str | Loss | Sequence[str | Loss] | None = None, *inputs: Any, **named: Any) -> Verdicts:
    """Check losses against limits: one, several in one pass, or those of a config.

    Args:
        loss: A name or alias; ``"mse,l1"`` or a sequence checks several. None makes the checks of a config.
        *inputs: Arrays, or paths of files, in torch's order (prediction before target).
        OPTIONS
        **named: Inputs by name (``target=...``) and the losses' parameters (``beta=0.5``).

    Returns:
        The verdicts, which are true where all passed: ``assert losscli.check("mse", pred, target, max=0.1)``.

    Raises:
        losscli.LossCLIError: The loss could not be computed or compared, there is no limit, or what is asked for makes
            no sense. Of a config's checks, each has its own error instead.

    Warns:
        losscli.LossWarning: Something looks wrong; ``verdicts.warnings`` has the same.
    """
    if loss is None:
        asked, rest = ConfigOptions.out_of(named)
        if inputs or rest:
            raise UsageError(
                f"{next(iter(rest), 'an input')} is given, and no loss.", "without a loss, a config is read."
            )
        found = of_config(asked)
        heard(found.warnings)
        return found
    chosen, _ = losses.asked(loss)
    baseline, rest = BaselineOptions.out_of(named)
    options, own = CheckOptions.out_of(rest)
    refuse_unknown(chosen, own, CheckOptions)
    found = of_losses(chosen, inputs, own, options, baseline)
    heard(found.warnings)
    return found


document(check, dict.fromkeys((*CheckOptions.offered(), *ConfigOptions.offered())))


def of_losses(
    chosen: list[Loss],
    positional: Sequence[Any],
    named: Mapping[str, Any],
    options: CheckOptions,
    asked: BaselineOptions,
    progress: Progress = None,
) -> Verdicts:
    """Compute losses and judge them, or store their values.

    Raises:
        losscli.LossCLIError: One could not be computed or compared, or there is no limit.
    """
    refuse_unfit_losses(chosen, options)
    chosen, named = spread(chosen, named)
    one = Check(chosen, positional, named, options)
    called = one.options.called
    if asked.update_baseline:
        if asked.baseline is None:
            raise UsageError(f"{asked.called('update_baseline')} writes a file.", f"{asked.called('baseline')} FILE")
    else:
        one.require_limits()
    if asked.baseline is not None and options.against is not None:
        raise UsageError(
            f"{called('against')} and {asked.called('baseline')} exclude each other: both are compared with."
        )
    if one.compares and asked.baseline is None and options.against is None:
        limit = "max_increase" if options.max_increase is not None else "max_decrease"
        raise UsageError(
            f"{called(limit)} compares with nothing.",
            f"{asked.called('baseline')} FILE has stored values, {called('against')} FILE other predictions.",
        )
    if asked.update_baseline:
        assert asked.baseline is not None
        written = stored.write(in_one_pass([one], progress, storing=True)[0], asked.baseline, asked.only_better)
        return Verdicts((), updates=tuple(written))
    found = judge(_made([one], asked.baseline or "", "", progress))
    for each in found:
        if each.error is not None:
            raise each.error
    return Verdicts(tuple(found))


def of_config(asked: ConfigOptions, progress: Progress = None) -> Verdicts:
    """Make the checks of a config, or store their values; a check that cannot be made takes no other with it.

    Raises:
        losscli.LossCLIError: The config makes no sense.
    """
    name, checks, own = _configured(asked)
    if asked.update_baseline:
        made = computed(checks, progress, storing=True)
        return Verdicts((), name, tuple(stored.write(made, asked.baseline or own, asked.only_better)))
    return Verdicts(tuple(judge(_made(checks, asked.baseline or own, own, progress))), name)


def read_by(asked: ConfigOptions) -> list[str]:
    """The paths of what the checks of a config read, and of what they are compared with.

    Raises:
        losscli.LossCLIError: The config makes no sense.
    """
    from losscli.inputs.files import paths_of

    _, checks, own = _configured(asked)
    texts = [asked.baseline or own]
    for one in checks:
        options = one.options
        against = options.against.values() if isinstance(options.against, Mapping) else [options.against]
        texts += [*one.named.values(), *against, options.sample_weight, options.cluster, *options.by]
    return paths_of(text for text in texts if isinstance(text, str))


def _configured(asked: ConfigOptions) -> tuple[str, list[Check], str]:
    """What a config is called, its checks, and its baseline."""
    from losscli.checking.located import placed
    from losscli.checks import config

    path = Path(asked.config) if asked.config is not None else config.find(_here())
    name = asked.config or os.path.relpath(path)
    found = config.read(path, name).only(asked.only)
    return name, [placed(one, found) for one in found.checks], found.beside(found.baseline)


def _here() -> Path:
    try:
        return Path.cwd()
    except FileNotFoundError as error:
        raise SourceError("the folder that this is run in is no longer there.", "cd to one that is.") from error


def _made(checks: list[Check], name: str, own: str, progress: Progress) -> list[Made | Checked]:
    """Every loss of some checks, beside what it is compared with.

    Args:
        checks: The checks.
        name: The file of the baseline, or ``-``.
        own: That of the config, beside which samples are stored where the baseline comes from standard input.
        progress: Told how many samples each block held, and how many there are.
    """
    if not stored.wanted(checks):
        return computed(checks, progress)
    baseline = stored.load(name)
    ready = stored.with_samples(checks, baseline, own if name == stored.STDIN else name)
    made = iter(computed([one for one in ready if isinstance(one, Check)], progress))
    every = [
        each for one in ready for each in ([one] if isinstance(one, Checked) else [next(made) for _ in one.losses])
    ]
    return stored.compared(every, baseline, name)
