"""Groups as every format shows them."""

from __future__ import annotations

import csv
import io
import json
import math
import re

import pytest
from shell import compute

import losscli

pytestmark = pytest.mark.usefixtures("folder")


ORDERS = ("name", "loss", "count", "sum")


# Weights


@pytest.mark.parametrize("format", ["table", "json", "csv", "markdown"])
def test_groups_of_the_others_are_shown_in_its_company(format, sortable):
    command = ("l1,median_absolute_error", "s.csv::a", "s.csv::b", "--by", "g", "-f", format)
    ran = compute(*command, "--no-per-sample")
    assert ran.err.startswith("Warning L304: median_absolute_error is one number for the whole set and has no groups")
    assert all(name in ran.out for name in ("few", "lost", "many", "more"))
    if format == "csv":
        assert [row[:2] for row in rows(ran.out)[-2:]] == [["l1", "total"], ["median_absolute_error", "total"]]


# Groups as they are shown


def rows(text):
    return list(csv.reader(io.StringIO(text)))


def shown(order, format, *arguments):
    """The groups' names in the order in which a format shows them."""
    ran = compute("nll", "s.csv::a,b", "s.csv::y", "--by", "g", *(["--sort", order] if order else []), *arguments,
                  "--no-per-sample", *(["-f", format] if format != "table" else []))  # fmt: skip
    if format == "json":
        return [group["names"]["g"] for group in json.loads(ran.out)["results"][0]["groups"]]
    if format == "csv":
        header, *body, total = rows(ran.out)
        assert header == ["loss", "scope", "g", "value", "numerator", "denominator", "samples"]
        assert total[:3] == ["nll", "total", ""]
        assert {row[1] for row in body} == {"group"}
        return [row[2] for row in body]
    lines = ran.out.splitlines()
    if format == "markdown":
        return [line.split("|")[3].strip() for line in lines[2:-1]]
    at = next(i for i, line in enumerate(lines) if line.startswith("g "))
    return [line.split()[0] for line in lines[at + 2 :]]


# value, numerator, samples: few 3/1 1, lost NaN 0/0 2, many 1/3 3, more 2/2 2
ORDERED = {
    None: ["few", "lost", "many", "more"],
    "name": ["few", "lost", "many", "more"],
    "loss": ["few", "more", "many", "lost"],
    "count": ["many", "lost", "more", "few"],
    "sum": ["more", "few", "many", "lost"],
}


@pytest.fixture
def sortable():
    lines = ["a,b,y,g", "-1,-9,0,many", "-2,-9,0,more", "-1,-9,-100,lost", "-3,-9,0,few", "-1,-9,0,many"]
    lines += ["-2,-9,0,more", "-1,-9,-100,lost", "-0.5,-9,0,many"]
    with open("s.csv", "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")


@pytest.mark.parametrize("format", ["table", "json", "csv", "markdown"])
@pytest.mark.parametrize("order", ORDERED)
def test_groups_are_sorted(order, format, sortable):
    assert shown(order, format) == ORDERED[order]


def test_every_order_is_tested():
    assert set(ORDERED) == {None, *ORDERS}


def test_json_says_what_each_group_is(sortable):
    out = compute("nll", "s.csv::a,b", "s.csv::y", "--by", "g", "--sort", "count", "-f", "json").out
    (one,) = json.loads(out)["results"]
    assert one["groups"][:2] == [
        {"names": {"g": "many"}, "value": 2.5 / 3, "numerator": 2.5, "denominator": 3, "samples": 3},
        {"names": {"g": "lost"}, "value": "NaN", "numerator": 0.0, "denominator": 0, "samples": 2},
    ]
    assert sum(g["numerator"] for g in one["groups"]) == one["numerator"] == 9.5
    assert sum(g["denominator"] for g in one["groups"]) == one["denominator"] == 6


