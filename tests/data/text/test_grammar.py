"""The grammar of text files, in both readers: what is a header, a cell, a number, a missing value."""

from __future__ import annotations

import gzip
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from shell import cli, compute, refused

from losscli.data import files
from losscli.data.location import locate
from losscli.errors import DataError, LossCLIError, SourceError
from losscli.knobs.options import ReadOptions

pytestmark = pytest.mark.usefixtures("folder")


def table_of(content, **options):
    """The table that a file of this content is."""
    Path("x.csv").write_bytes(content if isinstance(content, bytes) else content.encode())
    return files.open_location(locate("x.csv"), ReadOptions(**options), [])


def numbers(table):
    """All columns of a table, as lists."""
    return table.numbers(list(table.columns)).read_all().tolist()


# A header of numbers, as pandas writes it over columns without names


@pytest.mark.parametrize(
    ("text", "numbered", "decimals", "names"),
    [("0,1\n2.0,-1\n", True, True, ("0", "1")), ("0,1\n1,0\n", True, False, ("0", "1")), ("0\n1\n", True, False, ()),
     ("0\n1e5\n", True, True, ()), ("0,2\n1,2\n", False, False, ()), ("a,b\n1.5,2\n", False, True, ("a", "b")),
     (",0,1\n0,5,6\n", False, False, ("Unnamed: 0", "0", "1"))],
)  # fmt: skip
def test_row_that_counts_from_0_may_be_a_header(reader, text, numbered, decimals, names):
    table = table_of(text)
    assert (table.numbered_header, table.decimals_below) == (numbered, decimals)
    assert (table.columns if table.header else ()) == names
    assert table.count() == (1 if names else 2)


def test_header_that_counts_is_left_to_who_sees_the_other_inputs(reader):
    table = table_of("0,1\n2.0,-1\n")
    assert (table.header, table.numbered_header, table.notes) == (True, True, ())


@pytest.mark.parametrize(("text", "rest"), [("0,1\n2,-1\n", [[2, -1]]), ("0\n1\n2\n", [1, 2])])
def test_either_reading_of_such_a_row_can_be_had(reader, text, rest):
    table = table_of(text)
    named, unnamed = table.with_header(True), table.with_header(False)
    assert (named.header, unnamed.header) == (True, False)
    assert numbers(named) == rest
    assert numbers(unnamed)[1:] == rest
    assert not named.notes
    assert not (named.numbered_header or unnamed.numbered_header)


# Quotes


def _late_quotes(rows):
    tags = ['"a,b"' if i % 1000 == 999 else "a" for i in range(rows)]
    groups = ['"g1"' if i % 1000 == 998 else f"g{i % 2}" for i in range(rows)]
    return "id,tags,width,g,y_hat,y\n" + "".join(
        f"i,{tag},5,{group},2.0,3.0\n" for tag, group in zip(tags, groups, strict=True)
    )


@pytest.mark.parametrize("packed", [False, True])
def test_quotes_after_the_first_lines_are_quotes(reader, packed):
    text = _late_quotes(3000).encode()
    name = "x.csv.gz" if packed else "x.csv"
    Path(name).write_bytes(gzip.compress(text) if packed else text)
    assert compute("mse", name, "--pred", "y_hat", "--target", "y", "-q").out == "1.0\n"
    groups = compute("mse", name, "--pred", "y_hat", "--target", "y", "--by", "g", "-f", "csv").out
    assert '""g1""' not in groups
    assert "g1" in groups


@pytest.mark.parametrize("row", ["2,1,200,4.0,4.5", "2,1,200", "2,1,200,4,", '2,"a",200,"b",1'])
@pytest.mark.parametrize("chosen", [["y"], ["y_hat"], ["id"], ["id", "price", "y_hat", "y"]])
def test_row_of_another_width_is_refused_whatever_is_chosen(reader, row, chosen):
    table = table_of("id,price,y_hat,y\n" + "1,2,3,4\n" * 200 + row + "\n1,2,3,4\n")
    with pytest.raises(SourceError, match=f"line 202 has {row.count(',') + 1} cells"):
        table.numbers(chosen).read_all()


