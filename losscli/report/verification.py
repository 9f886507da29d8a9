"""What became of a recorded result, as text: a line a loss, and a line a file that changed."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from losscli.report.json import text_of
from losscli.report.numbers import jsonable, shortest

if TYPE_CHECKING:
    from losscli.verifying.ulps import Difference
    from losscli.verifying.verify import FileState, Verdict, Verification

SCHEMA = 1
_MOST = 5
"""Differences beside the value's that are shown of a loss."""


def json(found: Verification) -> str:
    """The JSON document; its keys are those of the guide's page on verify."""
    return text_of(
        {
            "schema": SCHEMA,
            "losscli": found.losscli[1],
            "recorded_by": found.losscli[0],
            "verified": found.verified,
            "results": [_result(one, found) for one in found.results],
            "files": [file._asdict() | {"verdict": "changed" if file.changed else "unchanged"} for file in found.files],
            "error": found.error or None,
        }
    )


def _result(one: Verdict, found: Verification) -> dict[str, Any]:
    return {
        "loss": one.loss,
        "verdict": verdict(one, found),
        "verified": found.holds(one),
        "recorded": jsonable(one.recorded),
        "computed": jsonable(one.computed),
        "because": list(one.because),
        "differences": [jsonable(difference._asdict()) for difference in one.differences],
    }


def verdict(one: Verdict, found: Verification) -> str:
    """``same bits``, ``1 ulp apart``, ``differs`` or ``not computed``."""
    if found.error:
        return "not computed"
    if one.same:
        return "same bits"
    if not one.close:
        return "differs"
    return _apart(max(difference.ulps or 0 for difference in one.differences))


def _apart(ulps: int) -> str:
    return f"{ulps} ulp{'' if ulps == 1 else 's'} apart"


def table(found: Verification) -> str:
    """A table of the losses, and below it what else there is to say."""
    from losscli.report.table import add_row, console, plain_table, text_of
    from losscli.verifying.verify import each_once

    out = console(sys.stdout)
    shown = plain_table("loss", "value now", "verdict", right=(1,), whole=(0,))
    for one in found.results:
        because = "" if one.same or not one.because else f" ({'; '.join(one.because)})"
        add_row(shown, one.loss, _value(one.computed), verdict(one, found) + because)
    out.print(shown)
    lines = [line for one in found.results for line in _details(one, found)]
    if found.error:
        lines.append(f"Nothing can be computed from the files as they are now: {found.error}")
    files = each_once(found.files)
    for line in [*lines, *(_changed(file) for file in files if file.changed), _summary(files)]:
        out.print(line)
    return text_of(out)


def _value(value: Any) -> str:
    if isinstance(value, list):
        return "an array"
    return "" if value is None else shortest(value)


def _details(one: Verdict, found: Verification) -> list[str]:
    """What differs too much, and what of it was recorded."""
    if found.holds(one) or found.error:
        return []
    bad = [d for d in one.differences if found.exact or not d.close]
    lines = [f"{one.loss}: {_difference(d)}" for d in bad[:_MOST]]
    if len(bad) > _MOST:
        lines.append(f"{one.loss}: {len(bad) - _MOST} more differences.")
    return lines


def _difference(one: Difference) -> str:
    apart = f", {_apart(one.ulps)}" if one.close and one.ulps is not None else ""
    return f"{one.what} was {one.recorded}, and is {one.computed}{apart}."


def _changed(file: FileState) -> str:
    before = f", {file.recorded_bytes} bytes" if file.recorded_bytes != file.bytes else ""
    after = f", {file.bytes} bytes" if before else ""
    return (
        f"{file.source} is not the file that it was: sha256 {file.recorded[:12]}…{before} then, "
        f"{file.sha256[:12]}…{after} now."
    )


def _summary(files: list[FileState]) -> str:
    count = len(files)
    if not count:
        return "All inputs stand in the request itself."
    unchanged = sum(not file.changed for file in files)
    return f"{unchanged} of {count} file{'s' if count > 1 else ''} unchanged."


def quiet(found: Verification) -> str:
    """Nothing: the exit code tells."""
    return ""
