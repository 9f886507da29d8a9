"""``losscli explain``: the numbers of the design, every form, every way to say which sample, and what is refused."""

from __future__ import annotations

import gzip
import json

import numpy as np
import pytest
from shell import cli, csv_rows, refused

import losscli
from losscli import losses
from losscli.spec.kinds import Along

S = "sample_data"
P, T = f"{S}/diabetes_pred.csv", f"{S}/diabetes_target.csv"
L, Y = f"{S}/digits_logits.csv", f"{S}/digits_target.csv"
RESULTS = (f"{S}/diabetes_results.csv", "--pred", "y_hat", "--target", "y")
X, C = f"{S}/classes_logits.csv", f"{S}/classes_target.csv"


@pytest.fixture(autouse=True)
def in_the_repository(sample_data, monkeypatch):
    monkeypatch.chdir(sample_data.parent)


def explain(*arguments, **more):
    ran = cli("explain", *arguments, **more)
    assert ran.code == 0, ran.err
    return ran.out


def samples(*arguments, **more):
    return json.loads(explain(*arguments, "-f", "json", **more))["samples"]


def steps(sample):
    return {step["name"]: step["value"] for step in sample["steps"]}


def per_sample(loss, *arguments):
    return json.loads(cli("compute", loss, *arguments, "-s", "-f", "json").out)["results"][0]["per_sample"]


def test_the_numbers_of_the_design():
    (one,) = samples("cross_entropy", L, Y, "--sample", 661)
    found = steps(one)
    assert found["log Σ e^(x - max)"] == pytest.approx(0.415815, abs=5e-7)
    assert found["log p_4"] == pytest.approx(-3.91, abs=5e-6)
    assert found["ℓ"] == one["value"] == per_sample("cross_entropy", L, Y)[661]
    assert found["into the mean"] == one["value"] / 899
    assert one["share"] == pytest.approx(0.0226934, abs=1e-7)
    assert one["rank"] == 1
    assert found["∂mean/∂x_4"] == pytest.approx(-0.00109006, abs=1e-8)
    page = explain("cross_entropy", L, Y, "--sample", 661)
    assert "cross_entropy, sample 661 (line 663 of sample_data/digits_logits.csv)\n" in page
    assert "true class 4, predicted 8; rank 1 of 899, 1 is the worst\n" in page
    assert " 2.27 %\n" in page
    assert "= 3.91 / 899 targets " in page
    assert max(map(len, page.splitlines())) <= 80
    assert not any(line.endswith(" ") for line in page.splitlines())


def test_the_worst_are_those_of_top():
    top = cli("compute", "mse", P, T, "--top", 4, "-f", "csv", "-s").out
    found = samples("mse", P, T, "--worst", 4)
    assert [str(one["sample"]) for one in found] == [row["sample"] for row in csv_rows(top)]
    assert [one["rank"] for one in found] == [1, 2, 3, 4]


def test_samples_are_named_by_a_column():
    (one,) = samples("mse", *RESULTS, "--id", "patient=249", "--keep", "age")
    assert (one["sample"], one["kept"]) == (1, {"age": "40 to 59", "patient": "249"})
    document = json.loads(explain("mse", *RESULTS, "--id", "sex=1", "-f", "json"))
    shown, more = len(document["samples"]), document["left_out"]
    with open(RESULTS[0], encoding="utf-8") as file:
        assert (shown, shown + more) == (16, sum(row["sex"] == "1" for row in csv_rows(file.read())))
    assert f"{more} more samples are named so.\n" in explain("mse", *RESULTS, "--id", "sex=1")


def test_samples_stand_in_the_order_asked_for():
    assert [one["sample"] for one in samples("mse", P, T, "--sample", "9,2,9,4")] == [9, 2, 4]


@pytest.mark.parametrize("more", [[], ["--no-rank"]], ids=["ranked", "alone"])
def test_a_stream_gives_what_a_file_gives(tmp_path, more):
    packed = tmp_path / "p.csv.gz"
    with open(P, "rb") as file:
        packed.write_bytes(gzip.compress(file.read()))
    whole, streamed = (samples("huber", pred, T, "--sample", "3,200", *more) for pred in (P, packed))
    assert [one | {"place": ""} for one in whole] == [one | {"place": ""} for one in streamed]


