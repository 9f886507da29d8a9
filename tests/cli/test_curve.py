"""``losscli curve``: numbers, pictures and data, in a pipe, on a terminal and in files."""

from __future__ import annotations

import json
import math
import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest
from shell import cli, csv_rows, refused

import losscli
from losscli.cli.commands.curve import Asked

S = "sample_data"
P, T = f"{S}/diabetes_pred.csv", f"{S}/diabetes_target.csv"
L, Y = f"{S}/digits_logits.csv", f"{S}/digits_target.csv"
ESCAPE = re.compile(r"\x1b\[[0-9;]*m")


@pytest.fixture(autouse=True)
def in_the_repository(sample_data, monkeypatch):
    monkeypatch.chdir(sample_data.parent)
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    monkeypatch.setenv("TERM", "xterm")


def curve(*arguments, code=0, **more):
    ran = cli("curve", *arguments, **more)
    assert ran.code == code, ran.err
    return ran


def document(*arguments):
    return json.loads(curve(*arguments, "-f", "json").out)


def test_numbers_chosen_by_hand():
    rows = csv_rows(curve("huber", "--delta", "2", "--at", "-3,0,2,2.5", "-f", "csv").out)
    assert [float(row["x"]) for row in rows] == [-3, 0, 2, 2.5]
    assert [float(row["loss"]) for row in rows] == [4, 0, 2, 3]
    assert [float(row["gradient"]) for row in rows] == [-2, 0, 2, 2]
    assert curve("huber", "--delta", "2", "--at", "-3,0,2,2.5", "-q").out == "4.0\n0.0\n2.0\n3.0\n"


@pytest.mark.parametrize("more", [[], ["--classes-count", "2"], ["--classes-count", "1000"]])
def test_log_odds_of_nothing(more):
    (one,) = document("cross_entropy", "--at", "0", *more)["series"]
    assert (one["values"], one["gradient"]) == ([0.6931471805599453], [-0.5])


def test_a_triplet_has_no_spike_at_the_hinge():
    (one,) = document("triplet_margin", "--at", "-2,0,1")["series"]
    assert one["values"] == [0, 1, 2]
    assert one["gradient"] == [0, 1, 1]
    (whole,) = document("triplet_margin")["series"]
    assert set(whole["gradient"]) == {0, 1}


def test_the_picture_in_a_pipe():
    lines = curve("smooth_l1", "--beta", "0.1,1,5").out.splitlines()
    assert len(lines) == 22
    assert max(map(len, lines)) <= 80
    assert all(line == line.rstrip() for line in lines)
    assert "\x1b" not in "".join(lines)
    assert "a beta 0.1   b 1   c 5" in lines[-1]
    for letter in "abc":
        assert sum(line.count(letter) for line in lines[1:-1]) == 2


def test_colours_on_a_terminal_unless_they_are_not_wanted(monkeypatch):
    coloured = curve("smooth_l1", "--beta", "0.1,1,5", terminal=True).out
    assert re.search(r"\x1b\[3\dm", coloured)
    monkeypatch.setenv("NO_COLOR", "1")
    plain = curve("smooth_l1", "--beta", "0.1,1,5", terminal=True).out
    assert not re.search(r"\x1b\[3", plain)
    monkeypatch.delenv("NO_COLOR")
    monkeypatch.setenv("TERM", "dumb")
    assert curve("smooth_l1", terminal=True).out.isascii()


def test_ascii_where_it_is_asked_for_or_the_locale_has_no_more(monkeypatch):
    asked = curve("smooth_l1", "--beta", "0.1,1,5", "--ascii").out
    assert asked.isascii()
    monkeypatch.setenv("LC_ALL", "C")
    assert curve("smooth_l1", "--beta", "0.1,1,5").out == asked
    assert not curve("smooth_l1", "--no-ascii").out.isascii()


def test_a_gradient_without_end_is_cut_and_told():
    out = curve("bce").out
    assert "The axis of gradient is cut: its values go to -802." in out


def test_samples_on_the_curve():
    ran = curve("smooth_l1", P, T, "--beta", "10,50,150")
    assert "2 samples (0.9 %) with 6.9 % of the loss lie outside." in ran.out
    assert "your 221 samples, %" in ran.out
    assert "their loss at beta = 150, %" in ran.out
    assert len(ran.out.splitlines()) <= 23
    data = document("smooth_l1", P, T, "--beta", "10,50,150")["data"]
    assert sum(data["counts"]) + data["outside"] == 221
    assert sum(data["shares"]) + data["outside_share"] == pytest.approx(1, abs=1e-12)
    assert data["result"]["value"] == losscli.compute("smooth_l1", P, T, beta=150).value
    assert data["result"]["signature"] == losscli.compute("smooth_l1", P, T, beta=150).signature


@pytest.mark.parametrize("jobs", [1, 3])
def test_bins_are_those_of_numpy(jobs, small_blocks, folder):
    import numpy as np

    rng = np.random.default_rng(4)
    pred, target = rng.normal(size=3000), rng.normal(size=3000)
    found = losscli.curve("mse", pred, target, range="-2:2", threads=jobs).data
    error = pred - target
    np.testing.assert_array_equal(found.counts, np.histogram(error, np.array(found.edges))[0])
    sums = np.histogram(error, np.array(found.edges), weights=error**2)[0]
    np.testing.assert_allclose(found.shares, sums / (error**2).sum(), rtol=1e-12)
    assert found.outside == (np.abs(error) > 2).sum()


