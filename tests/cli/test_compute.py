"""``losscli compute`` as typed: inputs by role, options, what is shown."""

from __future__ import annotations

import numpy as np
import pytest
from shell import ROOT, cli, compute, document, refused, result, write

# Every loss


def test_losses_are_joined_by_commas_and_spaces(files):
    assert cli("compute", "mse, l1", "p.csv", "t.csv", "-q") == cli("compute", "mse,l1", "p.csv", "t.csv", "-q")


# compute


def test_the_number_is_right(files):
    pred, target = np.loadtxt("p.csv"), np.loadtxt("t.csv")
    assert float(compute("mse", "p.csv", "t.csv", "-q").out) == pytest.approx(np.mean((pred - target) ** 2), rel=1e-15)


def test_table_shows_number_fraction_and_samples(files):
    ran = compute("mse", "p.csv", "t.csv", "--no-per-sample")
    found = result("mse", "p.csv", "t.csv")
    (line,) = [line for line in ran.out.splitlines() if line.startswith("mse")]
    assert line.split() == ["mse", f"{found['value']:.6g}", f"{found['numerator']:.6g}", "/", "20", "elements", "20"]


def test_several_losses_in_one_pass(files):
    several = document("mse,l1,huber", "p.csv", "t.csv")["results"]
    alone = [result(name, "p.csv", "t.csv") for name in ("mse", "l1", "huber")]
    assert several == alone


def test_options_are_the_union_and_reach_the_losses_that_have_them(files):
    options = ["--beta", "0.25", "--delta", "2"]
    ran = document("mse,smooth_l1,huber", "p.csv", "t.csv", *options)
    mse, smooth, huber = ran["results"]
    assert (mse["params"], smooth["params"], huber["params"]) == ({}, {"beta": 0.25}, {"delta": 2.0})
    assert smooth == result("smooth_l1", "p.csv", "t.csv", "--beta", "0.25")
    assert huber == result("huber", "p.csv", "t.csv", "--delta", "2")


def test_losses_may_be_named_by_alias_in_any_case(files):
    assert (
        compute("MSELoss,Mean-Absolute-Error", "p.csv", "t.csv", "-q").out
        == compute("mse,l1", "p.csv", "t.csv", "-q").out
    )


def test_files_by_role(files):
    wanted = compute("mse", "p.csv", "t.csv", "-q").out
    assert compute("mse", "--pred", "p.csv", "--target", "t.csv", "-q").out == wanted
    assert compute("mse", "--target", "t.csv", "p.csv", "-q").out == wanted
    assert compute("mse", "--pred", "p.csv", "t.csv", "-q").out == wanted


def test_role_decides_the_order_where_it_matters(files):
    by_role = result("cross_entropy", "--target", "labels.csv", "--pred", "logits.csv")
    assert by_role == result("cross_entropy", "logits.csv", "labels.csv")


def test_inputs_are_reported_with_their_roles(files):
    inputs = document("cross_entropy", "logits.csv", "labels.csv")["inputs"]
    assert [(i["role"], i["source"], i["shape"]) for i in inputs] == [
        ("pred", "logits.csv", [20, 3]),
        ("target", "labels.csv", [20]),
    ]


def test_array_parameter_inline_or_from_a_file(files):
    np.save("w.npy", np.array([1, 2, 0.5]))
    write(files, w="1\n2\n0.5\n")
    inline = result("cross_entropy", "logits.csv", "labels.csv", "--weight", "1,2,0.5")
    assert inline["params"]["weight"] == [1.0, 2.0, 0.5]
    assert inline["value"] != result("cross_entropy", "logits.csv", "labels.csv")["value"]
    assert inline == result("cross_entropy", "logits.csv", "labels.csv", "--weight", "w.npy")
    assert inline == result("cross_entropy", "logits.csv", "labels.csv", "--weight", "w.csv")


def test_flag_parameter_both_ways(files, monkeypatch):
    monkeypatch.chdir(ROOT)
    example = [f"sample_data/triplet_{x}.csv" for x in ("anchor", "positive", "negative")]
    assert result("triplet_margin", *example, "--swap")["params"]["swap"] is True
    assert result("triplet_margin", *example, "--no-swap")["params"]["swap"] is False