def test_delimiter_behind_a_quote_inside_a_cell_counts_whatever_is_chosen(reader):
    # Long enough for polars to look at 64 bytes at a time.
    rows = '"2851691.","x","a\nb"\n"0.43162725943890284",1"5,y",c\n"-4.84783372635443091E+08",-,"say ""x"""\n'
    table = table_of(rows + '"0.1",1_000,y\n0.9789115100290551874095968,-,d\n', header=False, delimiter=",")
    with pytest.raises(SourceError, match="line 3 has 4 cells"):
        table.numbers(["1"]).read_all()


@pytest.mark.parametrize("row", ["1,b,c", "1"])
def test_row_of_another_width_is_refused_where_text_alone_is_read(reader, row):
    table = table_of("a,b\n" + "1,x\n" * 5 + row + "\n1,x\n")
    with pytest.raises(SourceError, match="line 7 has"):
        table.texts("b").read(0, 100)


def test_empty_last_cells_are_no_short_rows(reader):
    table = table_of("a,b\n1,x\n2,\n3,\n4,z\n")
    assert table.numbers(["a"]).read_all().tolist() == [1, 2, 3, 4]
    assert table.texts("b").read(0, 10).tolist() == ["x", "", "", "z"]


@pytest.mark.parametrize("cell", ['"1"5', '"1"5"2"', '"1" 5'])
def test_cell_goes_on_after_its_quote(reader, cell):
    for column in "ab":
        with pytest.raises(SourceError, match="line 3"):
            table_of(f"a,b\n1,2\n{cell},4\n5,6\n").numbers([column]).read_all()


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r\r\n"])
@pytest.mark.parametrize("missing", ["error", "omit"])
def test_line_ends(reader, end, missing):
    table = table_of(end.join(["a,b", "1,2", "3,4", ""]), missing=missing)
    assert numbers(table) == [[1, 2], [3, 4]]


def test_carriage_return_late_in_a_file_is_refused(reader):
    table = table_of("a,b\n" + "1,2\n" * 30_000 + "1\r2,3\n" + "1,2\n" * 5)
    with pytest.raises(SourceError, match="line 30002 holds a carriage return"):
        numbers(table)


SPANNING = 'text,p,y\n"one\n\ntwo, ""three""\nfour",1,2\nshort,3,4\n"a\nb",5,bad\n'


def test_quoted_cells_hold_line_breaks(reader):
    table = table_of(SPANNING)
    assert table.numbers(["p"]).read_all().tolist() == [1, 3, 5]
    assert table_of(SPANNING).texts("text").read(0, 5).tolist() == ['one\n\ntwo, "three"\nfour', "short", "a\nb"]


def test_cells_that_hold_line_breaks_may_stand_side_by_side(reader):
    table = table_of('x,s,t\n1,"a\nb","c\nd"\n2,e,f\n')
    assert table.numbers(["x"]).read_all().tolist() == [1, 2]


def test_comment_that_breaks_the_rules_of_quotes_is_a_comment(reader):
    table = table_of('# as "said" by "him" "\n#,a "b\r"\n1,5\n2,6\n')
    assert numbers(table) == [[1, 5], [2, 6]]


def test_lines_are_counted_as_an_editor_does_below_cells_of_several_lines(reader):
    with pytest.raises(SourceError, match=r"x.csv: line 7, column 'y': 'bad' is not a number"):
        table_of(SPANNING).numbers(["y"]).read_all()
    with pytest.raises(DataError, match="line 4, column 'y'"):
        table_of('text,y\n"a\nb",1\nc,\n').numbers(["y"]).read_all()


@pytest.mark.parametrize("text", ['a,b\n"x,1\ny,2\n', 'a,b\n"x,1\ny,2\nz",3\n', 'a,b\nx,1\n5" pipe,2\n', 'a\n1\n"2\n'])
def test_quote_that_is_not_closed(reader, text):
    line = 1 + next(i for i, one in enumerate(text.split("\n")) if one.count('"') % 2)
    with pytest.raises(SourceError, match=f"line {line} has a quote that is not closed"):
        table_of(text).numbers([table_of(text).columns[-1]]).read_all()


