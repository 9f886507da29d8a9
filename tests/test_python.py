"""The Python API as its users expect it: frames and tensors in, results that behave like numbers, hints in Python."""

from __future__ import annotations

import json
import tempfile
import warnings
import zipfile
from fractions import Fraction

import numpy as np
import pandas as pd
import polars as pl
import pytest
import torch
from shell import document

import losscli
from losscli.knobs.options import Options
from losscli.wording import in_python

DATA = {"rf": [1.0, 2.0, 3.5], "y": [1.0, 2.5, 3.0], "site": ["a", "b", "a"]}
FRAMES = {
    "pandas": lambda: pd.DataFrame(DATA, index=[7, 3, 5]),
    "pandas, categories": lambda: pd.DataFrame(DATA).astype({"site": "category"}),
    "polars": lambda: pl.DataFrame(DATA),
    "polars, lazy": lambda: pl.LazyFrame(DATA),
}


@pytest.mark.parametrize("kind", FRAMES)
def test_columns_of_a_frame_are_named(kind):
    result = losscli.compute("mse", FRAMES[kind](), pred="rf", target="y", by="site")
    assert result == losscli.compute("mse", DATA["rf"], DATA["y"])
    assert [group.names for group in result.groups] == [("a",), ("b",)]
    assert losscli.compute("mse", FRAMES[kind](), pred="rf", target=np.array(DATA["y"])) == result


@pytest.mark.parametrize("kind", FRAMES)
def test_a_missing_value_of_a_frame_is_one(kind):
    frame = FRAMES[kind]()
    holes = {**DATA, "rf": [1.0, None, 3.5]}
    frame = pd.DataFrame(holes) if isinstance(frame, pd.DataFrame) else pl.DataFrame(holes)
    with pytest.raises(losscli.LossCLIError):
        losscli.compute("mse", frame, pred="rf", target="y")
    omitted = losscli.compute("mse", frame, pred="rf", target="y", missing="omit", nan="omit")
    assert (omitted.samples, float(omitted)) == (2, 0.125)


def test_a_column_that_is_not_there_names_those_that_are():
    with pytest.raises(losscli.LossCLIError, match="rf, y, site"):
        losscli.compute("mse", pl.DataFrame(DATA), pred="xgb", target="y")
    with pytest.raises(losscli.LossCLIError, match="target='COLUMN'"):
        losscli.compute("mse", pl.DataFrame(DATA), pred="rf")


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.float16, torch.bfloat16, torch.int32])
def test_tensors_of_any_dtype(dtype):
    pred = torch.tensor([1, 2, 4]).to(dtype)
    assert float(losscli.compute("mse", pred, torch.tensor([1, 2, 3]))) == pytest.approx(1 / 3)


@pytest.mark.parametrize(
    "tensor",
    [
        torch.tensor([1.0, 2.0]).to(torch.float8_e5m2),
        torch.complex(torch.zeros(2), torch.tensor([-1.0, -2.0])).conj().imag,
    ],
    ids=["float8", "negative"],
)
def test_tensors_that_numpy_has_no_word_for(tensor):
    assert losscli.compute("mse", tensor, [1.0, 4.0]).value == 2.0


@pytest.mark.parametrize("tensor", [torch.ones(2).to_sparse(), torch.ones(2, device="meta")], ids=["sparse", "meta"])
def test_tensors_without_values_are_told(tensor):
    with pytest.raises(losscli.LossCLIError, match="pred: is not an array of numbers"):
        losscli.compute("mse", tensor, [1.0, 4.0])


def test_a_tensor_with_its_gradient_is_taken_without():
    pred = torch.tensor([1.0, 2.0], requires_grad=True)
    assert float(losscli.compute("mse", pred, torch.tensor([0.0, 0.0]))) == 2.5


def test_series_are_arrays():
    for make in (pd.Series, pl.Series):
        assert float(losscli.compute("l1", make([1.0, 2.0]), make([2.0, 2.0]))) == 0.5


