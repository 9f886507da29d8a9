"""``losscli sweep``: rows with the bits of ``compute``, in every format, with what they must be told with."""

from __future__ import annotations

import json
import re

import pytest
from shell import cli, csv_rows, refused

import losscli
from losscli.cli.commands.sweep import Asked

S = "sample_data"
P, T = f"{S}/diabetes_pred.csv", f"{S}/diabetes_target.csv"
L, Y = f"{S}/digits_logits.csv", f"{S}/digits_target.csv"


@pytest.fixture(autouse=True)
def in_the_repository(sample_data, monkeypatch):
    monkeypatch.chdir(sample_data.parent)
    monkeypatch.delenv("NO_COLOR", raising=False)


def sweep(*arguments, code=0, **more):
    ran = cli("sweep", *arguments, **more)
    assert ran.code == code, ran.err
    return ran


def document(*arguments):
    return json.loads(sweep(*arguments, "-f", "json").out)


@pytest.mark.parametrize("jobs", [1, 2])
@pytest.mark.parametrize(
    ("loss", "files", "name", "values"),
    [
        ("huber", (P, T), "delta", [0.5, 50, 100]),
        ("smooth_l1", (P, T), "beta", [0, 1, 150]),
        ("cross_entropy", (L, Y), "label_smoothing", [0, 0.1, 1]),
        ("triplet_margin", [f"{S}/triplet_{n}.csv" for n in ("anchor", "positive", "negative")], "margin", [0.2, 1, 3]),
    ],
)
def test_each_row_has_the_bits_of_compute(loss, files, name, values, jobs):
    flag = f"--{name.replace('_', '-')}"
    rows = document(loss, *files, flag, ",".join(map(str, values)), "-j", jobs)["rows"]
    for value, row in zip(values, rows, strict=True):
        alone = json.loads(cli("compute", loss, *files, flag, value, "-f", "json").out)["results"][0]
        assert row["at"] == {name: value}
        assert {key: row[key] for key in alone} == alone


def test_the_numbers_of_the_design():
    rows = document("huber", P, T, "--delta", "1,10,50,100")["rows"]
    means = [43.72062926753394, 394.33655307278286, 1234.8652100004072, 1471.4267325013575]
    assert [row["value"] for row in rows] == pytest.approx(means, rel=1e-14)
    assert [row["regimes"]["linear"] for row in rows] == [{"units": n, "of": 221} for n in (219, 191, 82, 14)]
    assert [row["worst"]["samples"] for row in rows] == [3] * 4


def test_the_mark_and_what_may_not_be_concluded():
    ran = sweep("huber", P, T, "--delta", "0.1:10:log")
    assert [row["at"]["delta"] for row in document("huber", P, T, "--delta", "0.1:10:log")["rows"]] == [
        0.1, 0.2, 0.5, 1, 2, 5, 10,
    ]  # fmt: skip
    assert "78.8267 = 1.345 · 1.4826 · median |error|: 95 % efficiency for Gaussian errors." in ran.out
    assert "are different losses: the least is not the best." in ran.out
    (mark,) = document("huber", P, T, "--delta", "1,2")["marks"]
    assert mark["value"] == pytest.approx(1.345 * 1.4826 * losscli.compute("median_absolute_error", P, T).value)


def test_a_mark_costs_no_warning_and_needs_no_weights_of_its_own():
    ran = sweep("huber", P, T, "--delta", "1,2,5", "--weight", T, "--sample-weight", T)
    assert not ran.err
    assert "median" in ran.out


def test_the_temperature_that_fits():
    (best,) = document("cross_entropy", L, Y, "--temperature", "fit")["best"]
    assert best["temperature"] == pytest.approx(0.521965, abs=1e-6)
    assert best["value"] == pytest.approx(0.12620086, abs=1e-8)
    ran = sweep("cross_entropy", L, Y, "--temperature", "fit")
    assert "best T = 0.521965: 0.126201, -34.2 %; the predicted classes stay the same." in ran.out
    assert "Fit T on validation data" in ran.out
    assert float(sweep("cross_entropy", L, Y, "--temperature", "fit", "-q").out) == best["temperature"]


def test_a_temperature_is_a_division_of_the_logits(folder):
    import numpy as np

    rng = np.random.default_rng(1)
    logits, labels = rng.normal(size=(50, 3)), rng.integers(0, 3, 50)
    for row in losscli.sweep("cross_entropy", logits, labels, temperature=[0.5, 4]).rows:
        alone = losscli.compute("cross_entropy", logits / row.at["temperature"], labels)
        assert row.result.value == alone.value
        heat = row.at["temperature"]
        assert (f"temperature={heat}" in row.result.signature) == (heat != 1)


def test_a_loss_with_a_temperature_of_its_own_keeps_it():
    pair = [f"{S}/pairs_first.csv", f"{S}/pairs_second.csv"]
    rows = document("nt_xent", *pair, "--temperature", "0.1,0.5")["rows"]
    for row in rows:
        heat = row["at"]["temperature"]
        assert row["params"]["temperature"] == heat
        assert row["value"] == losscli.compute("nt_xent", *pair, temperature=heat).value