def test_quote_inside_a_cell_takes_in_no_line_break(reader):
    text = 'p,s,t\n0,"say ""x""",-\n-0.5,"a\nb",1"5\nb"\n'
    with pytest.raises(SourceError, match="line 3 has a quote that is not closed"):
        table_of(text).numbers(["p"]).read_all()


def test_what_polars_thinks_of_a_text_stays_off_standard_error():
    # Its threads warn by themselves, at an end and a beginning of quotes where it parts the text.
    text = 'p,s,t\n0,"say ""x""",-\n-0.5,"a\nb",1"5\nb"\n'
    code = "import sys; from losscli.data import files; from losscli.inputs.files import open_source as o\n"
    code += "files.LEAN_BYTES = -1\ntry: o('x.csv::p').read_all()\nexcept Exception as e: print(e)"
    Path("x.csv").write_text(text)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "not closed" in done.stdout
    assert done.stderr == ""


@pytest.mark.parametrize(
    "row", ["1,2,3,4,5", "1,2,3,4,", "1,2,3,4,,7", "1,2,3", "1,2", "1,2,3,4,5\n1,2,3", "1,2\n1,2,3,4,5,6"]
)
@pytest.mark.parametrize("chosen", [["b"], ["d"], ["b", "d"], ["a", "b", "c", "d"]])
@pytest.mark.parametrize("before", ["1,2,3,4", '1,"2",3,4', "w,2,3,4", "1,,3,4"])
def test_rows_of_another_width_are_refused_whatever_is_chosen(reader, row, chosen, before):
    table = table_of("a,b,c,d\n1,2,3,4\n" + f"{before}\n{row}\n" + "1,2,3,4\n" * 3, missing="omit")
    with pytest.raises(SourceError, match=r"line 4 has . cells|line 3, column 'a': 'w' is not a number"):
        table.numbers(chosen).read_all()


def test_lines_whose_quotes_hide_delimiters_hide_no_row_that_is_too_short(reader):
    table = table_of('s,t,u,v,w\n1,a,b,9,10\n1,1"5,x",7,8\n1,a,b,9\n')
    with pytest.raises(SourceError, match="line 4 has 4 cells"):
        table.numbers(["v"]).read_all()


def test_quotes_are_no_part_of_a_word(reader):
    assert table_of('g,y\ng3,1\n"g3",2\n "g3" ,3\n').texts("g").read(0, 3).tolist() == ["g3"] * 3


# Numbers and missing values


@pytest.mark.parametrize("word", ["NA", "NULL", "N/A", "n/a", "None", "<NA>", "#N/A", "-1.#IND", '"NA"', " NA "])
def test_words_for_missing_values(reader, word):
    text = f"a,b\n1,2\n3,{word}\n5,6\n"
    with pytest.raises(DataError, match="line 3, column 'b'"):
        numbers(table_of(text))
    source = table_of(text, missing="omit").numbers(["b"])
    assert source.read_all()[[0, 2]].tolist() == [2, 6]
    assert source.missing(0, 3).tolist() == [False, True, False]


@pytest.mark.parametrize("word", ["nan", "NaN", "-nan"])
def test_nan_is_a_number(reader, word):
    assert np.isnan(numbers(table_of(f"a\n1\n{word}\n"))[1])


@pytest.mark.parametrize("word", ["-999", "?", "nan"])
def test_further_words_for_missing_values(reader, word):
    source = table_of(f"a\n1\n{word}\n2\n", missing="omit", na_values=("-999", "?", "nan")).numbers(["a"])
    source.read_all()
    assert source.missing(0, 3).tolist() == [False, True, False]


def test_word_for_a_missing_value_is_no_header(reader):
    assert not table_of("NA,2\n1,2\n").header


