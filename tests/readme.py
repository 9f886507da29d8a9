"""The blocks of README.md and of the guide that cog generates.

``cog -r -I tests -p "import readme" README.md losscli/guide/*.md`` writes them anew.

Each function prints one fenced block or table into the page. The program runs in this process, as it
would in a pipe 80 columns wide; what differs between machines (versions of libraries) is masked.
"""

from __future__ import annotations

import ast
import code
import contextlib
import importlib
import io
import json
import os
import re
import shlex
import tempfile
import textwrap
from pathlib import Path
from unittest import mock

from shell import ROOT, cli

from losscli import guide, losses
from losscli.cli.options import Asked
from losscli.data.files import FORMATS
from losscli.errors import WARNINGS
from losscli.knobs import BESIDE, GIVEN, PLACED, SILENT, TOLD, Knob
from losscli.knobs.options import Options
from losscli.spec.loss import Loss, Parameter

_VERSION = re.compile(r"\b(numpy|torch):\d[\w.+/]*")


def run(*commands: str, code: int = 0, fold: bool = False, most: int = 0, last: int = 0) -> None:
    """Print a session: commands, and what each writes.

    Args:
        commands: What is typed.
        code: The exit code that each is to have.
        fold: Whether long lines are wrapped, as of JSON.
        most: How many lines are shown of what each writes; 0 shows all.
        last: The same from the end.
    """
    lines = []
    for command in commands:
        lines.append(f"$ {command}")
        with _as_in_a_pipe():
            ran = cli(*shlex.split(command)[1:])
        if ran.code != code:
            raise RuntimeError(f"{command}: exit code {ran.code}\n{ran.err}")
        output = _VERSION.sub(r"\1:…", ran.err + ran.out).rstrip()
        if most and output.count("\n") >= most:
            output = "\n".join([*output.splitlines()[:most], "⋮"])
        if last and output.count("\n") >= last:
            output = "\n".join(["⋮", *output.splitlines()[-last:]])
        lines.append(_folded(output) if fold else output)
        if code:
            lines.append(f"$ echo $?\n{code}")
    _fenced("console", "\n".join(lines))


def screen(arguments: str) -> None:
    """Print what ``explore`` shows."""
    with tempfile.TemporaryDirectory() as folder:
        shot = Path(folder) / "screen.txt"
        ran = cli("explore", *shlex.split(arguments), "--screenshot", shot)
        if ran.code:
            raise RuntimeError(f"explore {arguments}: exit code {ran.code}\n{ran.err}")
        _fenced("text", shot.read_text(encoding="utf-8").rstrip())


def python(source: str) -> None:
    """Print an interactive session of Python: statements, and what each shows."""
    shell, out = code.InteractiveInterpreter(), []
    source = textwrap.dedent(source).strip()
    for statement in ast.parse(source).body:
        text = ast.get_source_segment(source, statement) or ""
        out.append(textwrap.indent(text, "... ").replace("... ", ">>> ", 1))
        shown = io.StringIO()
        with _as_in_a_pipe(), contextlib.redirect_stdout(shown), contextlib.redirect_stderr(shown):
            incomplete = shell.runsource(text + "\n" * ("\n" in text), symbol="single")
        if incomplete or "Traceback" in shown.getvalue():
            raise RuntimeError(f"{text}\n{shown.getvalue()}")
        out.append(_VERSION.sub(r"\1:…", shown.getvalue()).rstrip())
    _fenced("pycon", "\n".join(line for line in out if line))


def interval(*arguments: str) -> None:
    """Print the part of a JSON document that tells of an interval."""
    with _as_in_a_pipe():
        found = json.loads(cli("compute", *arguments, "--ci", "0.95", "-f", "json").out)
    _fenced("json", _folded(f'"ci": {json.dumps(found["results"][0]["ci"])}'))


def file(path: str, language: str, fold: bool = False) -> None:
    """Print a file of the repository; ``fold`` wraps long lines, as of JSON."""
    text = (ROOT / path).read_text(encoding="utf-8").rstrip()
    _fenced(language, _folded(text) if fold else text)