def test_standard_input_is_read_once():
    with open(P, "rb") as file:
        text = file.read()
    assert (
        samples("l1", "-", T, "--worst", 1, stdin=text)[0]["sample"] == samples("l1", P, T, "--worst", 1)[0]["sample"]
    )


@pytest.mark.parametrize("backend", ["numpy", "torch"])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_the_value_is_that_of_compute_wherever_it_is_computed(backend, dtype):
    how = ["-b", backend, "--dtype", dtype]
    (one,) = samples("cross_entropy", L, Y, "--sample", 200, *how)
    assert one["value"] == steps(one)["ℓ"] == per_sample("cross_entropy", L, Y, *how)[200]


def test_large_files_are_read_once_and_rows_looked_up(tmp_path, monkeypatch):
    from losscli.explore import explain as module

    monkeypatch.setattr(module, "KEPT", 1000)  # as if these were very many
    rng = np.random.default_rng(0)
    a, b = rng.standard_normal((2, 1_200_000)).round(2)  # rounded, so that there are ties
    np.save(tmp_path / "a.npy", a)
    np.save(tmp_path / "b.npy", b)
    found = losscli.explain("l1", tmp_path / "a.npy", tmp_path / "b.npy", sample=(7, 700_000, 1_199_999)).samples
    values = losscli.compute("l1", a, b, per_sample=True).per_sample
    order = np.lexsort((np.arange(len(values)), -values))
    ranks = np.empty(len(values), int)
    ranks[order] = np.arange(1, len(values) + 1)
    for one in found:
        assert (one.value, one.rank) == (values[one.number], ranks[one.number])


def test_the_block_with_the_row_is_all_that_no_rank_reads(tmp_path):
    a = np.zeros(1_200_000)
    b = np.ones(1_200_000)
    b[0] = np.nan  # which is an error where it is read
    np.save(tmp_path / "a.npy", a)
    np.save(tmp_path / "b.npy", b)
    files = tmp_path / "a.npy", tmp_path / "b.npy"
    (one,) = samples("mse", *files, "--sample", 1_199_999, "--no-rank")
    assert (one["value"], one["rank"], one["contribution"]) == (1.0, None, None)
    assert steps(one)["∂ℓ/∂pred"] == -2.0
    refused(cli("explain", "mse", *files, "--sample", 1_199_999))


# Weights, what is ignored, units


def test_weights_of_classes_stand_in_both_parts_of_the_fraction():
    (one,) = samples("cross_entropy", X, C, "--weight", "1,2,1,3,0.5", "--sample", 1)
    found = steps(one)
    total = json.loads(cli("compute", "cross_entropy", X, C, "--weight", "1,2,1,3,0.5", "-f", "json").out)["results"][0]
    assert found["ℓ"] == pytest.approx(-3 * found["log p_3"], rel=1e-15)
    assert found["in the denominator"] == 3
    assert found["into the mean"] == found["ℓ"] / total["denominator"]


def test_smoothing_has_a_line_for_either_part():
    found = steps(samples("cross_entropy", X, C, "--label-smoothing", 0.1, "--sample", 0)[0])
    assert found["of the true class"] + found["of all classes"] == pytest.approx(found["ℓ"], rel=1e-14)


def test_what_is_ignored_says_so():
    (one,) = samples("cross_entropy", X, C, "--ignore-index", 3, "--sample", 1)
    assert (one["status"], one["value"], one["rank"], one["steps"]) == ("ignored", None, None, [])
    page = explain("cross_entropy", X, C, "--ignore-index", 3, "--sample", 1)
    assert "ignored: weight 0 in numerator and denominator\n" in page
    assert explain("cross_entropy", X, C, "--ignore-index", 3, "--sample", 1, "-q") == "nan\n"


def test_what_is_omitted_says_so(tmp_path):
    (tmp_path / "p.csv").write_text("1\nnan\n3\n", encoding="utf-8")
    (one, other) = samples("mse", tmp_path / "p.csv", "1,2,4", "--nan", "omit", "--sample", "1,2")
    assert (one["status"], other["status"], other["contribution"]) == ("omitted", "counted", 0.5)
    assert "omitted: it holds NaN" in explain("mse", tmp_path / "p.csv", "1,2,4", "--nan", "omit", "--sample", 1)