RESULT = losscli.compute("mse", [1.0, 2.0], [0.0, 0.0])


def test_a_result_compares_and_formats_as_its_number():
    assert f"{RESULT:.3f}" == "2.500"
    assert f"{RESULT}" == str(RESULT)
    assert RESULT < 3
    assert RESULT <= 2.5 <= RESULT
    assert RESULT > 2
    assert losscli.compute("mse", [1.0], [0.0]) <= RESULT
    assert RESULT == 2.5
    assert RESULT != 2
    assert RESULT != "2.5"
    assert sorted([RESULT, losscli.compute("mse", [1.0], [0.0])])[0] == 1
    assert len({RESULT, 2.5}) == 1
    assert max([RESULT], key=float) is RESULT


def test_unreduced_results_are_compared_by_identity():
    one, two = (losscli.compute("mse", [1.0, 2.0], [0.0, 0.0], reduction="none") for _ in range(2))
    assert one == one
    assert one != two
    assert len({one, two}) == 2


def test_a_dictionary_is_what_json_has(tmp_path):
    np.save(tmp_path / "p.npy", [1.0, 2.0])
    np.save(tmp_path / "t.npy", [0.0, 0.0])
    (told,) = document("mse", tmp_path / "p.npy", tmp_path / "t.npy")["results"]
    assert json.loads(json.dumps(RESULT.to_dict())) == told


def test_frames_of_samples_groups_and_numbers():
    whole = losscli.compute("mse", pl.DataFrame(DATA), pred="rf", target="y")
    samples = losscli.compute("mse", pl.DataFrame(DATA), pred="rf", target="y", per_sample=True)
    groups = losscli.compute("mse", pl.DataFrame(DATA), pred="rf", target="y", by="site")
    for one, column, rows in ((whole, "value", 1), (samples, "mse", 3), (groups, "value", 3)):
        for frame in (one.to_polars(), one.to_pandas()):
            assert len(frame) == rows
            assert column in frame.columns
    assert samples.to_polars()["mse"].to_list() == [0.0, 0.25, 0.25]
    assert samples.to_pandas()["mse"].tolist() == [0.0, 0.25, 0.25]


def test_a_notebook_shows_a_table_and_escapes_what_is_in_it():
    frame = pl.DataFrame({**DATA, "site": ["<b>a</b>", "&", "x"]})
    html = losscli.compute("mse", frame, pred="rf", target="y", by="site")._repr_html_()
    assert html.count("<table>") == html.count("</table>") == 2
    assert "&lt;b&gt;a&lt;/b&gt;" in html
    assert "<b>" not in html


def test_findings_are_warnings_with_a_class_of_their_own():
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        result = losscli.compute("ce", [[0.2, 0.8], [0.5, 0.5]], [0, 1])
    (one,) = heard
    assert one.category is losscli.LossWarning
    assert str(one.message).startswith(f"L201: {result.warnings[0].message}")
    assert "pred_is='probs'" in str(one.message)
    assert one.filename == __file__


def test_findings_can_be_made_errors():
    with warnings.catch_warnings():
        warnings.simplefilter("error", losscli.LossWarning)
        with pytest.raises(losscli.LossWarning):
            losscli.compute("ce", [[0.2, 0.8], [0.5, 0.5]], [0, 1])


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (
            "--nan omit leaves them out, --nan propagate computes.",
            "nan='omit' leaves them out, nan='propagate' computes.",
        ),
        ("--class-axis -1.", "class_axis=-1."),
        ("--label-base 1; --ignore-index 255", "label_base=1; ignore_index=255"),
        ("--header / --no-header", "header=True / header=False"),
        ("--by COLUMN", "by='COLUMN'"),
        ("--sort orders the groups of --by.", "sort orders the groups of by."),
        ("a - b, well-known", "a - b, well-known"),
        ("x.csv::COLUMN", "x.csv::COLUMN"),
        ("`losscli list --nan omit` shows --nan omit.", "`losscli list --nan omit` shows nan='omit'."),
    ],
)
def test_hints_are_in_pythons_words(typed, said):
    assert in_python(typed) == said