def test_missing_class_label_is_missing_unless_it_names_a_class(reader):
    text = "label\ncat\nNA\nNone\n"
    source = table_of(text, missing="omit").coded("label", ("cat", "None"))
    assert source.read_all()[[0, 2]].tolist() == [0, 1]
    assert source.missing(0, 3).tolist() == [False, True, False]
    with pytest.raises(DataError, match="a value is missing at line 3"):
        table_of(text).coded("label", ("cat", "None")).read_all()


@pytest.mark.parametrize("end", ["", "\r", "\n", "\r\n"])
def test_bare_returns_end_lines_where_no_other_break_is_but_at_the_end(reader, end):
    assert numbers(table_of(f"1\r2\r3{end}")) == [1, 2, 3]


def test_columns_keep_their_order_whatever_they_hold(reader):
    table = table_of("a,b,c\nTrue,2.5,7\nFalse,1, 8\n")
    assert numbers(table) == [[1, 2.5, 7], [0, 1, 8]]
    assert table.numbers(["c", "a"]).read_all().tolist() == [[7, 1], [8, 0]]


@pytest.mark.parametrize("words", [["True", "False"], ["TRUE", "false"]])
def test_truth_is_1_and_0_where_there_is_nothing_else(reader, words):
    assert table_of("a,b\n1,{}\n2,{}\n".format(*words)).numbers(["b"]).read_all().tolist() == [1, 0]
    for late in ("1", "yes"):
        text = "a\n" + "true\n" * 200 + late + "\n"
        with pytest.raises(SourceError, match=f"line 202, column 'a': '{late}' is not a number"):
            numbers(table_of(text))


@pytest.mark.parametrize("delimiter", [";", "\t", " "])
def test_decimal_commas_where_no_comma_parts_cells(reader, delimiter):
    table = table_of(f"1,5{delimiter}-2,25e1\n3{delimiter}4\n")
    source = table.numbers(list(table.columns))
    assert source.read_all().tolist() == [[1.5, -22.5], [3, 4]]
    assert source.remarks == ("numbers have decimal commas",)


@pytest.mark.parametrize(
    ("text", "doubted"),
    [
        ("1,5\n2,5\n", True),
        ("1,05\n2,5\n", True),
        ("12,50\n-9,99\n", True),
        ("1,2\n3,4\n", False),
        ("0,1\n1,1\n", False),
        (",0,1\n0,5,6\n", False),
        ("1,5\n", False),
        ("1,5,2\n2,5,2\n", False),
        ("a,b\n1,5\n2,5\n", False),
        ("1,5.0\n2,5.0\n", False),
    ],
)
def test_two_whole_numbers_that_may_be_one_are_told(reader, text, doubted):
    assert [note.code for note in table_of(text).notes] == ["L107"] * doubted
    assert not table_of(text, delimiter=",").notes


def test_decimal_comma_by_option(reader):
    assert numbers(table_of('"1,5","2"\n"3,5","4"\n', decimal=",")) == [[1.5, 2], [3.5, 4]]
    assert numbers(table_of("a;b\n1;2\n3,5;4\n", decimal=",")) == [[1, 2], [3.5, 4]]
    assert numbers(table_of("1,5\n2,25\n", decimal=",")) == [1.5, 2.25]
    with pytest.raises(SourceError, match=r"'1\.5' is not a number"):
        numbers(table_of("a;b\n1,5;2\n1.5;2\n", decimal=","))


@pytest.mark.parametrize("cell", ["1,234.5", "1 234,5", "1.234,5", "1'234.5"])
def test_separators_of_thousands_are_refused(reader, cell):
    with pytest.raises(SourceError) as caught:
        numbers(table_of(f'a;b\n1;2\n1;"{cell}"\n'))
    assert "thousands" in caught.value.hint


# Headers as others write them


