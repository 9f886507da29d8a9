"""Everything that cannot be computed: one line that names the file, a hint that helps, and nothing left behind."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from shell import cli, compute, refused

from losscli import errors


def subclasses(kind):
    return {kind, *(x for sub in kind.__subclasses__() for x in subclasses(sub))}


pytestmark = pytest.mark.usefixtures("data")

# One command line for every class of error, and what its line must name.
REACHED = {
    errors.UsageError: ("compute no_such_loss p.csv t.csv", "no_such_loss"),
    errors.MissingInputError: ("compute mse p.csv --digits 6", "target"),
    errors.ParameterError: ("compute smooth_l1 p.csv t.csv --beta -1", "--beta"),
    errors.SourceError: ("compute mse p.csv missing.csv", "missing.csv"),
    errors.UnknownKeyError: ("compute mse two.npz::nosuch t.csv", "two.npz"),
    errors.ShapeError: ("compute mse p.csv short.csv", "short.csv"),
    errors.DataError: ("compute mse p.csv hole.csv", "hole.csv"),
    errors.BackendError: ("compute mse p.csv t.csv -b no_such_backend", "no_such_backend"),
    errors.OutputError: ("compute mse p.csv t.csv -o out.xyz", "out.xyz"),
    errors.StrictError: ("compute mse column.npy t.csv --strict", "column.npy"),
}


def test_every_class_of_error_has_a_case():
    assert set(REACHED) == subclasses(errors.LossCLIError) - {errors.LossCLIError}


@pytest.mark.parametrize("kind", REACHED, ids=lambda kind: kind.__name__)
def test_error_is_one_line_that_names_what_is_wrong(kind, data):
    command, named = REACHED[kind]
    before = sorted(data.iterdir())
    error, _ = refused(cli(*command.split()))
    assert named in error
    assert sorted(data.iterdir()) == before


@pytest.mark.parametrize("kind", REACHED, ids=lambda kind: kind.__name__)
def test_no_output_file_is_left(kind, data):
    command, _ = REACHED[kind]
    before = sorted(data.iterdir())
    output = [] if "-o" in command else ["-o", "out.json"]
    refused(cli(*command.split(), *output))
    assert sorted(data.iterdir()) == before


@pytest.mark.parametrize("kind", REACHED, ids=lambda kind: kind.__name__)
def test_debug_shows_where_beside_the_same_error(kind):
    plain, debugged = (cli(*REACHED[kind][0].split(), *more) for more in ([], ["--debug"]))
    assert debugged.code == plain.code == 2
    assert debugged.err.startswith("Traceback")
    assert f"{kind.__name__}: " in debugged.err
    assert debugged.err.endswith(plain.err)


# Data


def test_logits_for_bce_point_to_bce_with_logits():
    error, hint = refused(cli("compute", "bce", "p.csv", "binary.csv"))
    assert "p.csv" in error
    assert "line 2: 1.5" in error
    assert "bce_with_logits" in hint


def test_labels_from_one_are_recognised():
    error, hint = refused(cli("compute", "cross_entropy", "logits.csv", "one_based.csv"))
    assert "one_based.csv" in error
    assert "line 3: 3" in error
    assert "looks 1-based" in hint


def test_a_single_odd_label_suggests_ignore_index():
    error, hint = refused(cli("compute", "cross_entropy", "logits.csv", "odd.csv"))
    assert "line 2: 255" in error
    assert "--ignore-index 255" in hint
    assert (
        json.loads(compute("cross_entropy", "logits.csv", "odd.csv", "--ignore-index", "255", "-f", "json").out)[
            "results"
        ][0]["ignored"]
        == 1
    )


def test_several_odd_labels_do_not():
    _, hint = refused(cli("compute", "cross_entropy", "logits.csv", "wild.csv"))
    assert "--ignore-index" not in hint
    assert "-7" in hint
    assert "9" in hint


def test_label_that_is_no_whole_number():
    error, _ = refused(cli("compute", "cross_entropy", "logits.csv", "half.csv"))
    assert "half.csv: 1.5 at line 2" in error


def test_nan_names_count_and_first_place():
    error, hint = refused(cli("compute", "mse", "hole.csv", "t.csv"))
    assert "hole.csv: 1 value is NaN" in error
    assert "line 2" in error
    assert "--nan omit" in hint


def test_nan_in_a_matrix_names_row_and_column(data):
    values = np.zeros((4, 3))
    values[2, 1] = values[3, 0] = np.nan
    np.save(data / "m.npy", values)
    error, _ = refused(cli("compute", "mse", "m.npy", "m.npy"))
    assert "2 of 12 values are NaN" in error
    assert "row 2, column 1" in error


def test_unequal_rows_name_both_counts_and_both_files():
    error, hint = refused(cli("compute", "mse", "p.csv", "short.csv"))
    assert "p.csv has 3 rows" in error
    assert "short.csv has 2" in error
    assert "header" in hint  # one row apart


def test_shapes_that_do_not_fit_are_never_broadcast(data):
    np.save(data / "wide.npy", np.zeros((3, 3)))
    error, hint = refused(cli("compute", "mse", "wide.npy", "t.csv"))
    assert all(text in error for text in ("wide.npy", "(3, 3)", "t.csv", "(3,)"))
    assert "broadcast" in hint


def test_no_samples(data):
    np.save(data / "none.npy", np.zeros((0, 3)))
    error, _ = refused(cli("compute", "mse", "none.npy", "none.npy"))
    assert "none.npy: holds no values" in error


# Warnings: one command line for every code that is about the numbers.
FOUND = {
    "L101": ("compute mse column.npy t.csv", "column.npy: shape (3, 1) was read as (3,)"),
    "L102": ("compute mse,mase p.csv t.csv --history t.csv", "history is not used by mse"),
    "L103": (
        "compute mse mixed.csv mixed.csv",
        "mixed.csv: the first row was read as a header, though '2020' in it is a number",
    ),
    "L104": ("compute mse indexed.csv indexed.csv", "counts the rows"),
    "L105": ("compute mse repeated.csv repeated.csv", "column 'user_id' is named like an id"),
    "L107": ("compute mse commas.csv commas.csv", "may be one with a decimal comma"),
    "L106": ("compute mse numbered.csv numbered.csv", "the first row, 0 to 1, was read as a header"),
    "L110": ("compute dice masks.npy masks.npy", "is read as 2 images of 20 classes with 20 positions each"),
    "L111": (
        "compute cross_entropy square.npy square_labels.npy",
        "square.npy: shape (N, 4, 4) has its classes on axis 1",
    ),
    "L201": ("compute cross_entropy probabilities.csv zero_based.csv", "probabilities.csv"),
    "L202": ("compute nll logits.csv zero_based.csv", "logits.csv: holds values up to 3"),
    "L203": ("compute cross_entropy logits.csv soft.csv", "soft.csv"),
    "L204": ("compute nll unnormalised.csv zero_based.csv", "unnormalised.csv: in 3 of 3 rows"),
    "L205": ("compute bce binary.csv chances.csv", "binary.csv holds only 0 and 1, and chances.csv"),
    "L206": ("compute l1 1,2 3,5 --weight=-1,2", "weight: holds weights below 0, down to -1"),
    "L207": ("compute cross_entropy turned.csv cycle.csv", "turned.csv: the columns and the labels of cycle.csv"),
    "L208": ("compute mse late.csv early.csv", "late.csv: rows fit the row after theirs in early.csv"),
    "L209": ("compute l1 9007199254740993 9007199254740992", "such as 9007199254740993"),
    "L216": (
        "compute ctc crowded.npy 1,1 2 2",
        "1 of 1 samples have too few steps for their target, so that the loss is infinite; the first is row 0: "
        "2 labels, of which 1 repeat the one before, need 3 steps, and 2 count",
    ),
    "L217": ("compute huber early.csv early.csv --delta 100", "none of the first 199 errors are in its linear part"),
    "L301": ("compute cross_entropy logits.csv all_ignored.csv --ignore-index 1", "0/0"),
    "L302": ("compute mse infinite.csv infinite.csv", "NaN"),
    "L303": ("compute mse 1e200 0", "mse: the result is infinite, though no input is"),
    "L304": (
        "compute mse,median_absolute_error grouped.csv --pred p --target y --by g",
        "median_absolute_error is one number for the whole set and has no groups",
    ),
    "L305": ("compute kl_div 0 0.1", "kl_div: the mean is -0.23"),
    "L401": ("compute mse 9,-1,5 0,1,2 --ci 0.95", "mse: the interval rests on 3 samples"),
    "L402": (
        "compute l1 users.csv --pred p --target y --ci 0.95 --cluster team",
        "l1: the interval rests on 2 clusters",
    ),
    "L403": ("compute l1 users.csv --pred p --target y --ci 0.95", "users.csv: 'user_id' repeats: 30 rows, 15 values"),
    "L404": ("compute mse 9,-1,5 0,1,2 --reference", "mse is 31.3333, and one constant for all samples gets 0.66"),
}
OF_PLUGINS = {"L900", "L901"}  # reached in tests/test_plugin.py
OF_DOCTOR = {"L108", "L210", "L211", "L212", "L213", "L214", "L215"}  # reached in tests/diagnosis/test_doctor.py


@pytest.fixture
def found(data):
    np.save(data / "crowded.npy", np.log(np.full((2, 1, 3), 1 / 3)))
    (data / "all_ignored.csv").write_text("1\n1\n1\n")
    (data / "mixed.csv").write_text("2020,a\n1,2\n3,4\n")
    (data / "indexed.csv").write_text("0,1.5\n1,2.5\n2,3.5\n")
    (data / "commas.csv").write_text("1,5\n2,5\n")
    (data / "repeated.csv").write_text("user_id,a\n7,1.5\n7,2.5\n")
    (data / "numbered.csv").write_text("0,1\n1.5,2.5\n3.5,4.5\n")
    (data / "grouped.csv").write_text("p,y,g\n1,2,a\n3,5,b\n")
    np.save(data / "masks.npy", np.eye(20)[None].repeat(2, 0))
    labels = np.arange(90) % 3
    np.savetxt(data / "cycle.csv", labels, "%d")
    np.savetxt(data / "turned.csv", np.roll(np.eye(3), 1, axis=1)[labels] * 4 - 2, delimiter=",")
    rng = np.random.default_rng(0)
    np.save(data / "square.npy", rng.normal(0, 2, (5, 4, 4)))
    np.save(data / "square_labels.npy", rng.integers(0, 4, (5, 4)))
    noise = np.random.default_rng(0).normal(size=200)
    np.savetxt(data / "early.csv", noise[:-1])
    np.savetxt(data / "late.csv", noise[1:])
    rows = [f"{i * i % 7},{i % 3},{i // 2},{'ab'[i % 2]}" for i in range(30)]
    (data / "users.csv").write_text("\n".join(["p,y,user_id,team", *rows, ""]))


def test_every_code_has_a_case():
    assert set(FOUND) | OF_DOCTOR | OF_PLUGINS == set(errors.WARNINGS)


@pytest.mark.parametrize("code", FOUND)
def test_warning_is_a_line_on_stderr_and_a_hint_and_the_number_is_computed(code, found):
    command, text = FOUND[code]
    ran = cli(*command.split(), "-q")
    assert ran.code == 0
    assert [float(line) for line in ran.out.splitlines()]
    assert len(ran.warnings) == 1
    assert len(ran.errors) <= 2
    assert ran.err.startswith(f"Warning {code}: ")
    assert text in ran.err


@pytest.mark.parametrize("code", FOUND)
def test_strict_makes_it_an_error(code, found):
    command, text = FOUND[code]
    error, _ = refused(cli(*command.split(), "--strict"))
    assert f"Error: {code}: " in error
    assert text in error


@pytest.mark.parametrize("code", FOUND)
def test_strict_leaves_no_file(code, found, data):
    command, _ = FOUND[code]
    refused(cli(*command.split(), "--strict", "-o", "out.json"))
    assert not list(data.glob("*out.json*"))


@pytest.mark.parametrize("code", FOUND)
def test_warning_is_in_the_json(code, found):
    command, text = FOUND[code]
    (warning,) = json.loads(cli(*command.split(), "-f", "json").out)["warnings"]
    assert set(warning) == {"code", "message", "hint"}
    assert warning["code"] == code
    assert text in warning["message"]


def test_column_against_vector_is_computed_as_if_flat():
    assert compute("mse", "column.npy", "t.csv", "-q").out == compute("mse", "p.csv", "t.csv", "-q").out


def test_probabilities_for_cross_entropy_tell_the_floor():
    (warning,) = compute("cross_entropy", "probabilities.csv", "zero_based.csv", "-q").warnings
    assert f"{math.log(1 + 2 / math.e):.6g}" in warning
    assert "logits" in warning


def test_values_above_zero_for_nll_suggest_the_loss_of_logits():
    (warning,) = compute("nll", "logits.csv", "zero_based.csv", "-q").warnings
    assert "--pred-is logits" in warning
    assert "cross_entropy" in warning


def test_logits_do_not_look_like_probabilities():
    assert compute("cross_entropy", "logits.csv", "zero_based.csv", "-q").err == ""


def test_a_warning_of_two_losses_is_said_once():
    assert len(compute("mse,l1,huber", "column.npy", "t.csv", "-q").warnings) == 1


def test_a_clean_run_says_nothing_on_stderr():
    assert compute("mse", "p.csv", "t.csv").err == ""
