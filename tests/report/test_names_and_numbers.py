"""Names come out as plain text in one line, numbers as the shortest that read back."""

from __future__ import annotations

import math

import numpy as np
import pytest
from shell import cli, compute, document, refused

from losscli.report.numbers import plain, rounded, shortest

pytestmark = pytest.mark.usefixtures("files")


# Names that files and columns may have


NASTY = ["[red]x", "\x1b[31mx", "a\nb", "tab\tb", "\x07bell", "\u202eright", "[b]", "ü→π", "a" * 200]


@pytest.mark.parametrize("name", NASTY, ids=ascii)
def test_file_names_come_out_as_plain_text(name, files):
    missing, empty = f"{name}.csv", files / f"{name}_.csv"
    empty.write_text("")
    for given in (missing, empty.name):
        error, _ = refused(cli("compute", "mse", given, "t.csv"))
        assert error.isprintable()
        assert plain(" ".join(given.split())) in error


@pytest.mark.parametrize("name", [n for n in NASTY if "\n" not in n and "\t" not in n], ids=ascii)
def test_column_names_come_out_as_plain_text(name, files):
    (files / "c.csv").write_text(f"{name};y\n1;2\n3;bad\n".replace("bad", "4") + "x;5\n", encoding="utf-8")
    error, _ = refused(cli("compute", "mse", "c.csv", "t.csv"))
    assert error.isprintable()
    assert "line 4, column " in error


@pytest.mark.parametrize("name", NASTY, ids=ascii)
def test_warnings_are_one_plain_line(name, files):
    np.save(files / f"{name}.npy", np.zeros((12, 1)))
    ran = compute("mse", f"{name}.npy", "t.csv", "-q")
    assert len(ran.errors) == 1
    assert ran.errors[0].isprintable()


@pytest.mark.parametrize("name", NASTY, ids=ascii)
def test_json_keeps_names_exactly(name, files):
    (files / f"{name}.csv").write_text("0\n" * 12)
    assert document("mse", f"{name}.csv", "t.csv")["inputs"][0]["source"] == f"{name}.csv"


def test_markup_in_a_cell_of_text_is_shown_as_it_is():
    write_bad = "[bold]no[/bold]"
    with open("bad.csv", "w", encoding="utf-8") as file:
        file.write(f"1\n{write_bad}\n")
    assert write_bad in refused(cli("compute", "mse", "bad.csv", "t.csv"))[0]


# Numbers


@pytest.mark.parametrize("value", [0.1, -0.0, 1e300, 5e-324, math.inf, -math.inf, 1 / 3, 123456789.0])
def test_shortest_reads_back(value):
    assert float(shortest(value)) == value
    assert math.copysign(1, float(shortest(value))) == math.copysign(1, value)


def test_shortest_of_a_float32_is_its_value():
    assert float(shortest(np.float32(0.1))) == float(np.float32(0.1))


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        (16497.3, 4, "16497"),
        (-12345.6, 2, "-12346"),
        (164973.4, 6, "164973"),
        (1649734.0, 6, "1.64973e+06"),
        (1649.73, 2, "1650"),
        (0.00001234, 2, "1.2e-05"),
        (-0.0, 6, "0"),
        (math.inf, 2, "inf"),
        (7, 2, "7"),
    ],
)
def test_numbers_below_a_million_have_all_their_digits_before_the_point(value, digits, text):
    assert rounded(value, digits) == text