@pytest.mark.parametrize(
    ("text", "names"),
    [("# a,b\n1,2\n3,4\n", ("a", "b")), ("# a b\n1 2\n3 4\n", ("a", "b")), ("# made by\n# a,b\n1,2\n3,4\n", ("a", "b")),
     ("# made by hand\n1,2\n3,4\n", ("1", "2")), ("# made by hand\na,b\n1,2\n3,4\n", ("a", "b")),
     (",b\n1,2\n3,4\n", ("Unnamed: 0", "b")), ('"a","a"\n1,2\n3,4\n', ("a_1", "a_2"))],
)  # fmt: skip
def test_names_of_columns(reader, text, names):
    table = table_of(text)
    assert table.columns == names
    assert numbers(table) == [[1, 2], [3, 4]]
    with pytest.raises(LossCLIError, match=f"line {text.count(chr(10)) + 1}"):
        numbers(table_of(text + text.splitlines()[-1].replace("4", "x") + "\n"))


def test_header_one_short_leaves_the_names_of_rows_without_one(reader):
    table = table_of('"x" "y"\n"r1" 1 2\n"r2" 3 4\n')
    assert table.columns == ("Unnamed: 0", "x", "y")
    assert table.numbers(["x", "y"]).read_all().tolist() == [[1, 2], [3, 4]]


def test_delimiter_at_the_end_of_rows_is_no_column(reader):
    with pytest.raises(SourceError, match="the header names 2 columns, the rows have 3"):
        table_of("a,b\n1,2,\n3,4,\n").numbers(["a"]).read_all()


def test_pairing_by_key_reads_by_the_grammar_too(reader):
    Path("p.csv").write_text('id,p\n"2",3\n1,NA\n')
    Path("t.csv").write_text("id,y\n1,2\n2,1\n")
    error, _ = refused(cli("compute", "mse", "p.csv", "t.csv", "--on", "id"))
    assert "missing" in error
    assert compute("mse", "p.csv", "t.csv", "--on", "id", "--missing", "omit", "-q").out == "4.0\n"


# From the command line


def test_decimal_comma_and_missing_words_reach_the_reader(reader):
    Path("p.csv").write_text("p;y\n1;0\n2,5;2\n-999;3\n")
    given = ["mse", "p.csv", "--pred", "p", "--target", "y", "-q"]
    assert compute(*given, "--decimal", ",", "--na-values=-999", "--missing", "omit").out == "0.625\n"
    error, hint = refused(cli("compute", *given, "--decimal", ";"))
    assert "decimal is ';'" in error
    assert "a comma" in hint


# What would crash, or take all memory


@pytest.mark.parametrize("name", ["0 text a", "0 cells a", "1 cells a", "key 0", "\0a", "*", "^a.*$"])
def test_names_that_mean_something_to_a_library(reader, name):
    table = table_of(f"{name},b\n1,2\n3,4\n")
    assert table.columns == (name, "b")
    assert numbers(table) == [[1, 2], [3, 4]]
    assert table_of(f"{name},b\n1,2\n3,4\n").texts(name).read(0, 2).tolist() == ["1", "3"]


def _endless(path):
    with Path(path).open("wb") as file:
        file.write(b"1\n" * 500)
        file.truncate(200 << 20)


@pytest.mark.parametrize("name", ["x.csv", "x.csv.gz"])
def test_line_without_end_is_refused_before_it_is_in_memory(name):
    if name.endswith(".gz"):
        with gzip.open(name, "wb", compresslevel=1) as file:
            file.write(b"1\n" * 500)
            for _ in range(100):
                file.write(bytes(1 << 20))
    else:
        _endless(name)
    error, _ = refused(cli("compute", "mse", name, name))
    assert f"{name}: holds a line of more than 64 MiB" in error


def test_long_lines_within_reason_are_read(reader):
    row = ",".join(["1.5"] * 2_000)
    assert np.asarray(numbers(table_of(f"{row}\n{row}\n"))).shape == (2, 2_000)


def test_thousands_of_columns(reader):
    names = [f"c{i}" for i in range(5000)]
    table = table_of(",".join(names) + "\n" + (",".join(map(str, range(5000))) + "\n") * 3)
    assert table.numbers(names).read_all()[2].tolist() == list(range(5000))