def loss_table() -> None:
    """Print every loss of this package, by family, from its declaration."""
    for family in dict.fromkeys(one.family for one in losses.built_in()):
        _out(f"**{family.capitalize()}**\n")
        rows = [_loss_row(one) for one in losses.built_in() if one.family == family]
        _table(("loss", "what it is", "files", "parameters", "`torch.nn.functional`"), rows)
        _out("")


def guide_table() -> None:
    """Print the pages of the guide."""
    rows = [(f"[{one.topic}](losscli/guide/{one.topic}.md)", one.title) for one in guide.pages()]
    _table(("page", "what it tells"), rows)


def warning_table() -> None:
    """Print the warning codes."""
    _table(("code", "meaning"), list(WARNINGS.items()))


def own_options(command: str) -> None:
    """Print what a command takes beside the options of ``compute``, or takes in another way."""
    asked = importlib.import_module(f"losscli.cli.commands.{command}").Asked
    rows = []
    for one in asked.offered():
        if one != Asked.knobs.get(one.name):
            default = f"`{one.default}`" if type(one.default) in (str, int, float) else ""
            rows.append((_flags(one), default, one.meaning))
    _table(("option", "default", "what it does"), rows)


def _flags(one: Knob) -> str:
    return ", ".join(f"`{flag}`" for flag in (one.short, one.flag) if flag)


def option_table() -> None:
    """Print what can be set for every loss, from its one declaration."""
    words = {
        TOLD: "its value",
        PLACED: "always",
        GIVEN: "that it is given",
        BESIDE: "that it is given, where samples may be left out",
        SILENT: "",
    }
    rows = []
    for one in Asked.knobs.values():
        flags = _flags(one)
        python = f"`{one.name}`" if one.name in Options.knobs else ""
        default = f"`{one.default}`" if type(one.default) in (str, int) else ""
        rows.append((flags, python, default, one.meaning, words[one.signed]))
    _table(("option", "in Python", "default", "what it does", "in the signature"), rows)


def formats() -> None:
    """Print the kinds of files that can be read."""
    rows = [(f"`{name}`", " ".join(f"`{s}`" for s in one.suffixes), one.what) for name, one in FORMATS.items()]
    _table(("format", "suffixes", "what is read"), rows)


def modules() -> None:
    """Print the folders and modules of the package with the first line of each one's docstring."""
    package = ROOT / "losscli"
    paths = sorted(package.iterdir(), key=lambda path: (path.is_file(), path.name))
    rows = []
    for path in paths:
        source = path / "__init__.py" if path.is_dir() else path
        if source.suffix == ".py" and source.exists():
            name = f"{path.name}/" if path.is_dir() else path.name
            rows.append((f"`losscli/{name}`", _first_line(source)))
    _table(("", ""), rows)


def _loss_row(one: Loss) -> tuple[str, ...]:
    files = " ".join(f"[{r.name}]" if r.optional else r.name for r in one.inputs)
    parameters = ", ".join(_parameter(p) for p in one.parameters)
    return f"`{one.name}`", one.doc.title, files, parameters, f"`{one.torch}`" if one.torch else ""


def _parameter(p: Parameter) -> str:
    flag = f"`--{p.name.replace('_', '-')}`"
    return flag if p.default is None or p.type == "bool" else f"{flag} {p.default}"


def _first_line(path: Path) -> str:
    return (ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or "").partition("\n")[0]


@contextlib.contextmanager
def _as_in_a_pipe():
    before = Path.cwd()
    os.chdir(ROOT)
    try:
        with mock.patch.dict(os.environ, {"COLUMNS": "80", "LC_ALL": "C.UTF-8", "NO_COLOR": "1"}):
            yield
    finally:
        os.chdir(before)


def _folded(text: str) -> str:
    return textwrap.fill(text, 100, break_long_words=False, break_on_hyphens=False)


def _table(header: tuple[str, ...], rows: list[tuple[str, ...]]) -> None:
    for cells in (header, ("---",) * len(header), *rows):
        _out("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")


def _fenced(language: str, text: str) -> None:
    _out(f"```{language}\n{text}\n```")


def _out(text: str) -> None:
    import cog  # there only while cog runs

    cog.outl(text)
