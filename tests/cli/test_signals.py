"""Signals: one line, the shell's exit code, and nothing half done, at any moment of a run."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest
from fuzz import signals
from shell import ROOT

PROGRAM = [sys.executable, "-m", "losscli"]


@pytest.fixture(scope="module", autouse=True)
def heeded():
    """No signal is ignored in what is begun here, though the suite may be: under nohup, or in a script's background."""
    ignored = [number for number in signals.SIGNALS if signal.getsignal(number) == signal.SIG_IGN]
    for number in ignored:
        signal.signal(number, lambda *_: None)  # which a new program does not inherit
    yield
    for number in ignored:
        signal.signal(number, signal.SIG_IGN)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("signals")
    signals.prepare(made)
    return made


@pytest.mark.parametrize("seed", range(24))
def test_signal_at_a_random_moment_ends_in_one_way(seed, folder):
    assert signals.case(seed, folder) is None


def _waiting(folder, **more):
    """A run that has begun and waits for its input."""
    process = subprocess.Popen(
        [*PROGRAM, "compute", "mse", "-", "1,2", "-o", "out.json"],
        cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **more,
    )  # fmt: skip
    while not list(folder.glob(".out.json.*")):
        assert process.poll() is None, process.communicate()
    return process


@pytest.mark.parametrize(("number", "line"), signals.SIGNALS.items())
def test_each_signal_has_its_line_and_the_code_of_a_shell(number, line, tmp_path):
    process = _waiting(tmp_path)
    process.send_signal(number)
    out, err = process.communicate(timeout=20)
    assert (process.returncode, out, err) == (128 + number, "", line)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("number", signals.SIGNALS)
def test_a_signal_that_was_ignored_stays_ignored(number, tmp_path):
    # nohup, and jobs that a script begins in the background.
    process = _waiting(tmp_path, preexec_fn=lambda: signal.signal(number, signal.SIG_IGN))
    process.send_signal(number)
    out, err = process.communicate("1\n2\n", timeout=20)
    assert (process.returncode, out, err) == (0, "", "wrote out.json\n")


@pytest.mark.parametrize("number", signals.SIGNALS)
def test_a_signal_that_was_ignored_does_not_stop_polars(number):
    # Which takes SIGINT for itself when it is imported.
    code = (
        "import os, signal, sys; from losscli.cli import signals; signals.take();"
        "import polars as pl; frame = pl.LazyFrame({'x': [1]});"
        f"frame.map_batches(lambda one: (os.kill(os.getpid(), {int(number)}), one)[1]).collect(); print('done')"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False,
        preexec_fn=lambda: signal.signal(number, signal.SIG_IGN),
    )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr) == (0, "done\n", "")


def _with_signals(code):
    """A program that has taken the signals as ours does, in a process of its own."""
    head = "import os, signal, threading, time; from losscli import temporary; from losscli.cli import signals;"
    return subprocess.run(
        [sys.executable, "-c", f"{head} signals.take()\n{code}"], cwd=ROOT, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("number", signals.SIGNALS)
def test_signal_does_not_wait_for_a_main_thread_that_is_inside_a_library(number):
    # Where no handler of Python's is called before the library returns.
    code = f"threading.Timer(0.1, os.kill, (os.getpid(), {int(number)})).start()\n"
    code += "import ctypes; ctypes.CDLL(None).sleep(10); ctypes.CDLL(None).sleep(10)"
    done = _with_signals(code)
    assert (done.returncode, done.stderr) == (128 + number, signals.SIGNALS[number])


@pytest.mark.parametrize(
    "code",
    [
        "try:\n os.kill(os.getpid(), 2)\n time.sleep(5)\nexcept BaseException:\n print('swallowed')",
        "class A:\n def __del__(self): os.kill(os.getpid(), 2); time.sleep(5)\nA(); print('swallowed')",
        "threading.Thread(target=os.kill, args=(os.getpid(), 2)).start()\ntime.sleep(5)",
    ],
)
def test_nothing_can_swallow_an_interrupt(code):
    done = _with_signals(code)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "Interrupted.\n")


def test_after_the_result_is_in_place_the_run_comes_to_its_own_end(tmp_path):
    code = f"""
fd, name = temporary.create({str(tmp_path)!r}, ".out.")
os.write(fd, b"whole")
temporary.place(name, {str(tmp_path / "out")!r})
temporary.remove(name)
os.kill(os.getpid(), signal.SIGINT)
time.sleep(0.2)
print("the end")
"""
    done = _with_signals(code)
    assert (done.returncode, done.stdout, done.stderr) == (0, "the end\n", "")
    assert [p.name for p in tmp_path.iterdir()] == ["out"]


def test_before_the_result_is_in_place_every_temporary_file_goes(tmp_path):
    code = f"[temporary.create({str(tmp_path)!r}, '.out.') for _ in range(3)]\nos.kill(os.getpid(), 15)\ntime.sleep(5)"
    assert _with_signals(code).returncode == 143
    assert not list(tmp_path.iterdir())


def test_a_child_of_the_program_ends_alone(tmp_path):
    code = f"""
temporary.create({str(tmp_path)!r}, ".out.")
told, tells = os.pipe()
child = os.fork()
if not child:
    os.write(tells, b"begun")
    time.sleep(20)
    os._exit(0)
os.read(told, 5)
os.kill(child, signal.SIGTERM)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), len(os.listdir({str(tmp_path)!r})))
"""
    done = _with_signals(code)
    assert (done.returncode, done.stdout, done.stderr) == (0, "-15 1\n", "")


def test_signals_are_taken_before_anything_else_is_imported():
    code = "import sys, losscli.__main__; print(*sorted(m for m in sys.modules if m.split('.')[0] in {}))"
    known = ("losscli", "typer", "numpy", "typing", "re", "pathlib", "tempfile")
    done = subprocess.run(
        [sys.executable, "-S", "-c", code.format(known)], cwd=ROOT, capture_output=True, text=True, check=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert done.stdout.split() == [
        "losscli", "losscli.__main__", "losscli.cli", "losscli.cli.signals", "losscli.temporary",
    ]  # fmt: skip


def test_console_script_begins_where_signals_are_taken():
    assert '\nlosscli = "losscli.__main__:main"\n' in (ROOT / "pyproject.toml").read_text(encoding="utf-8")
