"""What no error class foresees: whatever is raised inside, the user sees one line, and exit code 2."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile

import pytest
import shellingham
from shell import ROOT, cli, refused

import losscli.cli.commands.compute


class PanicException(BaseException):
    """As such a library raises it."""


RAISED = [
    PanicException("called `Option::unwrap()` on a `None` value"),
    RecursionError("maximum recursion depth exceeded"),
    MemoryError("Unable to allocate 1 TiB"),
    MemoryError(),
    EOFError("no more"),
    GeneratorExit(),
    ZeroDivisionError("two\nlines"),
    UnicodeEncodeError("utf-8", "\udcff", 0, 1, "surrogates not allowed"),
    OSError(5, "Input/output error"),
    OSError("without a number"),
    BaseException(),
]


@pytest.fixture(params=RAISED, ids=lambda error: type(error).__name__)
def raised(request, monkeypatch):
    def fail(*_):
        raise request.param

    monkeypatch.setattr(losscli.cli.commands.compute.command, "work", fail)
    return request.param


def test_whatever_is_raised_is_one_line(raised):
    ran = cli("compute", "mse", "1", "2")
    lines = [line for line in ran.errors if line]
    assert ran.code == 2
    assert ran.out == ""
    assert lines[0].startswith("Error: ")
    assert all(line.startswith("Hint: ") for line in lines[1:])
    told = getattr(raised, "strerror", None) or str(raised)
    assert told.split("\n")[0] in lines[0]


def test_debug_shows_where_it_was_raised(raised):
    ran = cli("compute", "mse", "1", "2", "--debug")
    assert ran.code == 2
    assert type(raised).__name__ in ran.err
    assert "Traceback" in ran.err


def test_keyboard_interrupt_of_a_library_is_an_interrupt(monkeypatch):
    def fail(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(losscli.cli.commands.compute.command, "work", fail)
    ran = cli("compute", "mse", "1", "2")
    assert (ran.code, ran.out, ran.err) == (130, "", "Interrupted.\n")


@pytest.mark.parametrize("module", ["typer", "numpy", "losscli.cli.app"])
def test_program_that_cannot_be_imported_is_one_line(module):
    code = f"import sys; sys.modules[{module!r}] = None; sys.argv = ['losscli', 'compute', 'mse', '1', '2'];"
    code += "from losscli.__main__ import main; main()"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("Error: ")
    assert module in done.stderr.splitlines()[0]
    assert "Traceback" not in done.stderr


def test_error_of_another_library_does_not_choose_the_exit_code(monkeypatch):
    class ElsewhereError(Exception):
        exit_code = 0

    def fail(*_):
        raise ElsewhereError

    monkeypatch.setattr(losscli.cli.commands.compute.command, "work", fail)
    assert cli("compute", "mse", "1", "2").code == 2


def test_debug_without_room_on_standard_error_has_its_exit_code():
    command = [sys.executable, "-m", "losscli", "compute", "mse", "missing.csv", "1", "--debug"]
    with open("/dev/full", "w", encoding="utf-8") as full:
        assert subprocess.run(command, cwd=ROOT, stderr=full, check=False).returncode == 2


@pytest.mark.parametrize("base", [2**63, -(2**63) - 1, 10**30])
def test_number_of_more_than_64_bits_is_refused(base):
    assert "64 bits" in refused(cli("compute", "ce", "1,2", "0", "--label-base", base))[1]


@pytest.mark.parametrize("flag", ["--show-completion", "--install-completion"])
@pytest.mark.parametrize("shell", [None, "dash"])
def test_completion_where_no_shell_is_known_is_refused(flag, shell, monkeypatch):
    def detect():
        if shell is None:
            raise shellingham.ShellDetectionFailure
        return shell, f"/bin/{shell}"

    monkeypatch.setattr(shellingham, "detect_shell", detect)
    error, hint = refused(cli(flag))
    assert (shell or "which shell") in error
    assert f"losscli {flag} in bash" in hint


def test_completion_is_written():
    ran = cli("--show-completion")
    assert ran.code == 0 or "it cannot be told which shell this is" in refused(ran)[0]
    environment = {**os.environ, "_LOSSCLI_COMPLETE": "complete_bash", "COMP_WORDS": "losscli compu", "COMP_CWORD": "1"}
    done = subprocess.run(
        [sys.executable, "-c", "from losscli.__main__ import main; main()"],
        cwd=ROOT, capture_output=True, text=True, check=False, env=environment,
    )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr) == (0, "compute\n", "")


def test_number_that_looks_like_an_option_is_told_where_it_stands():
    assert "after all options and --" in refused(cli("compute", "mse", "-1", "2"))[1]
    assert cli("compute", "mse", "-q", "--", "-1", "2").out == "9.0\n"


def test_no_such_loss_is_still_told_in_one_form():
    refused(cli("compute", "no_such_loss", "1", "2"))


@pytest.mark.parametrize("target", ["0,1", "0,9"])
def test_no_temporary_file_outlives_the_program(target, tmp_path):
    # Of an array beside the inputs too, and after an error.
    with zipfile.ZipFile(tmp_path / "w.zip", "w") as packed:
        packed.writestr("w.csv", "1\n2\n")
    (tmp_path / "x.csv").write_text("1,2\n3,4\n")
    (tmp_path / "tmp").mkdir()
    command = [sys.executable, "-m", "losscli", "compute", "ce", "x.csv", target, "--weight", "w.zip", "-q"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(tmp_path / "tmp")}
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False, env=environment)
    assert done.returncode == (0 if target == "0,1" else 2), done.stderr
    assert not list((tmp_path / "tmp").iterdir())