@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_quiet_is_one_number_a_loss_and_the_same_float_as_json(files, reduction):
    lines = compute("mse,l1,smooth_l1", "p.csv", "t.csv", "-q", "-r", reduction).out.splitlines()
    found = document("mse,l1,smooth_l1", "p.csv", "t.csv", "-r", reduction)
    assert [float(line) for line in lines] == [one["value"] for one in found["results"]]
    assert [repr(float(line)) for line in lines] == lines


def test_quiet_unreduced_is_one_number_a_sample(files):
    lines = compute("mse", "p.csv", "t.csv", "-q", "-r", "none").out.splitlines()
    assert np.array([float(x) for x in lines]).tolist() == ((np.loadtxt("p.csv") - np.loadtxt("t.csv")) ** 2).tolist()


def _samples(out):
    """The sample table's rows: index and value as shown."""
    lines = out.splitlines()
    start = next(i for i, line in enumerate(lines) if line.split()[:1] == ["sample"])
    return [line.split() for line in lines[start + 2 :]]


def test_table_shows_first_and_last_samples(files):
    shown = [row[0] for row in _samples(compute("mse", "p.csv", "t.csv").out)]
    assert shown == ["0", "1", "2", "3", "4", "⋮", "15", "16", "17", "18", "19"]


def test_top_shows_the_worst(files):
    values = (np.loadtxt("p.csv") - np.loadtxt("t.csv")) ** 2
    shown = _samples(compute("mse", "p.csv", "t.csv", "--top", "3").out)
    assert [int(row[0]) for row in shown] == np.argsort(-values)[:3].tolist()
    pred, target = np.loadtxt("p.csv"), np.loadtxt("t.csv")
    figures = [(pred[i], target[i], pred[i] - target[i], values[i]) for i in np.argsort(-values)[:3]]
    assert [row[1:5] for row in shown] == [[f"{x:.6g}" for x in row] for row in figures]


@pytest.mark.parametrize("option", ["--top", "--head"])
def test_there_are_no_worst_of_a_loss_without_samples(option, files):
    error, _ = refused(cli("compute", "median_absolute_error", "p.csv", "t.csv", option, "3"))
    assert "it has no per-sample losses" in error
    compute("median_absolute_error,mse", "p.csv", "t.csv", option, "3")


def test_head_shows_the_first(files):
    assert [row[0] for row in _samples(compute("mse", "p.csv", "t.csv", "--head", "3").out)] == ["0", "1", "2", "⋮"]


def test_more_than_there_are_shows_all(files):
    assert len(_samples(compute("mse", "p.csv", "t.csv", "--head", "99").out)) == 20
    assert len(_samples(compute("mse", "p.csv", "t.csv", "--top", "99").out)) == 20


def test_no_per_sample_leaves_them_out(files):
    assert "sample " not in compute("mse", "p.csv", "t.csv", "--no-per-sample").out


def test_top_in_json_says_which_samples(files):
    found = result("mse", "p.csv", "t.csv", "-s", "--top", "2")
    values = (np.loadtxt("p.csv") - np.loadtxt("t.csv")) ** 2
    assert found["sample_index"] == np.argsort(-values)[:2].tolist()
    assert found["per_sample"] == values[found["sample_index"]].tolist()


def test_digits(files):
    value = result("mse", "p.csv", "t.csv")["value"]
    for digits in (1, 3, 17):
        assert f" {value:.{digits}g} " in compute("mse", "p.csv", "t.csv", "--digits", digits).out


def test_torch_computes_the_same(files):
    ours, torchs = (result("mse", "p.csv", "t.csv", "-b", name) for name in ("numpy", "torch"))
    assert torchs["value"] == pytest.approx(ours["value"], rel=1e-12)
    assert torchs["backend"].startswith("torch:")


def test_nan_policies(files):
    write(files, a="1\nnan\n3\n", b="0\n0\n0\n")
    omitted = result("mse", "a.csv", "b.csv", "--nan", "omit")
    assert (omitted["value"], omitted["samples"], omitted["omitted"]) == (5.0, 2, 1)
    assert result("mse", "a.csv", "b.csv", "--nan", "propagate")["value"] == "NaN"


@pytest.mark.parametrize("dtype", ["float64", "float32", "native"])
def test_dtype_is_reported(files, dtype):
    for name in ("p", "t"):
        np.save(f"{name}.npy", np.loadtxt(f"{name}.csv").astype(np.float32))
    assert result("mse", "p.npy", "t.npy", "--dtype", dtype)["dtype"] == (
        "float64" if dtype == "float64" else "float32"
    )
