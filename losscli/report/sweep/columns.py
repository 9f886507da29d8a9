"""The columns of a sweep that is read: what was set, the loss, and what may help to choose."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from losscli.report.numbers import rounded
from losscli.report.sweep.rows import names_of, regimes_of, share, signed, value_text

if TYPE_CHECKING:
    from losscli.explore.sweep import Row, Sweep


def header_and_rows(sweep: Sweep, digits: int) -> tuple[list[str], list[list[str]]]:
    """The names of the columns, and the cells of each row as text."""
    columns = _columns(sweep, digits)
    return [name for name, _ in columns], [[cell(row) for _, cell in columns] for row in sweep.rows]


def _columns(sweep: Sweep, digits: int) -> list[tuple[str, Callable[[Row], str]]]:
    found: list[tuple[str, Callable[[Row], str]]] = []
    if len(sweep.losses) > 1:
        found.append(("loss", lambda row: row.result.loss))
    found += [("T" if name == "temperature" else name, partial(_at, name)) for name in names_of(sweep)]
    found.append((sweep.rows[0].result.reduction, lambda row: rounded(float(row.result), digits)))
    if "temperature" in names_of(sweep):
        found.append(("against T = 1", _change(sweep)))
    found += [(name, partial(_part, name)) for name in regimes_of(sweep)]
    if any(row.worst is not None for row in sweep.rows):
        found.append(("loss of worst 1 %", lambda row: "" if row.worst is None else percent(row.worst.share)))
    # With logits divided, it is that to the quotients: no gradient of the model's.
    if "temperature" not in names_of(sweep) and any(row.gradient is not None for row in sweep.rows):
        found.append(("mean |gradient|", lambda row: "" if row.gradient is None else rounded(row.gradient, digits)))
    return found


def _at(name: str, row: Row) -> str:
    return value_text(row.at[name]) if name in row.at else ""


def _part(regime: str, row: Row) -> str:
    return percent(share(row, regime))


def percent(part: float | None) -> str:
    """A part of a whole; "" where there is none."""
    return "" if part is None else f"{100 * part:.1f} %"


def _change(sweep: Sweep) -> Callable[[Row], str]:
    """How much a loss differs from that at T = 1, all else alike."""

    def others(row: Row) -> tuple[object, ...]:
        return (row.result.loss, *(value for name, value in row.at.items() if name != "temperature"))

    base = {others(row): float(row.result) for row in sweep.rows if row.at.get("temperature") == 1.0}

    def cell(row: Row) -> str:
        at_one = base.get(others(row))
        if at_one is None or not at_one or row.at.get("temperature") == 1.0:
            return ""
        return signed(float(row.result) / at_one - 1)

    return cell
