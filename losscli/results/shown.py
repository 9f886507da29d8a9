"""What a result shows of itself, in Python and in a notebook: by the renderers that the command line has."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from losscli.results.distribution import Distribution
    from losscli.results.result import Result

_MOST = 100
"""Worst samples that a notebook shows."""
DIGITS = 6
"""Significant digits, where numbers are for reading."""


def to_dict(one: Result) -> dict[str, Any]:
    """The result as ``-f json`` has it: numbers, text and lists alone."""
    from losscli.report import Report
    from losscli.report.json import whole_result

    return whole_result(one, Report([one], one.sample_index, samples=one.per_sample is not None))


def _rows(one: Result) -> tuple[list[str], list[list[Any]]]:
    """The table that a result is: its samples if it has them, else its groups, else itself."""
    from losscli.report import Report
    from losscli.report.rows import header_and_rows

    header, rows = header_and_rows(Report([one], one.sample_index, samples=one.per_sample is not None))
    return header, list(rows)


def to_polars(one: Result) -> Any:
    """The table of its samples, else of its groups, else of itself, as a frame of polars."""
    import polars

    header, rows = _rows(one)
    return polars.DataFrame(rows, schema=header, orient="row", infer_schema_length=None)


def to_pandas(one: Result) -> Any:
    """The same as a frame of pandas.

    Raises:
        BackendError: pandas is not installed.
    """
    try:
        import pandas
    except ImportError as error:
        from losscli.errors import BackendError

        raise BackendError("pandas is not installed.", "pip install pandas; to_polars() needs nothing more.") from error
    header, rows = _rows(one)
    return pandas.DataFrame(rows, columns=header)


def to_html(one: Result) -> str:
    """A small table: the loss, its interval and fraction, its groups, the worst samples, what is to be said."""
    from losscli.report.numbers import rounded
    from losscli.report.table import interval_names, interval_of

    fraction, interval = "", interval_names(one)
    if one.numerator is not None and one.denominator is not None:
        fraction = f"{rounded(one.numerator, DIGITS)} / {rounded(one.denominator, DIGITS)} {one.denominator_is}"
    value = f"shape {one.value.shape}" if one.reduction == "none" else rounded(one.value, DIGITS)
    whole = [one.loss, value, *interval_of(one, DIGITS), fraction, str(one.samples)]
    parts = [_table(["loss", one.reduction, *interval, "sum / count", "samples"], [whole])]
    if one.groups:
        rows = [
            [*group.names, rounded(group.value, DIGITS), *interval_of(group, DIGITS), str(group.samples)]
            for group in one.groups
        ]
        parts.append(_table([*one.by, one.loss, *interval, "samples"], rows))
    if one.told or (one.sample_index is not None and len(one.sample_index) < one.samples + one.omitted):
        header, samples = _rows(one)
        shown = [["" if cell is None else _cell(cell) for cell in row] for row in samples[:_MOST]]
        parts.append(_table(header, shown))
    parts += [f"<p>{escape(f'{w.code}: {w.message} {w.hint}'.strip())}</p>" for w in one.warnings]
    return "".join(parts)


def picture_of(found: Distribution) -> str | None:
    """The picture of what a loss is made of, as SVG; None where there is nothing to draw."""
    from losscli.report.distribution.picture import picture
    from losscli.report.plot.svg import render

    drawn = picture(found)
    return None if drawn is None else render(drawn)


def _cell(value: Any) -> str:
    from losscli.report.numbers import rounded

    return rounded(value, DIGITS) if isinstance(value, float) else str(value)


def _table(header: list[str], rows: list[list[str]]) -> str:
    head = "".join(f"<th>{escape(name)}</th>" for name in header)
    body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