@pytest.mark.parametrize("knob", Options.knobs.values(), ids=lambda knob: knob.name)
def test_every_option_is_its_keyword(knob):
    assert in_python(f"{knob.flag} sets it.") in (f"{knob.name} sets it.", f"{knob.name}=True sets it.")


def test_errors_of_the_api_speak_python():
    with pytest.raises(losscli.LossCLIError) as caught:
        losscli.compute("mse", [1.0, np.nan], [0.0, 0.0])
    assert "nan='omit'" in caught.value.hint
    assert "--" not in caught.value.hint


@pytest.mark.parametrize(
    "call",
    [
        lambda bad: losscli.check("mse", bad, [0.0, 0.0], max=1),
        lambda bad: losscli.curve("mse", bad, [0.0, 0.0]),
        lambda bad: losscli.dist("mse", bad, [0.0, 0.0]),
        lambda bad: losscli.explain("mse", bad, [0.0, 0.0], sample=0),
        lambda bad: losscli.grad("mse", bad, [0.0, 0.0]),
        lambda bad: losscli.sweep("huber", bad, [0.0, 0.0], delta=[1, 2]),
    ],
    ids=["check", "curve", "dist", "explain", "grad", "sweep"],
)
def test_errors_of_every_function_speak_python(call):
    with pytest.raises(losscli.LossCLIError) as caught:
        call([1.0, np.nan])
    assert "nan='omit'" in str(caught.value)
    assert "--" not in str(caught.value)


@pytest.mark.parametrize(
    "call",
    [
        lambda *given: losscli.check("ce", *given, max=9),
        lambda *given: losscli.dist("ce", *given),
        lambda *given: losscli.explain("ce", *given, sample=0),
        lambda *given: losscli.grad("ce", *given),
        lambda *given: losscli.sweep("ce", *given, label_smoothing=[0, 0.1]),
    ],
    ids=["check", "dist", "explain", "grad", "sweep"],
)
def test_every_function_warns_where_it_is_called(call):
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        call([[0.2, 0.8], [0.5, 0.5]], [0, 1])
    assert {(one.category, one.filename) for one in heard} == {(losscli.LossWarning, __file__)}
    assert sum(str(one.message).startswith("L201") for one in heard) == 1


def test_the_sentence_of_an_error_speaks_python_too():
    with pytest.raises(losscli.LossCLIError, match=r"^huber: delta is 'x', not a number\.$") as caught:
        losscli.compute("huber", [1.0], [0.0], delta="x")
    assert caught.value.args == (caught.value.message,)


def test_a_result_rounds_and_compares_as_a_float_does():
    result = losscli.compute("mse", [1.0, 2.0], [0.0, 0.0])
    assert round(result, 1) == 2.5
    assert int(result) == 2
    assert result == pytest.approx(2.5 + 1e-9)
    assert result != pytest.approx(2.6)
    assert result == Fraction(5, 2)
    assert (result < np.array([1.0, 3.0])).tolist() == [False, True]
    for other in ("3", None):
        assert result != other
        with pytest.raises(TypeError):
            result < other  # noqa: B015


def test_a_sample_or_an_input_that_is_not_there_is_a_key_error():
    found = losscli.explain("mse", [1.0, 2.0, 5.0], [0.0, 0.0, 0.0], sample=2)
    assert [one.number for one in found] == [2]
    with pytest.raises(KeyError):
        found[1]
    with pytest.raises(KeyError):
        losscli.grad("mse", [1.0, 2.0], [0.0, 0.0], wrt="pred")["target"]


@pytest.mark.parametrize("given", [None, (x for x in [1.0, 2.0]), {1.0, 2.0}, object()], ids=lambda x: type(x).__name__)
def test_what_is_no_array_is_told_by_its_type(given):
    with pytest.raises(losscli.LossCLIError, match=f"^pred: {type(given).__name__} is no array of numbers\\."):
        losscli.compute("mse", given, [0.0, 0.0])


