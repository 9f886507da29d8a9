"""A third-party package adds a loss and a backend; a broken one is one line and no more."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from types import SimpleNamespace
from typing import Any

import pytest
from shell import ROOT, cli, write

import losscli
from losscli import backends, losses, plugins
from losscli.spec.kinds import Positive, Real


@pytest.fixture(scope="session")
def installed(tmp_path_factory):
    """The folders two real packages were installed into, by name."""

    def install(name):
        target = tmp_path_factory.mktemp(name)
        # Offline: hatchling is in the environment, and it builds outside the source, so runs side by side may share it.
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
        subprocess.run(
            [*pip, "--disable-pip-version-check", "--target", str(target), str(ROOT / "tests" / name)],
            check=True, capture_output=True, text=True,
        )  # fmt: skip
        return target

    return {name: install(name) for name in ("plugin", "broken_plugin")}


@pytest.fixture
def run(installed, tmp_path):
    """Run the program with packages on its path; warnings of Python itself are errors there too."""
    write(tmp_path, p="0.0\n3\n", t="0.0\n1\n", huge="1e300\n-1e300\n")

    def losscli(*arguments, packages=("plugin",)):
        path = os.pathsep.join([str(installed[name]) for name in packages] + [str(ROOT)])
        return subprocess.run(
            [sys.executable, "-W", "error", "-m", "losscli", *arguments],
            cwd=tmp_path, env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True, check=False,
        )  # fmt: skip

    return losscli


def test_loss_is_listed_with_the_package_it_comes_from(run):
    done = run("list")
    assert (done.returncode, done.stderr) == (0, "")
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("log_cosh_example")]
    assert "losscli-example" in line


def test_loss_is_explained_by_its_own_steps(run):
    done = run("explain", "log_cosh_example", "p.csv", "t.csv", "--sample", "1")
    assert (done.returncode, done.stderr) == (0, "")
    assert " 1  e             = 3 - 1 " in done.stdout
    assert " 2  ℓ             = 1 · log cosh (2 / s) " in done.stdout


def test_signature_tells_where_a_loss_comes_from(run):
    done = run("compute", "log_cosh_example", "p.csv", "t.csv", "-f", "json")
    assert ",from=losscli-example:" in json.loads(done.stdout)["results"][0]["signature"]


def test_loss_is_shown(run):
    done = run("show", "LogCoshExample")
    assert (done.returncode, done.stderr) == (0, "")
    assert "s · log cosh((xᵢ - yᵢ) / s)" in done.stdout
    assert "default 1.0" in done.stdout


def test_loss_is_a_command_with_its_own_options(run):
    done = run("compute", "log_cosh_example", "--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert "--scale FLOAT" in done.stdout


@pytest.mark.parametrize("scale", [1.0, 2.5])
@pytest.mark.parametrize("backend", ["numpy", "torch", "numpy_checked"])
def test_loss_computes_on_every_backend(run, scale, backend):
    done = run("compute", "log_cosh_example", "p.csv", "t.csv", "--scale", str(scale), "-b", backend, "-f", "json")
    assert (done.returncode, done.stderr) == (0, "")
    (one,) = json.loads(done.stdout)["results"]
    assert one["value"] == pytest.approx(scale * math.log(math.cosh(2 / scale)) / 2, rel=1e-14)
    assert one["backend"].startswith(f"{backend}:")


def test_loss_runs_beside_built_in_ones(run):
    done = run("compute", "mse,log_cosh_example", "p.csv", "t.csv", "-q")
    assert done.stdout.splitlines()[0] == "2.0"
    assert len(done.stdout.splitlines()) == 2


def test_loss_has_a_gradient_that_is_checked(run):
    done = run("grad", "log_cosh_example", "p.csv", "t.csv", "--wrt", "target", "--check", "-f", "json")
    assert (done.returncode, done.stderr) == (0, "")
    (one,) = json.loads(done.stdout)["results"][0]["gradients"]
    assert one["norm"] == pytest.approx(math.tanh(2.0) / 2, rel=1e-14)
    assert [check["passed"] for check in one["checks"]] == [True, True]


def test_backend_is_listed(run):
    done = run("backends")
    assert (done.returncode, done.stderr) == (0, "")
    assert "numpy_checked" in done.stdout


def test_backend_does_what_it_is_for(run):
    assert run("compute", "mse", "huge.csv", "t.csv", "-q").stdout == "inf\n"
    done = run("compute", "mse", "huge.csv", "t.csv", "-q", "-b", "numpy_checked")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("Error: numpy_checked: overflow")
    assert "Hint: -b numpy" in done.stderr


def test_unknown_names_hint_at_what_a_plug_in_offers(run):
    assert "log_cosh_example" in run("compute", "log_cosh_exampel", "p.csv", "t.csv").stderr
    assert "numpy_checked" in run("compute", "mse", "p.csv", "t.csv", "-b", "nompy").stderr


def test_plug_in_is_not_there_where_it_is_not_installed(run):
    done = run("compute", "log_cosh_example", "p.csv", "t.csv", packages=())
    assert done.returncode == 2
    assert done.stderr.startswith("Error: no loss is called 'log_cosh_example'")


@pytest.mark.parametrize(
    "arguments", [["list"], ["compute", "--help"], ["compute", "log_cosh_example", "p.csv", "t.csv", "-q"]]
)
def test_broken_plug_in_is_one_line(run, arguments):
    done = run(*arguments, packages=("plugin", "broken_plugin"))
    assert done.returncode == 0
    assert done.stdout
    if "--help" in arguments:  # a help need not judge plug-ins, but must not fail over one
        assert "Traceback" not in done.stderr
        return
    line, hint = done.stderr.splitlines()
    assert line.startswith("Warning L900: plug-in broken of losscli-broken does not load (ImportError: libmissing.so.1")
    assert hint == "Hint: pip uninstall losscli-broken"


def test_broken_plug_in_does_not_hide_the_good_one(run):
    assert "log_cosh_example" in run("list", packages=("broken_plugin", "plugin")).stdout


def test_broken_plug_in_is_not_touched_by_a_built_in_loss(run):
    done = run("compute", "mse", "p.csv", "t.csv", "-q", packages=("plugin", "broken_plugin"))
    assert (done.returncode, done.stdout, done.stderr) == (0, "2.0\n", "")


# In this process, with entry points made up


@pytest.fixture
def entry_points(monkeypatch):
    """Hand losscli these objects as what plug-ins offer."""

    def clear():
        losses.plugged_in.cache_clear()
        backends.plugged_in.cache_clear()

    def offer(**groups):
        monkeypatch.setattr(plugins, "load", lambda group: ([("somebody", x) for x in groups.get(group[8:], [])], []))
        clear()

    yield offer
    clear()


def test_built_in_loss_never_reads_entry_points(monkeypatch, tmp_path):
    def read(group):
        raise AssertionError(f"entry points of {group} were read")

    monkeypatch.setattr(plugins, "load", read)
    losses.plugged_in.cache_clear()
    backends.plugged_in.cache_clear()
    (p,) = write(tmp_path, p="1\n2\n")
    for backend in ("numpy", "torch"):
        assert cli("compute", "mse,mae", p, p, "-q", "-b", backend).out == "0.0\n0.0\n"


@pytest.mark.parametrize(("command", "group"), [("list", "losses"), ("backends", "backends")])
def test_entry_point_that_is_something_else_is_one_line(entry_points, command, group):
    entry_points(**{group: [SimpleNamespace(name="odd")]})
    ran = cli(command)
    assert ran.code == 0
    (line,) = ran.errors
    assert line.startswith("Warning L901: plug-in somebody offers no ")
    assert not line.rstrip().endswith("Hint:")


def test_plug_in_does_not_take_the_name_of_a_built_in_loss(entry_points, tmp_path):
    from losscli.spec.kinds import Real
    from losscli.spec.loss import loss

    def mse(xp, pred: Real, target: Real):
        """Always one."""
        return xp.abs(pred) * 0 + 1

    mse.__annotations__ = {"pred": Real, "target": Real}
    entry_points(losses=[loss()(mse)])
    (p,) = write(tmp_path, p="1\n2\n")
    assert cli("compute", "mse", p, p, "-q").out == "0.0\n"


class _Mute(Exception):
    def __str__(self):
        raise ValueError

    __repr__ = __str__


@pytest.mark.parametrize(
    ("load", "says"),
    [
        (lambda: _Mute(), "L901: plug-in odd offers no usable loss: <_Mute instance at "),
        (lambda: _raised(_Mute()), "L900: plug-in odd of odd does not load (_Mute)."),
        (lambda: print("noise") or 3, "L901: plug-in odd offers no usable loss: 3 is not a loss."),
        (lambda: _misspelt(), "L901: plug-in odd offers no usable loss: the declaration of misspelt is at fault ("),
    ],
)
def test_whatever_a_plug_in_does_the_others_are_listed(monkeypatch, load, says):
    point = SimpleNamespace(name="odd", dist=SimpleNamespace(name="odd"), load=load)
    monkeypatch.setattr("importlib.metadata.entry_points", lambda group: [point])
    losses.plugged_in.cache_clear()
    try:
        ran = cli("list", "-q")
    finally:
        losses.plugged_in.cache_clear()
    assert ran.code == 0
    assert ran.out.split() == [one.name for one in losses.entries() if one.origin == "losscli"]
    assert any(line.startswith(f"Warning {says}") for line in ran.errors)


def _raised(error):
    raise error


def _misspelt():
    @losscli.loss()
    def misspelt(xp: Any, pred: losscli.spec.kinds.Reel, target: Real) -> Any:
        """Something misspelt."""
        return xp.abs(pred - target)

    return misspelt


def test_a_loss_that_takes_an_option_of_all_losses_is_one_line(entry_points):
    @losscli.loss()
    def odd(xp: Any, pred: Real, target: Real, *, top: Positive = 1.0) -> Any:
        """Something odd."""
        return xp.abs(pred - target) / top

    entry_points(losses=[odd])
    (line,) = cli("list").errors
    assert (
        "Warning L901: plug-in somebody offers no usable loss: odd takes top, which is an option of every loss" in line
    )