def test_weights_of_samples_have_lines():
    found = steps(samples("mse", "1,2,3", "2,2,5", "--sample-weight", "1,2,3", "--sample", 2)[0])
    assert (found["ℓ"], found["times its weight"], found["in the denominator"], found["into the mean"]) == (4, 12, 3, 2)
    assert found["∂mean/∂pred"] == -2


def test_of_several_units_the_worst_is_worked_out_or_the_one_asked_for():
    files = f"{S}/regression_pred.csv", f"{S}/regression_target.csv"
    (one,) = samples("mse", *files, "--sample", 1)
    values = [unit["value"] for unit in one["worst_units"]]
    assert values == sorted(values, reverse=True)
    assert (one["units"], one["position"]) == (5, one["worst_units"][0]["position"])
    assert steps(one)["ℓ[1]"] == values[0]
    assert steps(one)["ℓ"] == pytest.approx(np.mean(values))
    (other,) = samples("mse", *files, "--sample", 1, "--at", 4)
    assert other["position"] == [4]
    assert "ℓ[4]" in steps(other)


def test_a_wide_sample_shows_eight_units():
    (one,) = samples("mse", f"{S}/masks_pred.npy", f"{S}/masks_pred.npy", "--sample", 0)
    assert len(one["worst_units"]) == 8 < one["units"]
    assert f"{one['units'] - 8} more" in explain("mse", f"{S}/masks_pred.npy", f"{S}/masks_pred.npy", "--sample", 0)


def test_the_hinge_and_the_swap_of_triplets():
    points = losscli.explain("triplet_margin", [[0.0, 0.0]], [[3.0, 0.0]], [[4.0, 0.0]], swap=True, sample=0).samples[0]
    assert [fact[0] for fact in points.facts] == [
        "swapped: the negative is nearer to the positive",
        "the hinge is on",
    ]
    off = losscli.explain("triplet_margin", [[0.0, 0.0]], [[0.5, 0.0]], [[9.0, 0.0]], sample=0).samples[0]
    assert off.facts[0][0].startswith("the hinge is off")


def test_the_clamp_of_bce_is_met_or_not():
    clamped, not_clamped = losscli.explain("bce", [0.0, 0.5], [1.0, 1.0], sample=(0, 1)).samples
    assert clamped.value == 100
    assert clamped.facts[1] == ("the clamp of logarithms at -100 is met",)
    assert len(not_clamped.facts) == 1


def test_positions_that_are_seen_in_another_way_are_explained_too(tmp_path):
    rng = np.random.default_rng(0)
    np.save(tmp_path / "x.npy", rng.standard_normal((3, 4, 5)))
    np.save(tmp_path / "y.npy", rng.integers(0, 5, (3, 4)))
    arguments = ("cross_entropy", tmp_path / "x.npy", tmp_path / "y.npy", "--class-axis", -1, "--shift", 1)
    (one,) = samples(*arguments, "--sample", 2)
    assert (one["units"], one["value"]) == (3, per_sample(*arguments)[2])
    assert np.shape(one["gradients"]["pred"]) == (5, 3)


def test_rows_paired_by_key_are_named_by_it(tmp_path):
    (tmp_path / "p.csv").write_text("id,p\na,1\nb,2\n", encoding="utf-8")
    (tmp_path / "t.csv").write_text("id,t\nb,5\na,1\n", encoding="utf-8")
    (one,) = samples("mse", tmp_path / "p.csv", tmp_path / "t.csv", "--on", "id", "--id", "id=b")
    assert (one["value"], one["kept"]) == (9, {"id": "b"})


def test_padding_is_not_shown():
    lengths = f"{S}/spoken_lengths.csv"
    files = f"{S}/spoken_log_probs.npy", f"{S}/spoken_targets.csv", f"{lengths}::steps", f"{lengths}::labels"
    (one,) = samples("ctc", *files, "--worst", 1)
    values = one["values"]
    assert len(values["targets"]) == values["target_lengths"]
    assert len(values["log_probs"]) == values["input_lengths"]