def test_several_losses_and_two_parameters():
    rows = document("huber,smooth_l1,mse", P, T, "--delta", "1,2,5", "--beta", "1,2")["rows"]
    assert [(row["loss"], row["at"]) for row in rows] == [
        *(("huber", {"delta": d}) for d in (1, 2, 5)),
        *(("smooth_l1", {"beta": b}) for b in (1, 2)),
        ("mse", {}),
    ]
    both = document("cross_entropy", L, Y, "--label-smoothing", "0,0.1", "--temperature", "1,2")
    assert len(both["rows"]) == 4


def test_every_format_tells_the_same():
    arguments = ("huber", P, T, "--delta", "1,50")
    rows = document(*arguments)["rows"]
    table = csv_rows(sweep(*arguments, "-f", "csv").out)
    assert [float(row["value"]) for row in table] == [row["value"] for row in rows]
    assert [float(row["worst_share"]) for row in table] == [row["worst"]["share"] for row in rows]
    assert [int(row["linear"]) for row in table] == [219, 82]
    assert [float(line) for line in sweep(*arguments, "-q").out.splitlines()] == [row["value"] for row in rows]
    assert "| 50 | 1234.87 | 37.1 % | 6.7 % | 33.8932 |" in sweep(*arguments, "-f", "markdown").out


@pytest.mark.parametrize("suffix", [".json", ".csv", ".md", ".svg", ".png", ".pdf"])
def test_files(suffix, tmp_path):
    out = tmp_path / f"out{suffix}"
    ran = sweep("huber", P, T, "--delta", "1,10,100", "-o", out)
    assert ran.out == ""
    assert ran.errors == [f"wrote {out}"]
    before = out.read_bytes()
    sweep("huber", P, T, "--delta", "1,10,100", "-o", out, "-q")
    assert suffix == ".pdf" or out.read_bytes() == before
    starts = (b"{", b"loss,delta", b"| delta", b"<svg", b"\x89PNG", b"%PDF")
    assert before.startswith(starts)


def test_the_picture_is_there_unless_it_is_not_wanted():
    arguments = ("huber", P, T, "--delta", "1:200:log")
    assert "⠒" in sweep(*arguments).out
    assert "⠒" not in sweep(*arguments, "--no-plot").out
    assert sweep(*arguments, "--ascii").out.replace("─", "").replace("·", "").isascii()
    assert max(map(len, sweep(*arguments, "--width", 120).out.splitlines())) <= 120
    assert "⠒" not in sweep("huber", P, T, "--delta", "1,10").out  # two points are no curve
    terminal = sweep(*arguments, terminal=True)
    assert re.search(r"\x1b\[3\dm", terminal.out)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["huber", P, T], "no parameter has several values"),
        (["huber", P, T, "--delta", "1"], "no parameter has several values"),
        (["huber", P, T, "--delta", "1,0"], "huber: --delta is 0, outside its domain"),
        (["huber", P, T, "--delta", "1,x"], "--delta is 'x', not a number"),
        (["huber", P, T, "--delta", "1,2", "-r", "none"], "--reduction is 'none'"),
        (["huber", P, T, "--temperature", "1,2"], "--temperature divides logits, and huber takes none"),
        (["cross_entropy", L, Y, "--temperature", "0,1"], "--temperature is 0.0, outside its domain"),
        (["cross_entropy", L, Y, "--temperature", "fit", "--label-smoothing", "0,0.1"], "one set of values"),
        (["cross_entropy", L, Y, "--temperature", "1"], "no parameter has several values"),
        (["mse", P, T], "mse has no parameter to sweep"),
        (["median_absolute_error", P, T], "has no parameter to sweep"),
        (["l1,triplet_margin", P, T], "no parameter has several values"),
        (["huber", P, T, "--delta", "0.1:1:lin:300"], "--delta has 300 values"),
        (["huber", P, "gone.csv", "--delta", "1,2"], "gone.csv"),
        (["huber", P, T, "--delta", "1,2", "-o", "a.npy"], "cannot be written as .npy"),
        (["huber", P, T, "--delta", "1,2", "-o", "a.svg"], "there is nothing to draw"),
        (["huber", P, T, "--delta", "1,2", "-f", "json", "--plot"], "--plot shows the picture below a table"),
    ],
)
def test_what_makes_no_sense_is_refused(arguments, says):
    error, hint = refused(cli("sweep", *arguments))
    assert says in error
    assert hint or "gone" in says


def test_python_has_the_same_words(sample_data):
    found = losscli.sweep("huber", P, T, delta=[1, 10, 100])
    assert [float(row.result) for row in found.rows] == [
        float(losscli.compute("huber", P, T, delta=d)) for d in (1, 10, 100)
    ]
    assert found.plot().startswith("<svg")
    assert found._repr_svg_() == found.plot()
    assert losscli.sweep("huber", P, T, delta=[1, 10])._repr_svg_() is None
    with pytest.raises(losscli.LossCLIError, match="has no 'gamma'"):
        losscli.sweep("huber", P, T, gamma=[1, 2])


def test_help_names_what_sweep_takes():
    page = sweep("huber", "--help").out
    assert all(one.flag in page for one in Asked.offered())
    assert "--delta VALUES" in page
    assert "--keep" not in page