def test_what_a_library_cannot_make_an_array_of_is_an_error_of_the_input():
    with pytest.raises(losscli.LossCLIError, match="pred: is not an array of numbers"):
        losscli.compute("mse", pl.Series([1, 2], dtype=pl.Int128), [0.0, 0.0])


def test_na_of_every_nullable_column_of_numbers_is_nan():
    for kind in ("boolean", "Int64", "Float32"):
        result = losscli.compute("mse", pd.Series([1, None, 0], dtype=kind), [0.0, 0.0, 0.0], nan="omit")
        assert (result.value, result.omitted) == (0.5, 1)
    with pytest.raises(losscli.LossCLIError, match="holds object"):
        losscli.compute("mse", pd.Series(["1", None], dtype="string"), [0.0, 0.0])


def test_a_notebook_shows_the_interval_that_was_asked_for():
    frame = pd.DataFrame({"p": np.arange(40.0), "y": np.zeros(40), "g": ["a", "b"] * 20})
    result = losscli.compute("mse", frame, pred="p", target="y", by="g", ci=0.9)
    html = result._repr_html_()
    assert html.count("<th>90 % interval</th>") == 2
    for one in (result, *result.groups):
        assert f"<td>[{one.ci.low:.6g}, {one.ci.high:.6g}]</td>" in html


def test_intervals_and_periods_of_pandas_name_groups():
    frame = pd.DataFrame({"p": [1.0, 2.0, 9.0], "y": [0.0, 0.0, 0.0], "day": pd.period_range("2026", periods=3)})
    frame["part"] = pd.cut(frame["p"], [0, 5, 8])
    named = {
        by: [one.names for one in losscli.compute("mse", frame, pred="p", target="y", by=by).groups] for by in frame
    }
    assert sorted(named["part"]) == [("",), ("(0.0, 5.0]",)]
    assert sorted(named["day"]) == [("2026-01-01",), ("2026-01-02",), ("2026-01-03",)]


def test_a_list_of_tensors_is_taken_as_a_tensor_is():
    losses = [torch.tensor(1.0, requires_grad=True), torch.tensor(2.0, dtype=torch.bfloat16)]
    assert losscli.compute("mse", losses, [0.0, 0.0]).value == 2.5


def test_every_public_name_is_listed_and_there():
    for name in losscli.__all__:
        assert name in dir(losscli)
        assert getattr(losscli, name) is not None
    assert set(losscli.__all__) <= set(dir(losscli))


def test_a_loss_is_a_plain_function():
    assert losscli.losses.mse(np.array([1.0, 2.0]), np.array([0.0, 0.0])).tolist() == [1.0, 4.0]
    assert "mse" in dir(losscli.losses)
    tensor = losscli.losses.huber(torch.tensor([3.0]), torch.tensor([0.0]), delta=1.0)
    assert tensor.tolist() == [2.5]
    with pytest.raises(AttributeError):
        losscli.losses.no_such_loss  # noqa: B018


def test_no_temporary_file_is_left(tmp_path, monkeypatch):
    kept = tmp_path / "kept"
    kept.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(kept))
    with zipfile.ZipFile(tmp_path / "w.zip", "w") as archive:
        archive.writestr("w.csv", "1\n2\n")
    with zipfile.ZipFile(tmp_path / "empty.zip", "w") as archive:
        archive.writestr("empty.csv", "")
    logits, labels = [[2.0, 1.0], [0.0, 1.0]], [0, 1]
    found = losscli.compute("ce", logits, labels, weight=tmp_path / "w.zip")
    assert found.value == losscli.compute("ce", logits, labels, weight=[1, 2]).value
    with pytest.raises(losscli.LossCLIError, match="is empty"):
        losscli.compute("ce", logits, labels, weight=tmp_path / "empty.zip")
    assert list(kept.iterdir()) == []
