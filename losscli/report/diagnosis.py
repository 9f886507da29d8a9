"""A diagnosis as text: a paragraph a file, what the files are together, what fits, and what looks wrong."""

from __future__ import annotations

import sys
import textwrap
from typing import TYPE_CHECKING, Any

from losscli.report import typed
from losscli.report.json import text_of
from losscli.report.numbers import jsonable, plain, rounded

if TYPE_CHECKING:
    from losscli.diagnosis.doctor import Diagnosis
    from losscli.diagnosis.facts import Facts
    from losscli.diagnosis.reading import Read
    from losscli.errors import Finding

SCHEMA = 1
_MARGIN, _WIDEST = 12, 26
"""Columns for the names of files; longer ones stand above what they hold."""
_ALSO = 6
"""Losses that are named beside the first that fits."""
_SHOWN = 12
"""Columns of one table of which the ranges are shown."""
_FEW = 20
"""Labels of which the counts are shown."""
_FIGURES = {
    "accuracy": "accuracy {:.3f}",
    "confidence": "mean confidence {:.3f}",
    "correlation": "r {:.3f}",
    "r2": "R² {:.3f}",
    "mean_error": "mean error {:.3g}",
}
"""What is told of prediction and target together, and how."""
_HOLDS = {"logits": "logits", "probs": "probabilities", "log-probs": "log-probabilities"}


def table(found: Diagnosis, width: int, digits: int) -> str:
    """The diagnosis for reading, wrapped to so many columns."""
    longest = max(len(one.text) for one in found.files) + 2
    margin = _MARGIN if longest > _WIDEST else max(_MARGIN, longest)
    entries = [(one.text, _file(one, digits, len(found.files) == 1)) for one in found.files]
    if (together := _together(found, digits)) is not None:
        entries.append(("together", [together, *_reference(found, digits)]))
    if found.fits:
        entries.append(("fits", _fits(found, width - margin)))
    elif len(found.files) > 1 and not found.errors:
        entries.append(("fits", ["no loss takes these files together; PATH::COLUMN,... chooses columns"]))
    lines = [line for name, body in entries for line in _entry(name, body, margin, width)]
    lines += _findings(found, width)
    return plain("\n".join(lines)) + "\n"


def _entry(name: str, body: list[str], margin: int, width: int) -> list[str]:
    """A name in the margin, and lines beside it; a name that is too long stands above them."""
    wrapped = [piece for line in body for piece in _wrapped(line, width - margin)]
    if len(name) + 2 > margin:
        return [name, *(" " * margin + line for line in wrapped)]
    return [(f"{name:<{margin}}" if i == 0 else " " * margin) + line for i, line in enumerate(wrapped)]


def _wrapped(line: str, width: int) -> list[str]:
    """A line of prose; one that continues a command stays as it is."""
    return [line] if line.startswith(" ") else _wrap(line, width)


def _wrap(text: str, width: int) -> list[str]:
    return textwrap.wrap(text, max(width, 20), break_long_words=False, break_on_hyphens=False) or [""]


def _file(one: Read, digits: int, alone: bool) -> list[str]:
    few = {column: [*dict.fromkeys(some)][:3] for column, some in one.words.items()}
    words = [f"column {column}: words, such as {', '.join(some)}" for column, some in few.items()]
    if one.facts is None:
        return [one.described, *words]
    facts = one.facts
    bad = [f"{count} {word}" for count, word in _bad(facts) if count]
    sound = ", ".join(bad) if bad else "no NaN, no inf"
    extent = f"; {rounded(facts.low, digits)} … {rounded(facts.high, digits)}" if facts.seen else ""
    columns = _columns(facts, digits) if alone else _holds(facts)
    return [one.described, sound + extent, *columns, *one.remarks, *words]


def _columns(facts: Facts, digits: int) -> list[str]:
    """The range of each column of a table that stands alone."""
    ranges = facts.ranges
    if len(ranges) < 2:
        return _holds(facts)
    lines = [f"column {name}: {rounded(a, digits)} … {rounded(b, digits)}" for name, a, b in ranges[:_SHOWN]]
    return [*lines, *([f"and {len(ranges) - _SHOWN} more columns"] if len(ranges) > _SHOWN else [])]


def _bad(facts: Facts) -> list[tuple[int, str]]:
    rows = "row" if facts.missing == 1 else "rows"
    return [(facts.nans, "NaN"), (facts.infinite, "inf"), (facts.missing, f"{rows} with empty cells")]


def holds(facts: Facts) -> str:
    """What numbers a file holds, in a word or two."""
    if not facts.seen:
        return "nothing"
    if facts.one_hot:
        return "one-hot rows"
    if facts.zeros_and_ones:
        return "0 and 1"
    if facts.signs:
        return "-1 and 1"
    if facts.labelled:
        return "class indices" if facts.classes else "whole numbers"
    if facts.probabilities or facts.logarithms:
        return _HOLDS[facts.space(facts.by_class)]
    if facts.unit and facts.by_class:
        return "numbers in [0, 1]"
    return "numbers"