def test_csv_and_markdown_end_in_the_total(sortable):
    command = ("nll,cross_entropy", "s.csv::a,b", "s.csv::y", "--by", "g")
    header, *body = rows(compute(*command, "-f", "csv").out)
    groups = [["group", name] for name in ("few", "lost", "many", "more")]
    assert [row[:3] for row in body] == [
        [name, *part] for name in ("nll", "cross_entropy") for part in (*groups, ["total", ""])
    ]
    for name in ("nll", "cross_entropy"):
        *parts, total = [dict(zip(header, row, strict=True)) for row in body if row[0] == name]
        assert math.fsum(float(part["numerator"]) for part in parts) == float(total["numerator"])
        assert sum(int(part["samples"]) for part in parts) == int(total["samples"]) == 8
        alone = losscli.compute(name, "s.csv::a,b", "s.csv::y")
        assert float(total["value"]) == pytest.approx(alone.value, rel=1e-15)
    lines = compute(*command, "-f", "markdown").out.splitlines()
    assert len(lines) == 2 + len(body)
    assert len({line.count("|") for line in lines}) == 1


@pytest.mark.parametrize("suffix", ["json", "csv", "md"])
def test_groups_in_a_file_are_those_of_stdout(suffix, sortable):
    command = ("nll", "s.csv::a,b", "s.csv::y", "--by", "g", "--sort", "loss")
    compute(*command, "-o", f"out.{suffix}")
    with open(f"out.{suffix}", encoding="utf-8") as file:
        assert file.read() == compute(*command, "-f", "markdown" if suffix == "md" else suffix).out


def test_quiet_is_the_total_alone(sortable):
    command = ("nll", "s.csv::a,b", "s.csv::y", "-q")
    assert float(compute(*command, "--by", "g").out) == float(compute(*command).out)


MIXED = 'p,y,g,h\n1,0,b,2\n2,0,,1\n3,0, a ,2\n4,0,b,\n5,0,"b",2\n'


def test_several_columns_each_have_theirs():
    with open("t.csv", "w", encoding="utf-8") as file:
        file.write(MIXED)
    command = ("mse", "t.csv::p", "t.csv::y", "--by", "h, g", "--no-per-sample")
    assert [group["names"] for group in json.loads(compute(*command, "-f", "json").out)["results"][0]["groups"]] == [
        {"h": "", "g": "b"}, {"h": "1", "g": ""}, {"h": "2", "g": "a"}, {"h": "2", "g": "b"},
    ]  # fmt: skip
    header, *_, total = rows(compute(*command, "-f", "csv").out)
    assert header[:4] == ["loss", "scope", "h", "g"]
    assert total == ["mse", "total", "", "", "11.0", "55.0", "5", "5"]
    assert compute(*command).out.splitlines()[6].split() == ["h", "g", "mse", "sum", "/", "count", "samples", "share"]


@pytest.fixture
def odd_names(folder):
    (folder / "n.csv").write_text('p,y,g\n1,2,"a\nb"\n2,3,<b>x</b>\n3,4,a < b\n5,2,c|d\\|e\n', encoding="utf-8")
    return ("mse", "n.csv", "--pred", "p", "--target", "y", "--by", "g", "--no-per-sample")


def test_line_break_in_the_name_of_a_group_makes_no_row(odd_names):
    lines = compute(*odd_names).out.splitlines()
    assert any(line.startswith("a\\nb  ") for line in lines)
    assert "b" not in {line.strip() for line in lines}


def test_names_of_groups_are_no_markup_in_markdown(odd_names):
    lines = compute(*odd_names, "-f", "markdown").out.splitlines()
    cells = [re.sub(r"\\(.)", lambda m: m[1] if m[1] != "|" else "/", line).count("|") for line in lines]
    assert len({*cells}) == 1, lines
    assert [line.split(" | ")[2] for line in lines[2:-1]] == ["&lt;b>x&lt;/b>", "a<br>b", "a < b", r"c\|d\\\|e"]
