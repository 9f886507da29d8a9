"""Baselines on the disk: read, compared with, and written whole or not at all."""

from __future__ import annotations

import io
import math
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from losscli.checks.check import Check, Made
from losscli.checks.judge import failed
from losscli.checks.verdict import Checked
from losscli.data.fingerprint import content_of
from losscli.errors import DataError, LossCLIError, OutputError, SourceError, UsageError
from losscli.inputs.on import parse_on
from losscli.inputs.roles import Named, roles_of
from losscli.unreadable import unreadable

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from losscli.checks.baseline import Baseline, Entry, Update
    from losscli.inputs.hashes import Hashes

STDIN = "-"


def load(name: str) -> Baseline | None:
    """The baseline of a file, or of standard input; None where there is no such file.

    Raises:
        SourceError: It is none.
    """
    from losscli.checks.baseline import parsed

    try:
        if name == STDIN:
            if sys.stdin is None:  # as Python says that the shell closed it (`<&-`)
                raise SourceError("-: standard input is closed.")
            return parsed(sys.stdin.read(), "the baseline on standard input")
        return parsed(Path(name).read_text(encoding="utf-8"), name)
    except FileNotFoundError:
        return None
    except UnicodeDecodeError as error:
        raise SourceError(f"{name}: is not UTF-8 text.") from error
    except OSError as error:
        raise unreadable(name, error) from error


def wanted(checks: Sequence[Check]) -> bool:
    """Whether any check is compared with stored values."""
    return any(one.compares and one.options.against is None for one in checks)


def with_samples(checks: Sequence[Check], baseline: Baseline | None, beside: str) -> list[Check | Checked]:
    """The same checks, with what is stored of their samples where a rule needs that.

    Args:
        checks: The checks.
        baseline: What is stored.
        beside: The file beside which samples are stored.
    """
    return [_with_samples(one, baseline, beside) if one.compares_stored_samples else one for one in checks]


def _with_samples(check: Check, baseline: Baseline | None, beside: str) -> Check | Checked:
    entries = [baseline.entry(check.called(one.name), one.name) if baseline else None for one in check.losses]
    try:
        return check._replace(stored=tuple(_samples_of(entry, beside) for entry in entries))
    except LossCLIError as error:
        return failed(check, ",".join(one.name for one in check.losses), error)


def _samples_of(entry: Entry | None, beside: str) -> NDArray[np.float64] | None:
    """What is stored of the samples of a loss; None where nothing is.

    Raises:
        DataError: The file is not the one that belongs to the value.
    """
    named = entry.get("samples_file") if entry else None
    if not isinstance(named, dict):
        return None
    import numpy as np

    path = str(Path(beside).parent / str(named.get("source")))
    if content_of([path]).sha256 != named.get("sha256"):
        raise DataError(f"{path}: is not what was stored with the baseline.", "--update-baseline writes both anew.")
    return np.asarray(np.load(path), np.float64)


def compared(made: Sequence[Made | Checked], baseline: Baseline | None, name: str) -> list[Made | Checked]:
    """The same losses, beside what is stored of them where their changes are limited.

    Args:
        made: Losses that were computed.
        baseline: What is stored.
        name: The file of the baseline.
    """
    hashes = _Hashes()
    return [_beside(one, baseline, name, hashes) if _wants_stored(one) else one for one in made]


def _wants_stored(one: Made | Checked) -> bool:
    return isinstance(one, Made) and one.reference is None and one.check.compares


def _beside(one: Made | Checked, baseline: Baseline | None, name: str, hashes: _Hashes) -> Made | Checked:
    from losscli.checks.baseline import reference

    assert isinstance(one, Made)
    check, loss = one.check, one.result.loss
    called = check.called(loss)
    try:
        if baseline is None:
            raise DataError(f"there is no baseline {name}.", "--update-baseline writes it.")
        entry = baseline.entry(called, loss)
        inputs, columns = hashes.of(check, check.compares_stored_samples) if entry is not None else ({}, {})
        found = reference(entry, baseline, called, one.result, inputs, truths_of(check), one.differences, columns)
        return one._replace(reference=found)
    except LossCLIError as error:
        return failed(check, loss, error, one)


