"""Baselines on the disk: read, compared with, and written whole or not at all."""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from losscli.checks.check import Check, Made
from losscli.checks.judge import failed
from losscli.checks.verdict import Checked
from losscli.errors import DataError, LossCLIError, SourceError, UsageError
from losscli.inputs.roles import roles_of

if TYPE_CHECKING:
    from losscli.checks.baseline import Baseline, Update

STDIN = "-"


def load(name: str) -> Baseline | None:
    """The baseline of a file, or of standard input; None where there is no such file.

    Raises:
        SourceError: It is none.
    """
    from losscli.checks.baseline import parsed

    try:
        if name == STDIN:
            return parsed(sys.stdin.read(), "the baseline on standard input")
        return parsed(Path(name).read_text(encoding="utf-8"), name)
    except FileNotFoundError:
        return None
    except UnicodeDecodeError as error:
        raise SourceError(f"{name}: is no text in UTF-8.") from error
    except OSError as error:
        raise SourceError(f"{name}: cannot be read ({error.strerror}).") from error


def compared(made: Sequence[Made | Checked], name: str) -> list[Made | Checked]:
    """The same losses, beside what is stored of them where their changes are limited.

    Args:
        made: Losses that were computed.
        name: The file of the baseline.
    """
    if not any(_wants_stored(one) for one in made):
        return list(made)
    baseline = load(name)
    hashes = _Hashes()
    return [_beside(one, baseline, name, hashes) if _wants_stored(one) else one for one in made]


def _wants_stored(one: Made | Checked) -> bool:
    return isinstance(one, Made) and one.reference is None and one.check.compares


def _beside(one: Made | Checked, baseline: Baseline | None, name: str, hashes: _Hashes) -> Made | Checked:
    from losscli.checks.baseline import reference

    assert isinstance(one, Made)
    called, loss = one.check.called(one.result.loss), one.result.loss
    try:
        if baseline is None:
            raise DataError(f"there is no baseline {name}.", "--update-baseline writes it.")
        entry = baseline.entry(called, loss)
        inputs = hashes.of(one.check) if entry is not None else {}
        return one._replace(reference=reference(entry, baseline, called, one.result, inputs, truths_of(one.check)))
    except LossCLIError as error:
        return failed(one.check, loss, error, one)


def truths_of(check: Check) -> set[str]:
    """The inputs of a check that must be what they were."""
    return {role.name for loss in check.losses for role in loss.inputs if role.truth} | {"sample_weight"}


class _Hashes:
    """The hashes of inputs, each file's taken once."""

    def __init__(self) -> None:
        self._known: dict[str, dict[str, Any]] = {}

    def of(self, check: Check) -> dict[str, Any]:
        """Of each input of a check its ``source``, ``sha256`` and ``bytes``."""
        from losscli.inputs.hashes import hashes_of

        given = roles_of(check.losses, check.positional, check.named)
        weight = check.options.sample_weight
        if isinstance(weight, str) and ("::" in weight or Path(weight).exists()):
            given["sample_weight"] = weight
        key = repr(sorted(given.items())) if all(isinstance(x, str | tuple) for x in given.values()) else ""
        if not key or key not in self._known:
            self._known[key] = hashes_of(given, set(given) - truths_of(check), check.options)
        return self._known[key]


def write(made: Sequence[Made | Checked], name: str, only_better: bool) -> list[Update]:
    """Store values; what is stored of other checks stays.

    Raises:
        losscli.LossCLIError: A value could not be computed, or the file cannot be written.
    """
    from losscli.checks.baseline import Baseline, entry_of, updated
    from losscli.output.target import TextFile

    if name == STDIN:
        raise UsageError("a baseline is not written to standard output.", "--baseline FILE")
    entries, hashes = {}, _Hashes()
    for one in made:
        if isinstance(one, Checked):
            assert one.error is not None
            raise one.error
        called, loss = one.check.called(one.result.loss), one.result.loss
        if not math.isfinite(one.result.value):
            raise DataError(f"{called}: its value is {one.result.value:g}, which is no value to compare with.")
        entries[called, loss] = entry_of(one.result, hashes.of(one.check))
    baseline, changes = updated(load(name) or Baseline(name, {}), entries, only_better)
    with TextFile(name, (Path(name).suffix.lower() or ".json",), format="json") as target:
        target.write(baseline.text())
    return changes
