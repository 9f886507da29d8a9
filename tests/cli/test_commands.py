"""The commands as typed: what each prints, and that every loss is a whole subcommand."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from shell import ROOT, cli, compute, refused, write

import losscli
from losscli import losses
from losscli.spec.docs import SECTIONS

EVERY = [pytest.param(one, id=one.name) for one in losses.built_in()]
SCRIPT = [sys.executable, "-m", "losscli"]


def squeezed(text):
    """Text without white space, so that a wrapped help compares to its source."""
    return "".join(text.split())


@pytest.fixture
def files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    for name in ("p", "t"):
        np.savetxt(tmp_path / f"{name}.csv", rng.standard_normal(20))
    np.savetxt(tmp_path / "logits.csv", rng.standard_normal((20, 3)), delimiter=",")
    np.savetxt(tmp_path / "labels.csv", rng.integers(0, 3, 20), fmt="%d")
    return tmp_path


def result(*arguments):
    return json.loads(compute(*arguments, "-f", "json").out)["results"][0]


# Every loss


@pytest.mark.parametrize("one", EVERY)
def test_the_example_runs_as_typed(one, monkeypatch):
    monkeypatch.chdir(ROOT)
    lines = [line.strip() for line in one.doc.sections["Example"].splitlines() if line.strip()]
    assert lines
    for line in lines:
        program, *arguments = shlex.split(line)
        assert program == "losscli"
        ran = cli(*arguments)
        assert ran.code == 0, ran.err
        assert ran.err == ""
        assert one.name in ran.out


@pytest.mark.parametrize("one", EVERY)
def test_help_has_formula_inputs_and_parameters(one):
    ran = cli("compute", one.name, "--help")
    assert ran.code == 0
    shown = squeezed(ran.out)
    for line in one.doc.sections["Formula"].splitlines():
        assert line.strip() in ran.out  # formulas are never wrapped
    assert squeezed(one.doc.title) in shown
    for role in one.inputs:
        assert role.optional or role.name.upper() in ran.out
        assert f"--{role.name.replace('_', '-')} " in ran.out
        assert role.meaning
        assert squeezed(role.meaning) in shown
    for parameter in one.parameters:
        assert f"--{parameter.name.replace('_', '-')}" in ran.out
        assert parameter.meaning
        assert squeezed(parameter.meaning) in shown


@pytest.mark.parametrize("one", EVERY)
def test_help_fits_80_columns(one, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    assert [line for line in cli("compute", one.name, "--help").out.splitlines() if len(line) > 80] == []


def test_losses_are_joined_by_commas_and_spaces(files):
    assert cli("compute", "mse, l1", "p.csv", "t.csv", "-q") == cli("compute", "mse,l1", "p.csv", "t.csv", "-q")


@pytest.mark.parametrize("one", EVERY)
def test_help_shows_types_and_defaults(one):
    shown = squeezed(cli("compute", one.name, "--help").out)
    for parameter in one.parameters:
        if parameter.type in ("float", "int") and parameter.default is not None:
            assert f"--{parameter.name.replace('_', '-')}{parameter.type.upper()}" in shown
            assert f"[default:{parameter.default}]" in shown


@pytest.mark.parametrize("one", EVERY)
def test_show_has_every_section(one):
    ran = cli("show", one.name)
    assert ran.code == 0
    headings = ran.out.splitlines()
    for section in SECTIONS:
        if section == "Parameters" and not one.parameters:
            assert section not in headings
        else:
            assert section in headings
            assert one.doc.sections[section].strip(), section
    shown = squeezed(ran.out)
    for text in (
        one.doc.title,
        one.doc.summary,
        *one.aliases,
        *one.doc.items("Pitfalls"),
        *one.doc.items("References"),
    ):
        assert squeezed(text) in shown
    for line in one.doc.sections["Formula"].splitlines():
        assert line.strip() in ran.out


@pytest.mark.parametrize("one", EVERY)
def test_show_by_any_alias_is_the_same_page(one):
    page = cli("show", one.name).out
    for alias in one.aliases:
        for spelled in (alias, alias.upper(), alias.replace("_", "-")):
            assert cli("show", spelled).out == page


def test_show_wraps_to_a_narrow_terminal_but_keeps_formulas(monkeypatch):
    monkeypatch.setenv("COLUMNS", "60")
    ran = cli("show", "huber", terminal=True)
    formula = losses.find("huber").doc.sections["Formula"]
    prose = [line for line in ran.out.splitlines() if line.strip() and line.strip() not in formula]
    assert all(len(line) <= 60 for line in prose if " " in line.strip() and "losscli compute" not in line)
    assert all(line.strip() in ran.out for line in formula.splitlines())


# The other commands


def test_list_has_every_loss_once():
    ran = cli("list")
    assert ran.code == 0
    assert ran.err == ""
    names = [line.split()[0] for line in ran.out.splitlines()[2:]]
    assert names == [one.name for one in losses.every()]


def test_list_of_one_family():
    families = {one.family for one in losses.built_in()}
    total = 0
    for family in families:
        lines = cli("list", "--family", family).out.splitlines()[2:]
        assert {line.split()[0] for line in lines} == {one.name for one in losses.built_in() if one.family == family}
        total += len(lines)
    assert total == len(losses.built_in())


def test_list_names_the_families_there_are():
    _, hint = refused(cli("list", "--family", "vision"))
    assert all(one.family in hint for one in losses.built_in())


def test_backends_shows_versions():
    ran = cli("backends")
    assert ran.code == 0
    (numpy_line,) = [line for line in ran.out.splitlines() if line.startswith("numpy")]
    assert np.__version__ in numpy_line
    assert "installed" in numpy_line
    assert any(line.startswith("torch") for line in ran.out.splitlines())


def test_backend_that_is_not_installed_says_how_to(monkeypatch):
    import importlib.util

    real = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name, *more: None if name == "torch" else real(name, *more))
    (line,) = [line for line in cli("backends").out.splitlines() if line.startswith("torch")]
    assert "pip install 'losscli[torch]'" in line


def test_backend_that_is_not_installed_cannot_compute(files, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)  # `import torch` then raises ImportError
    error, hint = refused(cli("compute", "mse", "p.csv", "t.csv", "-b", "torch"))
    assert "torch" in error
    assert "pip install 'losscli[torch]'" in hint


def test_version():
    ran = cli("--version")
    assert (ran.code, ran.out, ran.err) == (0, f"losscli {losscli.__version__}\n", "")


@pytest.mark.parametrize("flag", ["--help", "-h"])
def test_help_lists_the_commands(flag):
    ran = cli(flag)
    assert ran.code == 0
    assert all(word in ran.out for word in ("compute", "list", "show", "backends"))


def test_help_of_compute_lists_the_losses():
    ran = cli("compute", "--help")
    assert ran.code == 0
    listed = [line.split()[0] for line in ran.out.splitlines() if line.startswith("  ") and line.split()]
    for one in losses.built_in():
        assert one.name in listed


@pytest.mark.parametrize("arguments", [[], ["compute"], ["compute", "mse"]])
def test_nothing_given_shows_the_help(arguments):
    ran = cli(*arguments)
    assert ran.code == 2
    assert "Usage: losscli" in ran.out + ran.err
    assert "Error" not in ran.err


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
    several = json.loads(compute("mse,l1,huber", "p.csv", "t.csv", "-f", "json").out)["results"]
    alone = [result(name, "p.csv", "t.csv") for name in ("mse", "l1", "huber")]
    assert several == alone


def test_options_are_the_union_and_reach_the_losses_that_have_them(files):
    options = ["--beta", "0.25", "--delta", "2"]
    ran = json.loads(compute("mse,smooth_l1,huber", "p.csv", "t.csv", *options, "-f", "json").out)
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
    inputs = json.loads(compute("cross_entropy", "logits.csv", "labels.csv", "-f", "json").out)["inputs"]
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
    document = json.loads(compute("mse,l1,smooth_l1", "p.csv", "t.csv", "-f", "json", "-r", reduction).out)
    assert [float(line) for line in lines] == [one["value"] for one in document["results"]]
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
    assert [row[1] for row in shown] == [f"{x:.6g}" for x in np.sort(values)[::-1][:3]]


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


# The real program


def test_module_and_console_script_are_the_same_program():
    script = [str(Path(sys.executable).parent / "losscli"), "--version"]
    for command in ([*SCRIPT, "--version"], script):
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        assert done.stdout == f"losscli {losscli.__version__}\n"


def _completed(line, shell="bash"):
    words = line.split(" ")
    environment = {
        **os.environ,
        "_LOSSCLI_COMPLETE": f"complete_{shell}",
        "COMP_WORDS": line,
        "COMP_CWORD": str(len(words) - 1),
        "_TYPER_COMPLETE_ARGS": line,
        "_TYPER_COMPLETE_FISH_ACTION": "get-args",
    }
    done = subprocess.run(SCRIPT, env=environment, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    return done.stdout.split()


def test_shell_completes_the_names_of_losses():
    wanted = sorted(one.name for one in losses.built_in() if one.name.startswith("m"))
    assert len(wanted) > 1
    assert sorted(_completed("losscli compute m")) == wanted
    assert sorted(_completed("losscli show m")) == wanted


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_shell_completes_a_loss_after_a_comma(shell):
    wanted = {f"mse,{one.name}" for one in losses.built_in() if one.name.startswith("m")} - {"mse,mse"}
    found = " ".join(_completed("losscli compute mse,m", shell))
    assert wanted
    assert all(name in found for name in wanted)
    assert "mse,mse" not in found
    assert _completed("losscli compute mse,l1 --to") == _completed("losscli compute mse --to") == ["--top"]


def test_shell_completes_a_losss_own_options():
    assert "--beta" in _completed("losscli compute smooth_l1 --be")