def truths_of(check: Check) -> set[str]:
    """The inputs of a check that must be what they were."""
    return {role.name for loss in check.losses for role in loss.inputs if role.truth} | {"sample_weight"}


class _Hashes:
    """The hashes of inputs, each file's taken once."""

    def __init__(self) -> None:
        self._known: dict[str, Hashes] = {}

    def of(self, check: Check, ordered: bool) -> Hashes:
        """What the inputs of a check hold, its weights and the columns of its groups.

        Args:
            check: The check.
            ordered: Whether the order matters that keys put its samples in, which is that of a prediction.
        """
        from losscli.inputs.hashes import hashes_of

        given, options = roles_of(check.losses, check.positional, check.named), check.options
        columns: dict[str, list[str]] = {}
        for text in options.by:
            columns.setdefault(f"group column {_name_of(text)}", []).append(text)
        if options.on and ordered:
            columns[f"the order of {','.join(options.on)}"] = [key.first for key in parse_on(options.on)]
        texts = [*given.values(), *([] if options.sample_weight is None else [options.sample_weight])]
        plain = all(isinstance(x, str) or (isinstance(x, Named) and isinstance(x.table, str)) for x in texts)
        key = repr((sorted(given.items()), options.sample_weight, columns)) if plain else ""
        if not key or key not in self._known:
            moving = set(given) - truths_of(check)
            self._known[key] = hashes_of(given, moving, options.sample_weight, columns, options)
        return self._known[key]


def _name_of(text: str) -> str:
    """What a column is called wherever its file is seen from."""
    path, _, column = text.rpartition("::")
    return column if path else Path(text).name


def write(made: Sequence[Made | Checked], name: str, only_better: bool) -> list[Update]:
    """Store values; what is stored of other checks stays.

    Raises:
        losscli.LossCLIError: A value could not be computed, or the file cannot be written.
    """
    from losscli.checks.baseline import Baseline, entry_of, updated
    from losscli.output.target import TextFile

    if name == STDIN:
        raise UsageError("a baseline is not written to standard output.", "--baseline FILE")
    entries, samples, hashes = {}, {}, _Hashes()
    for one in made:
        if isinstance(one, Checked):
            assert one.error is not None
            raise one.error
        called, loss = one.check.called(one.result.loss), one.result.loss
        if not math.isfinite(one.result.value):
            raise DataError(f"{called}: its value is {one.result.value:g}, which cannot be compared with.")
        file = None
        if one.check.options.save_samples and one.fractions is not None:
            samples[called, loss] = _npy(one.fractions)
            file = _described(f"{Path(name).stem}/{quote(called, safe='')}.{loss}.npy", samples[called, loss])
        inputs, columns = hashes.of(one.check, one.check.options.save_samples)
        entries[called, loss] = entry_of(one.result, inputs, file, columns)
    baseline, changes = updated(load(name) or Baseline(name, {}), entries, only_better)
    keys = [(one.check, one.loss) for one in changes if one.written and (one.check, one.loss) in samples]
    with TextFile(name, (Path(name).suffix.lower() or ".json",), format="json") as target:
        target.write(baseline.text())
        _place(Path(name).parent, {entries[key]["samples_file"]["source"]: samples[key] for key in keys})
    return changes


def _npy(fractions: NDArray[np.float64]) -> bytes:
    import numpy as np

    file = io.BytesIO()
    np.save(file, fractions)
    return file.getvalue()


def _described(source: str, content: bytes) -> dict[str, Any]:
    from hashlib import sha256

    return {"source": source, "sha256": sha256(content).hexdigest(), "bytes": len(content)}


def _place(beside: Path, contents: Mapping[str, bytes]) -> None:
    """Write the samples of every loss into the folder of the baseline, all of them or none."""
    from losscli.output.folder import Folder

    if not contents:
        return
    folder = beside / Path(next(iter(contents))).parent
    if folder.exists() and not folder.is_dir():
        raise OutputError(f"{folder}: is a file, and samples go to a folder of that name.", "give another baseline.")
    with Folder(str(folder)) as target:
        for source, content in contents.items():
            target.write(Path(source).name, content)
