"""The parts of a distribution that is read, each a table of text: its name, its columns, and their cells."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from losscli.report.numbers import are_numbers, for_reading, rounded
from losscli.results.distribution import Confused, Distribution

if TYPE_CHECKING:
    from losscli.reference.lines import Shift

_CLASSES = 10
_SHOWN = (0.0, 0.25, 0.5, 0.75, 0.9, 0.99, 1.0)
_NAMES = {0.0: "min", 1.0: "max"}


class Part(NamedTuple):
    """One table.

    Attributes:
        columns: Their names.
        right: Which of them stand to the right.
        rows: Their cells; a share is a float or None, and gets a bar where tables draw any.
        below: A sentence below it.
        flush: Which of ``right`` are ends of ranges.
        cut: Which of them hold words of any length.
        most: How many rows tables show at most; 0 is all.
    """

    columns: tuple[str, ...]
    right: tuple[int, ...]
    rows: list[list[str | float | None]]
    below: str = ""
    flush: tuple[int, ...] = ()
    cut: tuple[int, ...] = ()
    most: int = 0


def first_lines(found: Distribution, digits: int) -> list[list[str]]:
    """The loss with its fraction, and its references."""
    one = found.result
    parts = [one.loss, rounded(one.value, digits)]
    fraction = f"{rounded(one.numerator or 0.0, digits)} / {rounded(one.denominator or 0, digits)} {one.denominator_is}"
    lines = [[*parts, f"from {fraction}" if one.made_of else f"= {fraction}"]]
    for i, line in enumerate(one.references):
        number = f" {rounded(line.prediction, digits)}" if isinstance(line.prediction, float) else ""
        skill = "" if line.skill is None else f", skill {line.skill:.3f}"
        lines.append(["constant" if i == 0 else "", rounded(line.value, digits), f"{line.reference}{number}{skill}"])
    return lines if found.shifted is None else [*lines, _shifted(found.shifted, digits)]


def _shifted(shift: Shift, digits: int) -> list[str]:
    """What the best constant added to all predictions brings."""
    by = rounded(shift.by, digits) if isinstance(shift.by, float) else "a constant for each column"
    less = "" if shift.gain is None else f", {_part(max(shift.gain, 0.0))} less"
    return ["shifted", rounded(shift.value, digits), f"all predictions by {by}{less}"]


def parts(found: Distribution, digits: int) -> Iterator[Part]:
    """Every table that there is."""
    if found.quantiles:
        yield _quantiles(found)
        yield _worst(found, digits)
        yield _bins(found)
    if found.classes:
        yield _classes(found, digits)
    if found.groups:
        yield _groups(found, digits)
    if found.worst_samples:
        yield samples(found, digits)


def _brief(value: float) -> str:
    """A figure that only compares, with four digits, or all of those before the point."""
    return f"{value:.0f}" if 1e4 <= abs(value) < 1e7 else rounded(value, 4)


def _about(found: Distribution) -> str:
    return "" if found.exact else "≈ "


def _quantiles(found: Distribution) -> Part:
    shown = [(part, value) for part, value in found.quantiles if part in _SHOWN]
    names = [_NAMES.get(part, f"{100 * part:g} %") for part, _ in shown]
    cells = [("" if part in _NAMES else _about(found)) + _brief(value) for part, value in shown]
    others = [f"{count} {word}" for count, word in ((found.infinite, "infinite"), (found.nan, "NaN")) if count]
    below = f"Without the losses that are not finite: {' and '.join(others)}." if others else ""
    return Part(("quantile", *names), tuple(range(1, len(names) + 1)), [["loss", *cells]], below)


def _worst(found: Distribution, digits: int) -> Part:
    shared = not found.why_no_shares
    word = "total" if found.result.reduction == "sum" else found.result.reduction
    columns = ("worst", "samples", "each at least", *(["share of the loss"] if shared else []), f"{word} without")
    rows: list[list[str | float | None]] = [
        [
            f"{100 * one.q:g} %",
            str(one.samples),
            _about(found) + _brief(one.above),
            *([one.share] if shared else []),
            "" if one.without is None else _about(found) + rounded(one.without, digits),
        ]
        for one, more in zip(found.worst, (*found.worst[1:], None), strict=True)
        if more is None or more.samples > one.samples
    ]
    right = (0, 1, 2, len(columns) - 1)
    if not shared:
        return Part(columns, right, rows, f"No shares: {found.why_no_shares}.")
    half = found.samples_with_half or 0
    number = f"{half} {'sample' if half == 1 else 'samples'}"
    part = f"{100 * half / found.samples:.1f} %"
    return Part(columns, right, rows, f"Half of the loss is in {_about(found)}{number} ({part}).")


def _bins(found: Distribution) -> Part:
    shared = not found.why_no_shares
    rows: list[list[str | float | None]] = [
        [
            _brief(one.low),
            _brief(one.high),
            one.samples / found.samples,
            *([one.share] if shared else []),
        ]
        for one in found.bins
    ]
    columns = ("loss from", "to", "samples", *(["share of the loss"] if shared else []))
    return Part(columns, (0, 1), rows, flush=(0, 1))


def _classes(found: Distribution, digits: int) -> Part:
    shared = not found.why_no_shares
    rows: list[list[str | float | None]] = [
        [
            found.named(one.number),
            str(one.targets),
            f"{100 * one.right / one.targets:.1f} %",
            rounded(one.mean, digits),
            *([one.share] if shared else []),
        ]
        for one in found.classes
    ]
    columns = ("class", "targets", "right", "mean", *(["share of the loss"] if shared else []))
    return Part(columns, (0, 1, 2, 3), rows, _wrong(found, digits), most=_CLASSES)


def _wrong(found: Distribution, digits: int) -> str:
    wrong = found.wrong
    if wrong is None or not wrong.targets or wrong.mean is None:
        return "No target is taken for another class."
    of = sum(one.targets for one in found.classes)
    text = f"Wrong: {wrong.targets} of {of} targets ({100 * wrong.targets / of:.1f} %), mean "
    text += rounded(wrong.mean, digits)
    if wrong.share is not None:
        text += f", {100 * wrong.share:.1f} % of the loss"
    if found.confused:
        each = [_confused(found, pair) for pair in found.confused[:3]]
        text += f". Most: {'; '.join(each)}"
    return text + "."


def _confused(found: Distribution, pair: Confused) -> str:
    times = "once" if pair.targets == 1 else f"{pair.targets} times"
    share = "" if pair.share is None else f" ({100 * pair.share:.1f} %)"
    return f"{found.named(pair.target)} taken for {found.named(pair.predicted)}, {times}{share}"


def _groups(found: Distribution, digits: int) -> Part:
    shared = found.groups[0].share is not None
    by = found.result.by
    rows: list[list[str | float | None]] = [
        [
            *one.names,
            str(one.samples),
            f"{100 * one.part:.1f} %",
            rounded(one.value, digits),
            *([one.share] if shared else []),
        ]
        for one in found.groups
    ]
    columns = (*by, "samples", "part", found.result.reduction, *(["share of the loss"] if shared else []))
    first = len(by)
    return Part(columns, (first, first + 1, first + 2), rows)


def samples(found: Distribution, digits: int) -> Part:
    """The samples that add most, of which there is one at least."""
    first = found.worst_samples[0]
    told = list(dict.fromkeys(name for one in found.worst_samples for name in one.told))
    names = {"p": "p of target"}
    located = any(one.position for one in found.worst_samples)
    shared = not found.why_no_shares
    rows: list[list[str | float | None]] = []
    for one in found.worst_samples:
        position = [",".join(map(str, one.position))] if located else []
        numbers = [_told(found, name, one.told.get(name), digits) for name in told]
        share = [] if not shared else ["" if one.share is None else _part(one.share)]
        kept = [for_reading(str(value), digits) for value in one.kept.values()]
        rows.append([str(one.number), *position, *numbers, rounded(one.loss, digits), *share, *kept])
    columns = ("sample", *(["at"] if located else []), *(names.get(name, name) for name in told), "loss")
    columns = (*columns, *(["share"] if shared else []), *first.kept)
    words = range(len(columns) - len(first.kept), len(columns))
    cut = tuple(i for i in words if not are_numbers(str(row[i]) for row in rows))
    return Part(columns, tuple(i for i in range(len(columns)) if i not in cut), rows, cut=cut)


def _part(share: float) -> str:
    return f"{100 * share:.2f} %" if share >= 5e-5 or not share else f"{100 * share:.1g} %"


def _told(found: Distribution, name: str, value: float | int | None, digits: int) -> str:
    if value is None:
        return ""
    if isinstance(value, int):
        return found.named(value)
    return f"{value:.3g}" if name == "p" else rounded(value, digits)