def test_data_set_the_range_and_weights_and_ignored_have_their_part():
    import numpy as np

    logits, labels = np.array([[2.0, 0], [0, 1], [5, 5], [1, 0]]), np.array([0, 0, 1, 1])
    weight = np.array([1.0, 2, 0, 1])
    found = losscli.curve("ce", logits, labels, ignore_index=1, sample_weight=weight).data
    assert found.units == 2
    assert sum(found.counts) + found.outside == 2
    errors = losscli.curve("mse", P, T)
    assert -errors.ends[0] == errors.ends[1] == pytest.approx(144.8459, abs=1e-4)


def test_a_pipe_is_read_once(folder):
    both = b"p,t\n1,2\n3,5\n2,2\n8,3\n"
    ran = curve("mse", "-", "--pred", "p", "--target", "t", stdin=both)
    assert "your 4 samples, %" in ran.out


def test_a_loss_of_nothing_and_one_below_nothing_have_no_shares():
    assert "Their loss is 0." in curve("mse", "1,2", "1,2").out
    assert document("mse", "1,2", "1,2")["data"]["shares"] is None


def test_several_losses_on_one_axis():
    found = document("mse,l1,huber", "--at", "1,2")
    assert [(one["loss"], one["values"]) for one in found["series"]] == [
        ("mse", [1, 4]),
        ("l1", [1, 2]),
        ("huber", [0.5, 1.5]),
    ]
    assert "loss mse" in curve("mse,l1", "--at", "1").out


def test_a_target_alone_is_where_the_curve_is_taken():
    found = document("poisson_nll", "--target", "3", "--at", "0,1")
    assert "target 3" in found["x"]["is"]
    expected = losscli.compute("poisson_nll", [0.0, 1.0], [3.0, 3.0], reduction="none").value.tolist()
    assert found["series"][0]["values"] == expected


@pytest.mark.parametrize("suffix", [".json", ".csv", ".md", ".svg", ".png", ".pdf"])
def test_files(suffix, tmp_path):
    out = tmp_path / f"c{suffix}"
    ran = curve("huber", "-o", out)
    assert (ran.out, ran.errors) == ("", [f"wrote {out}"])
    first = out.read_bytes()
    curve("huber", "-o", out)
    assert suffix == ".pdf" or out.read_bytes() == first
    if suffix == ".svg":
        ET.fromstring(first)
    assert first.startswith((b"{", b"x,loss", b"| x", b"<svg", b"\x89PNG", b"%PDF"))


def test_without_the_library_a_picture_of_dots_is_refused_before_the_work(monkeypatch, tmp_path):
    import importlib.util

    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    error, hint = refused(cli("curve", "huber", "-o", tmp_path / "c.png"))
    assert "not installed" in error
    assert "pip install 'losscli[plot]'" in hint
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["dice"], "dice is not a function of one number"),
        (["huber", "--delta", "0"], "huber: --delta is 0, outside its domain"),
        (["mse,bce"], "is a function of error pred - target, and bce of probability"),
        (["huber", "--range", "3"], "--range is '3'"),
        (["huber", "--range", "3:1"], "--range is '3:1'"),
        (["huber", "--range", "-1e308:1e308"], "--range is '-1e308:1e308'"),
        (["ce", "--weight", "1,2,3"], "not a function of one number where --weight has several"),
        (["ce", "--weight", "1,2,3", "1,2,3", "0"], "not a function of one number where --weight has several"),
        (["bce_with_logits", "--pos-weight", "1,2"], "where --pos-weight has several"),
        (["huber", "--at", "a"], "--at is 'a'"),
        (["huber", "--delta", "1:100:lin:20"], "these are 20 curves"),
        (["poisson_nll", P, T], "data have no place on the axis"),
        (["huber", P], "huber needs a file for target"),
        (["bce", "--at", "2"], "--at is 2, outside [0, 1]: x is probability given to what happened"),
        (["bce", "--range=-1:2"], "--range is -1:2, outside [0, 1]"),
        (["huber", "--at", "1", "-o", "a.svg"], "there is nothing to draw"),
    ],
)
def test_what_makes_no_sense_is_refused(arguments, says):
    error, hint = refused(cli("curve", *arguments))
    assert says in error
    assert hint


def test_python_has_the_same_words():
    found = losscli.curve("huber", delta=[1, 2], at=[-3, 3])
    assert [one.values for one in found.series] == [[2.5, 2.5], [4, 4]]
    assert found._repr_svg_() is None
    assert losscli.curve("huber")._repr_svg_().startswith("<svg")


@pytest.mark.parametrize("ends", ["0:5e-324", "-8e307:8e307", "1e308:1.7e308", "0:1e-300"])
def test_a_range_may_be_as_small_or_large_as_floats_are(ends):
    assert curve("l1", "--range", ends).out.count("\n") > 10


def test_there_may_be_as_many_classes_as_words():
    out = curve("cross_entropy", "--classes-count", "100000", "--at", "0", "-f", "csv").out
    assert out.splitlines()[1] == "0.0,0.6931471805599453,-0.5"


def test_probabilities_of_classes_are_no_true_class():
    with pytest.raises(losscli.LossCLIError, match="target holds probabilities of classes"):
        losscli.curve("cross_entropy", np.eye(3), np.full((3, 3), 1 / 3))


def test_one_sample_is_no_samples():
    assert "your 1 sample, %" in curve("mse", "1", "0").out


def test_errors_past_half_the_largest_float_lie_outside():
    found = losscli.curve("l1", [1e308, -1e308, 1.0], [0.0, 0.0, 0.0]).data
    assert (sum(found.counts), found.outside) == (1, 2)
    assert all(map(math.isfinite, found.edges))


def test_help_names_what_curve_takes():
    page = curve("huber", "--help").out
    assert all(one.flag in page for one in Asked.offered())
    assert "[PRED TARGET]" in page
