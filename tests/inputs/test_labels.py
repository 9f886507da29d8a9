"""Which class a word is, and which a number is where the first class is not 0."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from frames import FORMATS, MIXES, put
from shell import cli, document, refused, result, write

import losscli
from losscli.errors import DataError

pytestmark = pytest.mark.usefixtures("folder")


# Words for classes


ANIMALS = ("emu", "dog", "cat")
SCORES = np.random.default_rng(20).standard_normal((7, 3))
LABELS = [2, 0, 1, 1, 2, 0, 2]


def zoo(first, second, prefix="", names=ANIMALS, words=None):
    """Class scores under the classes' names, which are in no order, and words for the labels; their cross entropy."""
    put(f"p.{first}", pl.DataFrame({f"{prefix}{n}": SCORES[:, i] for i, n in enumerate(names)}))
    put(f"y.{second}", pl.DataFrame({"n": range(7), "label": words or [ANIMALS[i] for i in LABELS]}))
    return f"p.{first}", f"y.{second}::label"


@pytest.mark.parametrize("prefix", ["", "logit_", "p.", "score of "])
@pytest.mark.parametrize(("first", "second"), MIXES)
@pytest.mark.parametrize("loss", ["cross_entropy", "nll"])
def test_words_are_the_columns_of_the_prediction(loss, first, second, prefix, reader):
    found = document(loss, *zoo(first, second, prefix))
    assert found["results"][0]["value"] == losscli.compute(loss, SCORES, LABELS).value
    assert found["inputs"][1]["remarks"] == ["classes emu=0, dog=1, cat=2"]
    assert (found["inputs"][1]["dtype"], found["inputs"][1]["shape"]) == ("int64", [7])


@pytest.mark.parametrize(("first", "second"), MIXES)
def test_words_are_never_numbered_in_their_own_order(first, second, reader):
    error, hint = refused(cli("compute", "ce", *zoo(first, second, names=("c0", "c1", "c2"))))
    assert f"y.{second}" in error
    assert "'label'" in error
    assert "--classes" in hint
    np.save("p.npy", SCORES)
    refused(cli("compute", "ce", "p.npy", f"y.{second}::label"))


@pytest.mark.parametrize("format", FORMATS)
def test_classes_name_the_columns_in_order(format, reader):
    _, target = zoo("csv", format)
    np.save("p.npy", SCORES)
    wanted = losscli.compute("ce", SCORES, LABELS).value
    for classes in ("emu,dog,cat", "emu, dog, cat"):
        found = document("ce", "p.npy", target, "--classes", classes)
        assert found["results"][0]["value"] == wanted
        assert found["inputs"][1]["remarks"] == ["classes emu=0, dog=1, cat=2"]
    # What is named wins over what the columns are called.
    other = losscli.compute("ce", SCORES, [{"cat": 0, "dog": 1, "emu": 2}[ANIMALS[i]] for i in LABELS]).value
    assert result("ce", "p.csv", target, "--classes", "cat,dog,emu")["value"] == other
    assert losscli.compute("ce", SCORES, target, classes=ANIMALS).value == wanted


@pytest.mark.parametrize("format", FORMATS)
def test_blanks_around_words_are_no_part_of_them(format, reader):
    pair = zoo("csv", format, words=[f" {ANIMALS[i]}  " for i in LABELS])
    assert result("ce", *pair)["value"] == losscli.compute("ce", SCORES, LABELS).value


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("classes", [(), ("--classes", "emu,dog,cat")])
def test_a_word_that_is_no_class_is_named_with_the_nearest(format, classes, reader):
    words = [ANIMALS[i] for i in LABELS]
    words[3] = "dgo"
    error, hint = refused(cli("compute", "ce", *zoo("csv", format, words=words), *classes))
    place = "line 5, column 'label'" if format == "csv" else "row 3, column 'label'"
    assert f"y.{format}: 'dgo' at {place} is none of the 3 classes (emu, dog, cat)." in error
    assert "did you mean dog?" in hint
    words[3] = "zebra"
    _, hint = refused(cli("compute", "ce", *zoo("csv", format, words=words), *classes))
    assert "--classes" in hint


@pytest.mark.parametrize("format", FORMATS)
def test_a_late_word_that_is_no_class(format, reader):
    words = ["cat", "dog"] * 1000
    words[1500] = "cta"
    put("p.csv", pl.DataFrame({"dog": [0.5] * 2000, "cat": [0.0] * 2000}))
    put(f"y.{format}", pl.DataFrame({"label": words}))
    error, hint = refused(cli("compute", "ce", "p.csv", f"y.{format}"))
    assert "'cta' at " + ("line 1502" if format == "csv" else "row 1500") in error
    assert "did you mean cat?" in hint


