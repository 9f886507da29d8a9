"""NDJSON: columns in the order of the first object, whatever their number, and no key twice."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from shell import cli, compute, refused

from losscli.inputs.files import open_source

pytestmark = pytest.mark.usefixtures("folder")


def write(*objects, name="x.ndjson"):
    Path(name).write_text("".join((one if isinstance(one, str) else json.dumps(one)) + "\n" for one in objects))


@pytest.mark.parametrize("width", [2, 32, 33, 100, 1000])
def test_columns_come_in_the_order_of_the_first_object(width):
    names = [f"c{(7 * i + 3) % 1009}" for i in range(width)]
    write({n: i for i, n in enumerate(names)}, dict.fromkeys(sorted(names), 0))
    source = open_source("x.ndjson")
    assert source.columns == tuple(names)
    assert source.read_all().tolist() == [list(range(width)), [0] * width]


def test_keys_that_the_first_object_lacks_come_after_its_own_in_natural_order():
    first = {f"b{i}": i for i in range(40)}
    write(first, {"z10": 1, "z9": 2, "a": 3} | first)
    assert open_source("x.ndjson::*").columns == (*first, "a", "z9", "z10")


def test_logits_of_many_classes_are_scored_in_their_order():
    logits = {f"logit_{i}": float(i == 32) * 9 for i in range(33)}
    write(logits, logits)
    Path("y.csv").write_text("y\n32\n32\n")
    assert float(compute("cross_entropy", "x.ndjson", "y.csv", "-q").out) < 0.01


REPEATED = {
    "at once": ['{"p": 1, "p": 2}'],
    "later": ['{"p": 1, "y": 3}', '{"p": 1, "y": 3, "p": 1}'],
    "in place of another": ['{"p": 1, "y": 3}', '{"p": 1, "p": 3}'],
    "blank line": ['{"p": 1}', "", '{"p" :1,"p" : 2}'],
    "beside objects": ['{"p": 1, "o": {"p": {"p": 1}}}', '{"o": {"p": {"p": 2}}, "p": 1, "p": 2}'],
    "beside lists of objects": ['{"p": 1, "o": [{"p": 1}, {"p": "}{"}]}', '{"p": 1, "o": [{"p": "x"}], "p": 2}'],
    "many": [json.dumps({"p": 1} | {f"k{i}": i for i in range(40)})[:-1] + ', "p": 2}'],
}


@pytest.mark.parametrize("lines", REPEATED.values(), ids=REPEATED)
def test_a_key_that_stands_twice_in_an_object_is_refused(lines):
    write(*lines)
    error, hint = refused(cli("compute", "mse", "x.ndjson", "--pred", "p", "--target", "p"))
    assert f"x.ndjson: line {len(lines)} has the key 'p' twice" in error
    assert "once" in hint


@pytest.mark.parametrize(
    "lines",
    [
        ['{"p": 1, "o": {"p": {"p": 1}}}', '{"p": 1, "o": {"p": {"p": 2}}}'],
        ['{"p": 1, "o": [{"p": 1}, {"p": 2}]}', '{"p": 1, "o": [{"p": "{"}]}'],
        ['{"p": 1, "o": "\\"p\\": 2"}', '{"p": 1, "o": ": \\\\"}'],
        ['{"p": 1, "o": ["p", ":"]}', '{"p": 1, "o": [",\\"p\\":"]}'],
    ],
)
def test_a_key_inside_a_value_is_another_key(lines):
    write(*lines)
    assert open_source("x.ndjson::p").read_all().tolist() == [1, 1]


@pytest.mark.parametrize("line", ["{}", "null", "1", '"a"', "[1]", "nonsense"])
def test_what_is_no_object_with_keys_is_refused(line):
    Path("x.ndjson").write_text(f"{line}\n")
    error, _ = refused(cli("compute", "mse", "x.ndjson", "1", "-q"))
    assert error.startswith("Error: x.ndjson: ")
    assert "which name its rows" not in error


def test_a_line_is_told_as_an_editor_counts():
    write("", '{"p": 1}', "", "  ", '{"p": null}')
    error, _ = refused(cli("compute", "mse", "x.ndjson", "x.ndjson"))
    assert "line 5, column 'p'" in error


def test_a_row_of_shards_is_told_as_one():
    Path("x").mkdir()
    write('{"p": 1}', '{"p": 2}', name="x/0.ndjson")
    write('{"p": 1}', '{"p": null}', name="x/1.ndjson")
    error, _ = refused(cli("compute", "mse", "x", "x"))
    assert "row 3 of its 2 files, column 'p'" in error


@pytest.mark.parametrize("again", ['"\\u0070": 2', '"p" : 2', '"\\u0070"\t: 2'])
def test_a_key_that_stands_twice_is_refused_however_it_is_written(again):
    write('{"p": 1, "\\u0071": 2, "r" : 3}', '{"p": 1, "q": 2, "r": 3}', '{"p": 1, "q": 2, ' + again + "}")
    error, _ = refused(cli("compute", "mse", "x.ndjson::p", "x.ndjson::p"))
    assert "line 3 has the key 'p' twice" in error


@pytest.mark.parametrize("name", ["x.ndjson", "-"])
def test_a_byte_order_mark_is_no_part_of_the_first_object(name):
    content = b'\xef\xbb\xbf{"p": 1, "y": 3}\n{"p": 2, "y": 2}\n'
    Path("x.ndjson").write_bytes(content)
    assert compute("mse", name, "--pred", "p", "--target", "y", "-q", stdin=content).out == "2.0\n"


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('{"p": 2, "y":', "line 3 is not JSON (Expecting value)."),
        ('{"p": NaN, "y": 1}', "line 3 is not JSON (it has no NaN)."),
        ('{"p": 1e400, "y": 1}', "line 3 is not JSON (1e400 is past the largest float)."),
        ("[1, 2]", "line 3 is not a JSON object."),
    ],
)
@pytest.mark.parametrize("name", ["x.ndjson", "-"])
def test_a_line_that_is_no_object_is_told_by_its_number(line, words, name):
    write({"p": 1, "y": 2}, "", line, {"p": 1, "y": 2})
    options = ("--pred", "p", "--target", "y")
    error, hint = refused(cli("compute", "mse", name, *options, stdin=Path("x.ndjson").read_bytes()))
    assert error == f"Error: {name}: {words}"
    assert ("--missing omit" in hint) == ("NaN" in words or "1e400" in words)


def test_no_line_is_told():
    write("", "")
    assert refused(cli("compute", "mse", "x.ndjson", "x.ndjson"))[0] == "Error: x.ndjson: is empty."
