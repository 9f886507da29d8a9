"""Stored values: what a loss came to, on which files, and by which way; and whether it may be compared with another."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from losscli.checks.check import Known, Reference
from losscli.checks.digits import told_apart
from losscli.checks.verdict import label_of
from losscli.errors import DataError, SourceError

if TYPE_CHECKING:
    from losscli.results.result import Result
    from losscli.stats.interval import Estimate

SCHEMA = 1
KIND = "losscli baseline"
Entry = dict[str, Any]


class Baseline(NamedTuple):
    """The values of a file.

    Attributes:
        name: The file.
        checks: Entries by check and loss.
    """

    name: str
    checks: dict[str, dict[str, Entry]]

    def entry(self, check: str, loss: str) -> Entry | None:
        """What is stored of a loss of a check."""
        return self.checks.get(check, {}).get(loss)

    def with_entry(self, check: str, loss: str, entry: Entry) -> Baseline:
        """The same with another value of that loss."""
        return self._replace(checks=self.checks | {check: self.checks.get(check, {}) | {loss: entry}})

    def text(self) -> str:
        """The file: keys in their order, no times, so that it changes where values do."""
        document = {"schema": SCHEMA, "kind": KIND, "checks": self.checks}
        return json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n"


def parsed(text: str, name: str) -> Baseline:
    """The baseline of a text.

    Raises:
        SourceError: It is none.
    """
    try:
        document = json.loads(text)
    except ValueError as error:
        raise SourceError(f"{name}: is not JSON ({str(error).rstrip('.')}).", _AGAIN) from error
    if not isinstance(document, dict) or document.get("kind") != KIND or not isinstance(document.get("checks"), dict):
        raise SourceError(f"{name}: is not a baseline of losscli.", _AGAIN)
    if document.get("schema") != SCHEMA:
        raise SourceError(f"{name}: is of schema {document.get('schema')}, and this losscli knows {SCHEMA}.", _AGAIN)
    for check, entries in document["checks"].items():
        if not isinstance(entries, dict) or not all(isinstance(one, dict) for one in entries.values()):
            raise SourceError(f"{name}: what it holds of {check} is no table of losses.", _AGAIN)
    return Baseline(name, document["checks"])


_ANEW = "--update-baseline writes it anew."
_AGAIN = "is it the right file? If it is, restore or remove it: --update-baseline then writes a new one."


def entry_of(
    result: Result,
    inputs: Mapping[str, Mapping[str, Any]],
    samples_file: Mapping[str, Any] | None = None,
    columns: Mapping[str, Mapping[str, Any]] = MappingProxyType({}),
) -> Entry:
    """What is stored of a loss.

    Args:
        result: The loss.
        inputs: Of each input its ``source``, ``sha256`` and ``bytes``.
        samples_file: The same of the file that holds its samples, if there is one.
        columns: The same of the columns of groups and keys whose files are not among the inputs, or change.
    """
    groups = {
        label_of(dict(zip(result.by, g.names, strict=True))): {
            "value": _json(g.value),
            "numerator": _json(g.numerator),
            "denominator": g.denominator,
            "samples": g.samples,
        }
        for g in result.groups
    }
    return {
        "value": result.value,
        "numerator": result.numerator,
        "denominator": result.denominator,
        "samples": result.samples,
        "signature": result.signature,
        "inputs": {name: dict(one) for name, one in inputs.items()},
        "columns": {name: dict(one) for name, one in columns.items()},
        "groups": groups,
        "samples_file": None if samples_file is None else dict(samples_file),
    }


def _json(number: float) -> float | str:
    """A number as JSON can hold it; of a group in which nothing counts a word, of which ``float`` makes it again."""
    return number if math.isfinite(number) else json.dumps(number)


def reference(
    entry: Entry | None,
    baseline: Baseline,
    check: str,
    result: Result,
    inputs: Mapping[str, Mapping[str, Any]],
    truths: set[str],
    differences: Mapping[tuple[str, ...], Estimate] = MappingProxyType({}),
    columns: Mapping[str, Mapping[str, Any]] = MappingProxyType({}),
) -> Reference:
    """What a loss is compared with.

    Args:
        entry: What is stored of it.
        baseline: Where.
        check: What the check is called.
        result: The loss.
        inputs: Of each input its ``source``, ``sha256`` and ``bytes``.
        truths: The inputs that must be what they were: targets and weights, not predictions.
        differences: How sure the difference from stored samples is, by group.
        columns: The same as of inputs, of columns beside them that must be what they were if they were stored.

    Raises:
        DataError: There is nothing stored, or what is stored was computed on other data or in another way.
    """
    if entry is None:
        raise DataError(f"{baseline.name} holds no value of {result.loss} for {check}.", "--update-baseline writes it.")
    try:
        _refuse_other_data(entry, inputs, truths)
        _refuse_other_columns(entry.get("columns", {}), columns)
        _refuse_other_way(entry, result)
        whole = Known(float(entry["value"]), differences.get(()))
        groups = dict(_known_groups(entry["groups"], result, differences))
        notes = tuple(_notes(entry, result, inputs, truths))
    except (KeyError, TypeError, AttributeError, ValueError, OverflowError) as error:
        raise SourceError(f"{baseline.name}: the entry of {check} is not whole.", _ANEW) from error
    return Reference(baseline.name, whole, groups, notes)


def _known_groups(
    stored: Mapping[str, Any], result: Result, differences: Mapping[tuple[str, ...], Estimate]
) -> Iterator[tuple[tuple[str, ...], Known]]:
    """What is stored of the groups that there are."""
    if not isinstance(stored, dict):
        raise TypeError
    for group in result.groups:
        label = label_of(dict(zip(result.by, group.names, strict=True)))
        if label not in stored:
            continue
        then = stored[label]
        if int(then["samples"]) != group.samples:
            raise DataError(
                f"{label} held {then['samples']} samples in the baseline, and holds {group.samples} now;"
                " the values cannot be compared.",
                _OTHER,
            )
        yield group.names, Known(float(then["value"]), differences.get(group.names))


def _refuse_other_data(entry: Entry, inputs: Mapping[str, Mapping[str, Any]], truths: set[str]) -> None:
    for role in sorted(truths):
        then, now = entry["inputs"].get(role), inputs.get(role)
        if then is None and now is None:
            continue
        if then is None or now is None:
            raise DataError(
                f"the baseline was computed with{'out' if then is None else ''} {role}, and this is not.",
                _OTHER,
            )
        if then["sha256"] != now["sha256"]:
            raise _other(str(now["source"]), then, now)


def _refuse_other_columns(stored: Mapping[str, Any], columns: Mapping[str, Mapping[str, Any]]) -> None:
    for name in sorted({*stored} & {*columns}):
        if stored[name]["sha256"] != columns[name]["sha256"]:
            raise _other(name, stored[name], columns[name])


def _other(what: str, then: Mapping[str, Any], now: Mapping[str, Any]) -> DataError:
    return DataError(
        f"{what} is not what the baseline was computed on (sha256 {_short(then)} then, {_short(now)} now); the values"
        " cannot be compared.",
        _OTHER,
    )


def _refuse_other_way(entry: Entry, result: Result) -> None:
    then, now = _Way.of(entry["signature"]), _Way.of(result.signature)
    if then.same != now.same:
        raise DataError(
            f"the baseline was computed in another way ({'|'.join(then.same)} then, {'|'.join(now.same)} now);"
            " the values cannot be compared.",
            _OTHER,
        )
    if int(entry["samples"]) != result.samples:
        raise DataError(
            f"{entry['samples']} samples were counted in the baseline, {result.samples} now;"
            " the values cannot be compared.",
            "were samples left out? --nan and --missing omit leave out those of either file.",
        )


_OTHER = "where the change is meant, --update-baseline writes the value anew."


class _Way(NamedTuple):
    """A signature, parted into what must be the same and what may have another version."""

    same: tuple[str, ...]
    versions: dict[str, str]

    @classmethod
    def of(cls, signature: str) -> _Way:
        loss, over, backend, dtype, program = signature.rsplit("|", 4)
        name, _, build = backend.partition(":")
        return cls((loss, over, name, dtype), {name: build.partition("/")[0], "losscli": program.partition(":")[2]})


def _notes(entry: Entry, result: Result, inputs: Mapping[str, Mapping[str, Any]], truths: set[str]) -> Iterator[str]:
    then, now = _Way.of(entry["signature"]).versions, _Way.of(result.signature).versions
    for name, version in then.items():
        if now[name] != version:
            yield f"{name} {version} then, {now[name]} now"
    predictions = [role for role in inputs if role not in truths]
    if predictions and all(
        inputs[role]["sha256"] == entry["inputs"].get(role, {}).get("sha256") for role in predictions
    ):
        yield "the same predictions as the baseline's"


def _short(one: Mapping[str, Any]) -> str:
    return f"{str(one['sha256'])[:12]}…"


class Update(NamedTuple):
    """A value that was written, or was left as it is.

    Attributes:
        check: The check.
        loss: The loss.
        old: What was stored, or None.
        new: What was computed.
        written: Whether it was written.
    """

    check: str
    loss: str
    old: float | None
    new: float
    written: bool

    @property
    def text(self) -> str:
        """The change in words."""
        name = self.check if self.check == self.loss else f"{self.check} {self.loss}"
        if self.old is None:
            return f"{name}: {told_apart(self.new)[0]}, new"
        if self.old == self.new:
            return f"{name}: {told_apart(self.new)[0]}, as before"
        old, new = told_apart(self.old, self.new)
        percent = f" ({100 * (self.new - self.old) / abs(self.old):+.3g} %)" if self.old else ""
        return f"{name}: {old} → {new}{percent}" + ("" if self.written else ", not lower: left as it is")


def updated(
    baseline: Baseline, entries: Mapping[tuple[str, str], Entry], only_better: bool
) -> tuple[Baseline, list[Update]]:
    """A baseline with new values, and what changed.

    Args:
        baseline: What was stored.
        entries: What was computed, by check and loss.
        only_better: Whether a value that is not lower than the one stored is left as it is.
    """
    changes = []
    for (check, loss), entry in entries.items():
        stored = baseline.entry(check, loss)
        old = None if stored is None else _stored_value(stored)
        written = old is None or not only_better or entry["value"] < old
        if written:
            baseline = baseline.with_entry(check, loss, entry)
        changes.append(Update(check, loss, old, entry["value"], written))
    return baseline, changes


def _stored_value(entry: Entry) -> float | None:
    """The value of an entry; None where it is damaged, which is no reason not to write it anew."""
    try:
        value = float(entry["value"])
    except (KeyError, TypeError, ValueError, OverflowError):
        return None
    return value if math.isfinite(value) else None
