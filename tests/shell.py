"""Running the program in this process, as a shell would see it."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import re
import resource
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

from losscli.cli.app import run

ROOT = Path(__file__).resolve().parent.parent
_ESCAPE = re.compile(r"\x1b\[[0-9;]*m")


@dataclass(frozen=True)
class Ran:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def errors(self) -> list[str]:
        return self.err.splitlines()

    @property
    def warnings(self) -> list[str]:
        """Each warning, and behind it its hint, which has a line of its own."""
        found: list[str] = []
        for line in self.errors:
            if line.startswith("Hint: ") and found:
                found[-1] += f" {line}"
            elif line.startswith("Warning "):
                found.append(line)
        return found


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def cli(*arguments: object, stdin: bytes = b"", terminal: bool = False) -> Ran:
    """Run ``losscli arguments``; with ``terminal`` standard output claims to be one."""
    out, err = _Terminal() if terminal else io.StringIO(), io.StringIO()
    source = io.TextIOWrapper(io.BytesIO(stdin), encoding="utf-8")
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err), mock.patch("sys.stdin", source):
        code = run([str(a) for a in arguments])
    return Ran(code, out.getvalue(), err.getvalue())


def compute(*arguments: object, **more: object) -> Ran:
    """Run ``losscli compute arguments`` and require that it computed."""
    ran = cli("compute", *arguments, **more)
    assert ran.code == 0, ran.err
    return ran


def document(*arguments: object) -> Any:
    """What ``losscli compute arguments -f json`` writes."""
    return json.loads(compute(*arguments, "-f", "json").out, parse_constant=_no_constant)


def _no_constant(name: str) -> None:
    raise AssertionError(f"{name} is not JSON")


def result(*arguments: object) -> Any:
    """The one result of that document."""
    (one,) = document(*arguments)["results"]
    return one


def csv_rows(text: str) -> list[dict[str, str]]:
    """The rows of CSV output by the names in its header."""
    return list(csv.DictReader(io.StringIO(text)))


def mse(*arguments: object, **more: Any) -> str:
    """The mean squared error, to the last bit."""
    return float(compute("mse", *arguments, "-q", **more).out).hex()


def refused(ran: Ran) -> tuple[str, str]:
    """The error and the hint of a run that could not compute, in the one form all of them have."""
    assert ran.code == 2, (ran.code, ran.out, ran.err)
    assert ran.out == ""
    errors = [line for line in ran.errors if line.startswith("Error: ")]
    hints = [line for line in ran.errors if line.startswith("Hint: ")]
    assert len(errors) == 1, ran.err
    assert len(hints) <= 1, ran.err
    assert ran.errors == errors + hints, ran.err
    assert "Traceback" not in ran.err
    assert "internal error" not in ran.err
    return errors[0], hints[0] if hints else ""


def without_escapes(text: str) -> str:
    """Text as a terminal shows it, without colours."""
    return _ESCAPE.sub("", text)


def write(folder: Path, **files: str) -> list[Path]:
    """Write CSV files ``name=text`` into a folder; their paths, in order."""
    paths = []
    for name, text in files.items():
        path = folder / f"{name}.csv"
        path.write_text(text, encoding="utf-8")
        paths.append(path)
    return paths


@contextlib.contextmanager
def files_no_larger_than(size):
    """What a full disk does to a file, without one: the system refuses every byte beyond."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
