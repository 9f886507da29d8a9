"""What a column is: data or identity, which columns belong together, and what a first row of 0, 1, … is."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from shell import cli, compute, refused

from losscli.errors import SourceError
from losscli.inputs.names import Columns, by_name

pytestmark = pytest.mark.usefixtures("folder", "reader")


def put(**contents):
    for name, content in contents.items():
        Path(f"{name}.csv").write_text(content)


def run(*arguments):
    """Value, remarks on the inputs, and warning codes."""
    found = json.loads(compute(*arguments, "-f", "json").out)
    remarks = [remark for one in found["inputs"] for remark in one["remarks"]]
    return found["results"][0]["value"], remarks, [w["code"] for w in found["warnings"]]


# Identity

INDICES = {
    "pandas": ",{c}\n{0},{x}\n{1},{y}\n{2},{z}\n",
    "pandas, read back": "Unnamed: 0,{c}\n{0},{x}\n{1},{y}\n{2},{z}\n",
    "R": '"","{c}"\n"{0}",{x}\n"{1}",{y}\n"{2}",{z}\n',
    "parquet as text": "__index_level_0__,{c}\n{0},{x}\n{1},{y}\n{2},{z}\n",
    "id": "id,{c}\n{0},{x}\n{1},{y}\n{2},{z}\n",
    "last": "{c},row_id\n{x},{0}\n{y},{1}\n{z},{2}\n",
}
ROWS = {"counted": "012", "from 1": "123", "split": "593", "words": ("ann", "bob", "eve")}


def indexed(writer, rows, column, values):
    return INDICES[writer].format(*rows, c=column, **dict(zip("xyz", values, strict=True)))


@pytest.mark.parametrize("rows", ROWS.values(), ids=ROWS)
@pytest.mark.parametrize("writer", INDICES)
def test_an_index_is_no_data_and_its_rows_must_agree(writer, rows):
    put(p=indexed(writer, rows, "p", (1, 2, 5)), t=indexed(writer, rows, "y", (1, 2, 7)))
    value, remarks, codes = run("mse", "p.csv", "t.csv")
    assert (value, codes) == (4 / 3, [])
    assert all("pairs the rows and is not read as data" in remark for remark in remarks)
    assert len(remarks) == 2
    put(t=indexed(writer, rows[::-1], "y", (7, 2, 1)))
    for arguments in (("p.csv", "t.csv"), ("p.csv::p", "t.csv::y")):
        error, hint = refused(cli("compute", "mse", *arguments))
        assert "not in the same order" in error
        assert "--on" in hint


@pytest.mark.parametrize("rows", ROWS.values(), ids=ROWS)
@pytest.mark.parametrize("writer", INDICES)
def test_an_index_on_one_side_is_no_data(writer, rows):
    put(p=indexed(writer, rows, "p", (1, 2, 5)), t="y\n1\n2\n7\n")
    value, (remark,), codes = run("mse", "p.csv", "t.csv")
    assert (value, codes) == (4 / 3, [])
    assert "names the rows and is not read as data" in remark


def test_keys_of_two_names_are_paired_by_an_equation():
    put(p="id,p\n7,1\n8,2\n", t="ID,y\n8,2\n7,1\n")
    _, hint = refused(cli("compute", "mse", "p.csv", "t.csv"))
    assert "id=ID" in hint
    value, remarks, _ = run("mse", "p.csv", "t.csv", "--on", "id=ID")
    assert (value, remarks) == (0.0, ["paired by id", "paired by id=ID"])


def test_ids_of_two_names_and_the_same_values_must_agree():
    put(p="id,p\n7,1\n8,2\n9,4\n", t="image_id,y\n9,2\n8,1\n7,3\n")
    error, hint = refused(cli("compute", "mse", "p.csv", "t.csv"))
    assert "not in the same order" in error
    assert "id=image_id" in hint


def test_ids_that_name_other_things_are_not_compared():
    put(p="id,p\n7,1\n8,2\n", t="filename,y\na.png,1\nb.png,4\n")
    assert run("mse", "p.csv", "t.csv")[0] == 2.0


def test_whole_and_decimal_ids_are_the_same():
    put(p="id,p\n7,1\n8,2\n", t="id,y\n7.0,1\n8.0,4\n")
    assert run("mse", "p.csv", "t.csv")[0] == 2.0


def test_a_column_named_like_an_id_with_decimals_is_data():
    put(p="index,q\n0.5,1.5\n0.25,2\n", t="a,b\n0.5,1.5\n0.25,3\n")
    value, remarks, codes = run("mse", "p.csv", "t.csv")
    assert (value, remarks, codes) == (0.25, [], ["L105"])


def test_an_identity_that_is_chosen_is_data():
    put(p="id,p\n7,1\n8,2\n", t="y\n7\n9\n")
    assert run("mse", "p.csv::id", "t.csv")[0] == 0.5


# Names


def test_columns_of_equal_names_are_paired_by_name():
    put(p="Weight,Waist\n190,36\n150,30\n", t="Waist,Weight\n36,191\n31,152\n")
    for arguments in (("p.csv", "t.csv"), ("p.csv::Weight,Waist", "t.csv::Waist,Weight")):
        value, remarks, _ = run("mse", *arguments)
        assert (value, remarks) == (1.5, ["columns paired by name: Weight, Waist"])


def test_soft_targets_follow_the_columns_of_the_scores():
    put(p="logit_cat,logit_dog\n3,0\n0,2\n", t="p_dog,p_cat\n0,1\n1,0\n", s="p_cat,p_dog\n1,0\n0,1\n")
    assert run("ce", "p.csv", "t.csv")[0] == run("ce", "p.csv", "s.csv")[0] < 0.2


def test_names_that_overlap_in_part_are_refused():
    put(p="a,b,label\n1,2,0\n3,4,1\n", t="label\n0\n1\n")
    error, hint = refused(cli("compute", "ce", "p.csv", "t.csv"))
    assert "p.csv and t.csv share the column 'label', but 'a' is in p.csv alone" in error
    assert "p.csv::" in hint
    refused(cli("compute", "ce", "p.csv", "p.csv::label"))
    assert run("mse", "p.csv::a,b", "p.csv::b,label")[0] == ((1 - 2) ** 2 + 2**2 + (3 - 4) ** 2 + 3**2) / 4


def test_order_by_name_is_that_of_the_first_input_with_several_columns():
    def one(names, chosen=False, path="x"):
        return Columns(path, path, tuple(names), True, chosen)

    assert by_name([one("ab"), one("ba", path="y")]) == [("a", "b"), ("a", "b")]
    assert by_name([one("ab", True), one("ba", True)]) == [("a", "b"), ("b", "a")]
    assert by_name([one("ab"), one("cd", path="y")]) == [("a", "b"), ("c", "d")]
    with pytest.raises(SourceError):
        by_name([one("ab"), one("bc", path="y")])


# A first row of 0, 1, …


@pytest.mark.parametrize("target", ["0\n0\n1\n", "y\n0\n1\n"])
def test_the_header_that_pandas_writes_is_no_data(target):
    put(p="0,1\n2.0,-1\n0.5,3\n", t=target)
    value, _, codes = run("ce", "p.csv", "t.csv")
    assert value == pytest.approx(0.0637385, rel=1e-6)
    assert set(codes) == {"L106"}
    refused(cli("compute", "ce", "p.csv", "t.csv", "--strict"))


def test_one_hot_rows_that_begin_like_a_header_are_data_where_the_other_file_says_so():
    put(p="a,b\n2,-1\n0.5,3\n", t="0,1\n1,0\n")
    assert run("ce", "p.csv", "t.csv")[2] == []


LONE = {
    "decimals below": ("0\n1.5\n2.5\n", "y\n1.5\n3.5\n", 0.5, ["L106"]),
    "labels from 0": ("p\n1\n2\n3\n", "0\n2\n3\n", 1 / 3, []),
    "both unclear": ("0\n1\n2\n", "0\n1\n4\n", 4 / 3, ["L106"]),
}


@pytest.mark.parametrize(("p", "t", "value", "codes"), LONE.values(), ids=LONE)
def test_a_lone_0_at_the_top(p, t, value, codes):
    put(p=p, t=t)
    found, _, said = run("mse", "p.csv", "t.csv")
    assert (found, set(said)) == (pytest.approx(value), set(codes))


# Which input is which


def test_a_column_of_the_table_goes_before_a_file_of_its_name():
    put(res="y_hat,y\n1,2\n3,4\n", y="y\n100\n200\n")
    Path("y_hat").mkdir()
    Path("y_hat/part.csv").write_text("p\n7\n8\n")
    assert run("mse", "res.csv", "--pred", "y_hat", "--target", "y")[0] == 1.0
    assert run("mse", "res.csv", "--pred", "y_hat", "--target", "y.csv")[0] == ((1 - 100) ** 2 + (3 - 200) ** 2) / 2


HINTS = {
    "mse p.csv t.csv w.csv": "--weight by name only",
    "mse p.csv a b": "p.csv --pred a --target b",
    "mse l1 p.csv t.csv": "mse,l1",
    "mse w.csv --pred p.csv --target t.csv": "leave it out",
}


@pytest.mark.parametrize(("command", "said"), HINTS.items(), ids=HINTS)
def test_more_than_there_is_room_for(command, said):
    put(p="a,b\n1,2\n", t="c,d\n1,2\n", w="1\n")
    assert said in refused(cli("compute", *command.split()))[1]
