"""What is typed wrongly: one line that names it, and a hint."""

from __future__ import annotations

from pathlib import Path

import pytest
from shell import cli, refused

from losscli import losses

pytestmark = pytest.mark.usefixtures("data")


@pytest.mark.parametrize(
    ("command", "named"),
    [
        ("compute mse p.csv t.csv --no-such-option", "--no-such-option"),
        ("compute mse p.csv t.csv --beta 1", "--beta"),  # smooth_l1 has it, mse does not
        ("compute mse p.csv t.csv -r median", "median"),
        ("compute mse p.csv t.csv -f xml", "xml"),
        ("compute mse p.csv t.csv --dtype int8", "int8"),
        ("compute mse p.csv t.csv --nan skip", "skip"),
        ("compute mse p.csv t.csv p.csv t.csv", "4 were given"),
        ("compute mse p.csv", "target"),
        ("compute mse --target t.csv", "pred"),
        ("compute mse p.csv t.csv --top 2 --head 2", "--top and --head"),
        ("compute mse p.csv t.csv --top 0", "--top"),
        ("compute mse p.csv t.csv --digits 0", "--digits"),
        ("compute mse p.csv t.csv --digits many", "many"),
        ("compute mse p.csv t.csv --delimiter ab", "--delimiter"),
        ('compute mse p.csv t.csv --delimiter "', "--delimiter"),
        ("compute mse p.csv t.csv -j 0", "--jobs"),
        ("compute mse p.csv t.csv --device cuda", "cuda"),
        ("compute smooth_l1 p.csv t.csv --beta much", "much"),
        ("compute smooth_l1 p.csv t.csv --beta nan", "--beta"),
        ("compute dice p.csv t.csv --aggregate none", "--aggregate"),
        ("compute mse,cross p.csv t.csv", "cross"),
        ("compute mse, p.csv t.csv", "'mse,'"),
        ("compute mse p.csv t.csv -q -f json", "-q"),
        ("compute mse p.csv t.csv --classes a,b", "--classes"),
        ("compute mse 1,2,x t.csv", "1,2,x"),
        ("mse p.csv t.csv", "mse is a loss"),
        ("mae,l1 p.csv", "mae,l1 is a loss"),
        ("show no_such_loss", "no_such_loss"),
        ("list --family no_such_family", "no_such_family"),
        ("no_such_command", "no_such_command"),
        ("--no-such-option", "--no-such-option"),
    ],
)
def test_usage_errors(command, named):
    error, hint = refused(cli(*command.split()))
    assert named in error
    assert hint or "exclude each other" in error


@pytest.mark.parametrize(
    ("command", "meant"),
    [
        ("mse p.csv t.csv", "losscli compute mse p.csv t.csv"),
        ("compute mse 1,2,x t.csv", "1,2,0.5"),
        ("compute ce 0,1 wide.csv", "the other way round: pred comes first"),
        ("compute ce wide.csv 0,1 --label-smoothing 2", "it must be in [0, 1]"),
        ("compute smooth_l1 p.csv t.csv --beta -1", "it must be ≥ 0"),
        ("compute p.csv t.csv", "losscli compute LOSS p.csv"),
        ("compute mse p.csv t.csv --json", "-f json"),
        ("compute log_loss p.csv t.csv", "--pred-is probs"),
        ("compute ce wide.csv 0,1 --label-base 1", "leave --label-base out"),
    ],
)
def test_hint_says_what_to_type_instead(command, meant, data):
    Path("wide.csv").write_text("a,b\n1,2\n3,4\n")
    assert meant in refused(cli(*command.split()))[1]


@pytest.mark.parametrize(
    ("typed", "meant"), [("mes", "mse"), ("crossentropy_loss2", "cross_entropy"), ("hubr", "huber")]
)
def test_unknown_loss_lists_near_names(typed, meant):
    _, hint = refused(cli("compute", typed, "p.csv", "t.csv"))
    assert meant in hint


def test_unknown_loss_with_no_near_name_points_to_the_list():
    assert "losscli list" in refused(cli("compute", "zzzzzzzz", "p.csv", "t.csv"))[1]


def test_bad_reduction_lists_the_good_ones():
    _, hint = refused(cli("compute", "mse", "p.csv", "t.csv", "-r", "median"))
    assert all(word in hint for word in ("mean", "sum", "none"))


def test_unknown_backend_lists_the_known_ones():
    _, hint = refused(cli("compute", "mse", "p.csv", "t.csv", "-b", "jax"))
    assert "numpy" in hint
    assert "torch" in hint


def test_missing_file_names_near_ones():
    (_, hint) = refused(cli("compute", "mse", "p.csv", "shart.csv"))
    assert "short.csv" in hint


def test_reduction_that_a_loss_does_not_have():
    whole = [one for one in losses.built_in() if "none" not in one.reductions]
    assert whole, "the catalogue has a loss that is one number for the whole set"
    for one in whole:
        error, hint = refused(cli("compute", one.name, "p.csv", "t.csv", "-r", "none"))
        assert one.name in error
        assert "mean" in hint


def test_weights_of_the_wrong_length_name_both_numbers():
    error, _ = refused(cli("compute", "cross_entropy", "logits.csv", "zero_based.csv", "--weight", "1,2"))
    assert "--weight" in error
    assert "3" in error


def test_weight_file_that_is_missing_is_named():
    error, _ = refused(cli("compute", "cross_entropy", "logits.csv", "zero_based.csv", "--weight", "w.npy"))
    assert "w.npy" in error


@pytest.mark.parametrize(
    ("given", "hint"),
    [("table.csv --pred a", "two columns of one file: table.csv --pred a --target COLUMN"),
     ("table.csv --target b", "two columns of one file: table.csv --target b --pred COLUMN"),
     ("table.csv --target nothing", "")],
)  # fmt: skip
def test_a_column_in_place_of_a_file_is_told_from_what_is_nowhere(given, hint):
    Path("table.csv").write_text("a,b\n1,2\n3,4\n")
    ran = cli("compute", "mse", *given.split())
    assert ran.code == 2
    assert "no such file" in ran.errors[0]
    assert (f"Hint: {hint}" in ran.err) == bool(hint)


@pytest.mark.parametrize("number", ["1_000", "1_0,2", "\u0661"])
def test_what_float_takes_for_a_number_and_no_file_has_is_no_number(number):
    error, _ = refused(cli("compute", "mse", number, "10,2"))
    assert "no such file" in error


@pytest.mark.parametrize("command", ["doctor", "doctor p.csv", "compare --losses", "reconcile 1", "verify", "demo"])
@pytest.mark.parametrize("text", ["", " "])
def test_empty_text_is_not_the_folder_that_one_is_in(command, text, data):
    before = sorted(data.iterdir())
    error, hint = refused(cli(*command.split(), text, *(["p.csv"] if "--losses" in command else [])))
    assert error.endswith("is empty text.")
    assert hint == "Hint: is a variable of the shell not set?"
    assert sorted(data.iterdir()) == before


@pytest.mark.parametrize(
    ("command", "says"),
    [
        ("doctor 1,2,0.5", "numbers stand in place of a file behind a loss alone: losscli compute LOSS 1,2,0.5 ..."),
        ("reconcile 1 3 4", "numbers stand in place of a file behind a loss alone: losscli compute LOSS 1,2,0.5 ..."),
        ("compute mse 1,2,x 3", "numbers in place of a file are written as 1,2,0.5."),
    ],
)
def test_numbers_in_place_of_a_file_are_not_told_to_be_written_as_they_are(command, says):
    assert refused(cli(*command.split()))[1] == f"Hint: {says}"