def _holds(facts: Facts) -> list[str]:
    what = holds(facts)
    if facts.classes and what == "class indices" and facts.labels is not None:
        counts = facts.labels.values()
        kind = "words that the columns name" if facts.source.coded else "integers"
        return [f"{facts.classes} classes? {kind}, each {min(counts)} … {max(counts)} times"]
    if facts.by_class and what == "numbers":
        return ["rows: neither probabilities nor log-probabilities: logits?"]
    if what == "numbers in [0, 1]":
        return ["rows: in [0, 1], and do not sum to 1: one yes or no a column, as a sigmoid gives?"]
    if facts.by_class:
        return [f"rows: {what}"]
    return [what] if what not in ("numbers", "nothing") else []


def _together(found: Diagnosis, digits: int) -> str | None:
    together = found.together
    if together is None or together.value is None:
        return None
    figures = [words.format(together.figures[name]) for name, words in _FIGURES.items() if name in together.figures]
    return "; ".join([f"{together.loss} {rounded(together.value, digits)}", *([", ".join(figures)] if figures else [])])


def _reference(found: Diagnosis, digits: int) -> list[str]:
    """What the best constant gets, of a loss that has one."""
    lines = () if found.together is None else found.together.references
    if not lines:
        return []
    skill = "" if lines[0].skill is None else f"; skill {lines[0].skill:.3f}"
    return [f"best constant ({lines[0].reference}) {rounded(lines[0].value, digits)}{skill}"]


def _fits(found: Diagnosis, width: int) -> list[str]:
    best = found.best
    lines = typed.command(found.command(*best), width)
    others = found.fits[len(best) :]
    if others:
        more = f", and {len(others) - _ALSO} more" if len(others) > _ALSO else ""
        lines.append(f"also {', '.join(one.loss.name for one in others[:_ALSO])}{more}")
    return lines


def _findings(found: Diagnosis, width: int) -> list[str]:
    lines: list[str] = []
    for one in found.findings:
        kind = "error" if one in found.errors else "warning"
        lines += _paragraph(f"{one.code} {kind}: {one.message}", one.hint, width)
    refused = None if found.together is None else found.together.refused
    if refused is not None:
        lines += _paragraph(f"error: {refused.message}", refused.hint, width)
    return lines or ["no findings."]


def _paragraph(text: str, hint: str, width: int) -> list[str]:
    first, *more = _wrap(text, width - 5)
    return [first, *(f"     {line}" for line in (*more, *(_wrap(f"→ {hint}", width - 5) if hint else [])))]


def json(found: Diagnosis) -> str:
    """The JSON document; its keys are those of the guide's page on doctor."""
    from losscli import __version__

    refused = None if found.together is None else found.together.refused
    return text_of(
        {
            "schema": SCHEMA,
            "losscli": __version__,
            "healthy": found.healthy,
            "files": [_file_document(one) for one in found.files],
            "together": _together_document(found),
            "fits": [{"loss": one.loss.name, "command": " ".join(found.command(one))} for one in found.fits],
            "findings": [_finding(one, found) for one in found.findings],
            "error": None if refused is None else {"message": refused.message, "hint": refused.hint},
        }
    )


def _finding(one: Finding, found: Diagnosis) -> dict[str, str]:
    return {"code": one.code, "severity": "error" if one in found.errors else "warning", **one._asdict()}


def _file_document(one: Read) -> dict[str, Any]:
    facts = one.facts
    document: dict[str, Any] = {"source": one.text, "words": one.words, "remarks": list(one.remarks)}
    if facts is None:
        return document
    source = facts.source
    labels = facts.labels if facts.labelled and facts.labels and len(facts.labels) <= _FEW else None
    return document | {
        "format": source.format,
        "shape": [facts.rows, *source.row_shape],
        "dtype": str(source.own_dtype),
        "columns": list(source.columns),
        "holds": holds(facts),
        "nan": facts.nans,
        "infinite": facts.infinite,
        "missing": facts.missing,
        "low": facts.low if facts.seen else None,
        "high": facts.high if facts.seen else None,
        "whole": facts.whole,
        "labels": None if labels is None else {str(label): labels[label] for label in sorted(labels)},
        "constant": facts.constant,
    }


def _together_document(found: Diagnosis) -> dict[str, Any] | None:
    together = found.together
    if together is None:
        return None
    lines = [jsonable(line._asdict()) for line in together.references]
    return {"loss": together.loss, "value": jsonable(together.value), **together.figures, "references": lines}


def width() -> int:
    """How many columns there are to write in."""
    import shutil

    return min(shutil.get_terminal_size().columns, 100) if sys.stdout.isatty() else 80


def quiet(found: Diagnosis) -> str:
    """The codes of what was found, a line each."""
    return "".join(f"{code}\n" for code in dict.fromkeys(one.code for one in found.findings))