def test_words_of_other_types():
    zoo("csv", "parquet")
    wanted = losscli.compute("ce", SCORES, LABELS).value
    words = pl.read_parquet("y.parquet")["label"]
    for kind in (pl.Categorical, pl.Enum(["cat", "dog", "emu"])):
        pl.DataFrame({"label": words.cast(kind)}).write_parquet("typed.parquet")
        assert result("ce", "p.csv", "typed.parquet")["value"] == wanted


def test_words_that_look_like_truth_are_words(reader, folder):
    put("p.csv", pl.DataFrame({"true": [1.0, 0.0], "false": [0.0, 2.0]}))
    write(folder, y="label\nfalse\ntrue\n")
    assert result("ce", "p.csv", "y.csv", "--header")["value"] == losscli.compute("ce", [[1, 0], [0, 2]], [1, 0]).value


def test_a_word_may_be_ignored_by_its_number():
    wanted = losscli.compute("ce", SCORES, LABELS, ignore_index=1)
    one = result("ce", *zoo("csv", "csv"), "--ignore-index", "1")
    assert (one["value"], one["ignored"]) == (wanted.value, wanted.ignored)


def test_losses_of_a_pass_share_the_words():
    ce, nll = document("ce,nll", *zoo("parquet", "csv"))["results"]
    assert ce["value"] == losscli.compute("ce", SCORES, LABELS).value
    assert nll["value"] == losscli.compute("nll", SCORES, LABELS).value


def test_words_where_a_loss_takes_numbers(reader):
    for format in FORMATS:
        error, _ = refused(cli("compute", "mse", *zoo("csv", format)))
        assert "label" in error


# Where classes are counted from


ONE_BASED = [i + 1 for i in LABELS]


@pytest.mark.parametrize("loss", ["cross_entropy", "nll"])
@pytest.mark.parametrize("backend", ["numpy", "torch"])
@pytest.mark.parametrize("base", [1, 5, -3])
def test_classes_counted_from_elsewhere(loss, backend, base):
    labels = np.array(LABELS) + base
    found = losscli.compute(loss, SCORES, labels, label_base=base, backend=backend)
    wanted = losscli.compute(loss, SCORES, LABELS, backend=backend)
    assert (found.value, found.denominator) == (wanted.value, wanted.denominator)
    assert found.signature == wanted.signature.replace(")", f",label_base={base})")
    assert losscli.compute(loss, SCORES, labels.astype(float), label_base=base, backend=backend).value == found.value


@pytest.mark.parametrize("backend", ["numpy", "torch"])
@pytest.mark.parametrize("format", FORMATS)
def test_classes_counted_from_1_in_files(format, backend, reader):
    np.save("p.npy", SCORES)
    y = put(f"y.{format}", pl.DataFrame({"y": ONE_BASED}))
    one = result("ce", "p.npy", y, "--label-base", "1", "-b", backend)
    assert one["value"] == losscli.compute("ce", SCORES, LABELS, backend=backend).value
    _, hint = refused(cli("compute", "ce", "p.npy", y))
    assert "--label-base 1" in hint


@pytest.mark.parametrize("ignored", [-100, -1, 255])
@pytest.mark.parametrize("backend", ["numpy", "torch"])
def test_the_label_that_is_ignored_is_not_moved(ignored, backend):
    labels = [ignored if i == 2 else i + 1 for i in LABELS]
    found = losscli.compute("ce", SCORES, labels, label_base=1, ignore_index=ignored, backend=backend)
    rest = [k for k, i in enumerate(LABELS) if i != 2]
    wanted = losscli.compute("ce", SCORES[rest], [LABELS[k] for k in rest], backend=backend)
    assert found.value == pytest.approx(wanted.value, rel=1e-14)
    assert (found.ignored, found.denominator) == (3, 4)


@pytest.mark.parametrize(("bad", "base"), [(0, 1), (4, 1), (-1, 1), (4, 5), (8, 5)])
def test_labels_outside_are_refused_in_the_users_own_numbers(bad, base):
    labels = [base, base + 1, bad, base + 2]
    with pytest.raises(DataError) as caught:
        losscli.compute("ce", SCORES[:4], labels, label_base=base)
    outside = f"target: 1 of 4 labels are outside {base}..{base + 2} (3 classes in the prediction)"
    assert caught.value.message == f"{outside}, the first at row 2: {bad}."


def test_no_base_where_the_target_is_probabilities():
    one_hot = np.eye(3)[LABELS]
    assert losscli.compute("ce", SCORES, one_hot, label_base=1).value == losscli.compute("ce", SCORES, one_hot).value