def test_what_is_nan_has_a_loss_and_no_rank():
    none, one = losscli.explain("l1", [np.nan, 1.0], [2.0, 2.0], nan="propagate", sample=(0, 1)).samples
    assert (none.rank, one.rank, one.share) == (None, 1, None)
    assert np.isnan(none.value)


# Forms


def test_every_form_has_the_same_steps(tmp_path):
    arguments = ("huber", P, T, "--delta", 50, "--worst", 2)
    found = samples(*arguments)
    named = [(str(one["sample"]), step["name"], step["how"], step["value"]) for one in found for step in one["steps"]]
    rows = csv_rows(explain(*arguments, "-f", "csv"))
    assert [(row["sample"], row["name"], row["how"], float(row["value"])) for row in rows] == named
    assert explain(*arguments, "-q").splitlines() == [repr(one["value"]) for one in found]
    text = explain(*arguments, "-f", "markdown")
    assert text.count("| step | name | how | value |") == 2
    assert "|e\\| - δ/2" in text
    for suffix, form in ((".json", "json"), (".csv", "csv"), (".md", "markdown")):
        path = tmp_path / f"x{suffix}"
        assert explain(*arguments, "-o", path) == ""
        assert path.read_text(encoding="utf-8") == explain(*arguments, "-f", form)


def test_python_and_the_program_say_the_same():
    (one,) = losscli.explain("huber", P, T, delta=50, sample=60).samples
    (told,) = samples("huber", P, T, "--delta", 50, "--sample", 60)
    assert (told["value"], told["rank"], told["share"]) == (one.value, one.rank, one.share)
    assert told["gradients"] == {"pred": float(one.gradients["pred"])}


# What is refused


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("mse", P, T), "it is not said which sample"),
        (("mse", P, T, "--sample", 1, "--worst", 1), "--sample and --worst exclude each other"),
        (("mse", P, T, "--sample", 221), "there is no sample 221"),
        (("mse", P, T, "--sample", 221, "--no-rank"), "there is no sample 221"),
        (("mse", P, T, "--sample", "x"), "--sample is 'x'"),
        (("mse", P, T, "--sample=-1"), "numbered from 0"),
        (("mse", P, T, "--sample", ","), "--sample is ','"),
        (("mse", P, T, "--worst", 1, "--no-rank"), "--worst takes reading all samples"),
        (("mse", P, T, "--sample", 0, "--at", 1), "a sample has one unit"),
        (("mse", f"{S}/regression_pred.csv", f"{S}/regression_target.csv", "--sample", 0, "--at", 5), "--at is 5"),
        (("mse", *RESULTS, "--id", "patient"), "--id is 'patient'"),
        (("mse", *RESULTS, "--id", "patient=x"), "no sample has 'x' in column 'patient'"),
        (("mse", *RESULTS, "--id", "nope=1"), "no input has a column 'nope'"),
        (("mse,l1", P, T, "--sample", 1), "explain takes one loss"),
        (("concordance", P, T, "--worst", 1), "one number for the whole set"),
        (("concordance", P, T, "--sample", 0, "--no-rank"), "takes reading all samples"),
        (("concordance", P, T, "--sample", 221), "there is no sample 221"),
        (("concordance", P, T, "--sample", 0, "--at", 1), "a sample has one unit"),
        (("nt_xent", f"{S}/pairs_first.csv", f"{S}/pairs_second.csv", "--sample", 0, "--no-rank"), "all samples"),
    ],
    ids=lambda x: "" if isinstance(x, tuple) else x,
)
def test_what_makes_no_sense_is_refused(arguments, words):
    error, hint = refused(cli("explain", *arguments))
    assert words in error + hint
    assert hint


def test_losses_that_tell_steps_are_those_of_the_design_at_least():
    told = {one.name for one in losses.built_in() if "steps" in one.hooks}
    assert told >= {"cross_entropy", "nll", "bce", "bce_with_logits", "mse", "l1", "huber", "smooth_l1"}
    assert told >= {"triplet_margin", "kl_div"}


def test_every_parameter_of_steps_is_one_that_the_loss_has():
    for one in losses.built_in():
        if "steps" in one.hooks:
            code = one.hooks["steps"].__code__
            assert {*code.co_varnames[: code.co_argcount]} <= {"xp", *one.argument_names}
            assert all(not isinstance(p.domain, Along) or p.default is None for p in one.parameters)
