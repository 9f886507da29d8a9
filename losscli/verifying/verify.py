"""A recorded result computed again: the same bits, or how far apart, and why."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from losscli import __version__, api, losses
from losscli.data.fingerprint import content_of
from losscli.data.location import locate
from losscli.errors import LossCLIError, UsageError
from losscli.knobs.options import ComputeOptions, ShowOptions
from losscli.report import Report
from losscli.report.json import document
from losscli.results.result import Result
from losscli.verifying.document import Recorded, read
from losscli.verifying.paths import Places
from losscli.verifying.ulps import Difference, differences

_OF_VERSIONS = ("signature", "backend")
"""What tells of versions: it explains a difference, and is none itself."""


class FileState(NamedTuple):
    """A file of a record, and whether it is the one that it was.

    Attributes:
        source: What was given for it.
        path: Where it lies now.
        sha256: What it hashes to now.
        recorded: What it hashed to then.
        bytes: Its size now.
        recorded_bytes: Its size then.
    """

    source: str
    path: str
    sha256: str
    recorded: str
    bytes: int
    recorded_bytes: int

    @property
    def changed(self) -> bool:
        """Whether it holds something else."""
        return self.sha256 != self.recorded


def each_once(files: Iterable[FileState]) -> list[FileState]:
    """Every file once; one of which several columns are inputs under its own name."""
    found: dict[str, FileState] = {}
    for file in files:
        first = found.get(file.path)
        whole = file.source.rpartition("::")[0] or file.source
        found[file.path] = file if first is None else first._replace(source=whole)
    return [*found.values()]


class Verdict(NamedTuple):
    """One loss of a record.

    Attributes:
        loss: Its name.
        recorded: The value in the record.
        computed: The value that comes out now; None where it cannot be computed any more.
        differences: All that differs, the value first.
        because: What may explain it: other versions, changed files.
    """

    loss: str
    recorded: Any
    computed: Any
    differences: tuple[Difference, ...] = ()
    because: tuple[str, ...] = ()

    @property
    def same(self) -> bool:
        """Whether every number has the same bits."""
        return not self.differences

    @property
    def close(self) -> bool:
        """Whether no number differs more than by what versions and processors do."""
        return all(one.close for one in self.differences)


class Verification(NamedTuple):
    """What became of a record.

    Attributes:
        results: One verdict a loss.
        files: Every file that the record names.
        losscli: The version that wrote it, and this one.
        exact: Whether the same bits were asked for.
        error: Why nothing can be computed from the changed files, or "".
    """

    results: tuple[Verdict, ...]
    files: tuple[FileState, ...]
    losscli: tuple[str, str]
    exact: bool = False
    error: str = ""

    def holds(self, one: Verdict) -> bool:
        """Whether a result is what was recorded."""
        return not self.error and (one.same if self.exact else one.close)

    @property
    def changed(self) -> tuple[FileState, ...]:
        """The files that hold something else."""
        return tuple(file for file in self.files if file.changed)

    @property
    def verified(self) -> bool:
        """Whether every file is unchanged, and every result what was recorded."""
        return not self.changed and all(self.holds(one) for one in self.results)


class _Replayed(ComputeOptions, ShowOptions):
    """The options of a record."""


def verify(
    record: str | os.PathLike[str] | Mapping[str, Any] | Result,
    *,
    exact: bool = False,
    root: str | os.PathLike[str] | None = None,
) -> Verification:
    """Compute a recorded result again, from its files, and tell whether it is still so.

    Nothing of the record is trusted but the request: value, fraction, groups, intervals and per-sample losses are all
    computed anew and compared.

    Args:
        record: A JSON file that ``losscli compute --record`` wrote, such a document, or a result of
            ``losscli.compute(..., record=True)``.
        exact: Ask for the same bits; else numbers may differ by 1e-12 of their size.
        root: The folder in which the files lie now; by default where they were, or beside the record.

    Returns:
        What became of each result and of each file; ``verified`` says it in one word.

    Raises:
        losscli.LossCLIError: It is no record, a file is missing, or nothing can be computed here.
    """
    recorded = read(_document(record) if isinstance(record, Result) else record)
    places = Places(recorded.folder, root)
    moved = {text: places.find(text, then["sha256"]) for text, then in recorded.contents.items()}
    files = tuple(_state(text, moved[text], then) for text, then in recorded.contents.items())
    versions = (recorded.losscli, __version__)
    try:
        computed = _computed(recorded, moved)
    except LossCLIError as error:
        if not any(file.changed for file in files):
            raise
        verdicts = [Verdict(str(one.get("loss")), one.get("value"), None) for one in recorded.results]
        return Verification(tuple(verdicts), files, versions, exact, error.message)
    changed = [file.source for file in each_once(files) if file.changed]
    return Verification(_verdicts(recorded, computed, changed, versions), files, versions, exact)


def _document(result: Result) -> dict[str, Any]:
    return document(Report([result], result.sample_index, result.per_sample is not None))


def _state(text: str, now: str, then: dict[str, Any]) -> FileState:
    location = locate(now)
    content = content_of(location.files)
    return FileState(text, location.path, content.sha256, then["sha256"], content.bytes, then.get("bytes", -1))


def _computed(recorded: Recorded, moved: dict[str, str]) -> dict[str, Any]:
    """The same document, computed from the files as they are now."""
    from losscli.engine.collect import Selection
    from losscli.engine.request import Wanted

    request = recorded.request
    options, unknown = _Replayed.out_of({name: _moved(value, moved) for name, value in request["options"].items()})
    if unknown:
        raise UsageError(
            f"{recorded.name}: asks for {', '.join(unknown)}, which losscli {__version__} does not know.",
            f"it was written by losscli {recorded.losscli}.",
        )
    selection = None
    if options.per_sample:
        selection = Selection.asked(options.head, options.top, bool(options.by))
    named = {name: _moved(value, moved) for name, value in (request["params"] | request["files"]).items()}
    results, index = api.run(losses.find_all(request["loss"]), (), named, options, Wanted(selection))
    return document(_report(results, index, options))


def _report(results: list[Result], index: Any, options: _Replayed) -> Report:
    return Report(results, index, bool(options.per_sample), by_loss=bool(options.top))


def _moved(value: Any, moved: dict[str, str]) -> Any:
    """A value of the request, with files where they lie now."""
    if isinstance(value, list):
        return [_moved(one, moved) for one in value]
    return moved.get(value, value) if isinstance(value, str) else value


def _verdicts(
    recorded: Recorded, computed: dict[str, Any], changed: list[str], versions: tuple[str, str]
) -> tuple[Verdict, ...]:
    now = computed["results"]
    if [one.get("loss") for one in recorded.results] != [one["loss"] for one in now]:
        raise UsageError(f"{recorded.name}: its results are not those of its request.")
    return tuple(_verdict(a, b, changed, versions) for a, b in zip(recorded.results, now, strict=True))


def _verdict(then: dict[str, Any], now: dict[str, Any], changed: list[str], versions: tuple[str, str]) -> Verdict:
    signed = str(then.get("signature")), str(now["signature"])
    found = list(differences({key: value for key, value in then.items() if key not in _OF_VERSIONS}, now))
    if without_versions(signed[0]) != without_versions(signed[1]):
        found.append(Difference("signature", *signed, None, False))
    because = _versions(str(then.get("backend")), str(now["backend"]))
    because += _versions(f"losscli:{versions[0]}", f"losscli:{versions[1]}")
    if signed[0] != signed[1] and not because and not changed:
        because = ["another version of a plug-in"]
    because += [f"{source} changed" for source in changed]
    return Verdict(then["loss"], then.get("value"), now["value"], tuple(found), tuple(because))


def _versions(then: str, now: str) -> list[str]:
    """What two names with their versions, and how the machine rounds, tell apart."""
    if then == now:
        return []
    (first, *_), (second, *_) = then.split("/"), now.split("/")
    if first == second:
        return ["another processor, which rounds exponentials and logarithms in another way"]
    return [f"{first.replace(':', ' ', 1)} then, {second.partition(':')[2]} now"]


def without_versions(signature: str) -> str:
    """The part of a signature that a request settles."""
    return re.sub(r":[^|,()]*", "", signature)
