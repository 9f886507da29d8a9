"""Laws about sources: the folders keep to their layers, libraries to their places, and losses to their files."""

from __future__ import annotations

import ast
from functools import cache

import pytest
from shell import ROOT

from losscli import losses

PACKAGE = ROOT / "losscli"
MODULES = sorted(PACKAGE.rglob("*.py"))
NAMES = [str(path.relative_to(PACKAGE)) for path in MODULES]


@cache
def imports(path):
    """The modules a source names, wherever in it the import stands; ``from a import b`` is a.b and a."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import"
            found.add(node.module)
            found.update(f"{node.module}.{alias.name}" for alias in node.names)
    return found


def outside(folder):
    """The sources that are not in a folder of the package, by their names in it."""
    return [name for name in NAMES if not name.startswith(f"{folder}/")]


def inside(modules, *packages):
    return {m for m in modules if any(m == p or m.startswith(f"{p}.") for p in packages)}


@pytest.mark.parametrize("path", MODULES, ids=NAMES)
def test_click_is_never_imported(path):
    # Typer carries its own since 0.26: the installed one is another, whose classes are not its own.
    assert not inside(imports(path), "click", "typer._click")


LAYERS = {
    "data": ("losses", "inputs", "engine", "results", "report", "output", "cli", "backends", "api"),
    "spec": ("losses", "data", "inputs", "engine", "results", "report", "output", "cli", "backends", "api"),
    "losses": ("data", "inputs", "engine", "results", "report", "output", "cli", "backends", "api"),
    "backends": ("data", "inputs", "engine", "results", "report", "output", "cli", "api"),
    "inputs": ("engine", "results", "report", "output", "cli", "backends", "api"),
    "engine": ("results", "report", "output", "cli", "api"),
    "executors": ("spec", "losses", "data", "inputs", "engine", "backends", "results", "report", "output", "cli"),
    "results": ("output", "cli", "api"),
    "checks": (
        "data",
        "inputs",
        "engine",
        "report",
        "output",
        "cli",
        "backends",
        "api",
        "conduct",
        "checking",
        "comparison",
        "comparing",
    ),
    "checking": ("report", "cli"),
    "explore": ("output", "cli"),
    "report": ("engine", "inputs", "data", "output", "cli", "backends", "losses", "api"),
    "cli": ("data",),
    "tui": ("losses", "data", "inputs", "engine", "output", "cli", "backends", "api"),
    "comparison": ("data", "engine", "report", "output", "cli", "backends", "losses", "api"),
    "knobs": ("spec", "losses", "data", "inputs", "engine", "results", "report", "output", "cli", "backends", "api"),
    "guide": ("spec", "losses", "data", "inputs", "engine", "results", "report", "output", "cli", "backends", "api"),
    "diagnosis": ("report", "output", "cli"),
    "reconciling": ("report", "output", "cli"),
    "reference": ("report", "output", "cli", "api"),
    "verifying": ("cli",),
    "output": ("engine", "inputs", "data", "cli", "backends", "losses", "api"),
    "stats": ("spec", "losses", "data", "inputs", "engine", "results", "report", "output", "cli", "backends", "api"),
}


@pytest.mark.parametrize("layer", LAYERS)
def test_a_layer_imports_nothing_of_those_it_must_not_know(layer):
    paths = list((PACKAGE / layer).rglob("*.py"))
    assert paths
    for path in paths:
        assert not inside(imports(path), *(f"losscli.{other}" for other in LAYERS[layer])), path


def test_results_know_how_they_are_shown_in_one_place():
    knowing = [
        name for name in NAMES if name.startswith("results/") and inside(imports(PACKAGE / name), "losscli.report")
    ]
    assert knowing == ["results/shown.py"]


def test_every_room_has_its_rule():
    assert set(LAYERS) == {path.parent.name for path in PACKAGE.glob("*/__init__.py")}


DOORS = {"__init__.py", "__main__.py", "api.py", "comparing.py", "conduct.py", "packaging.py"}


@pytest.mark.parametrize("name", [name for name in NAMES if "/" not in name and name not in DOORS])
def test_shared_modules_know_no_room(name):
    rooms = LAYERS.keys() - {"knobs"}
    assert not inside(imports(PACKAGE / name), *(f"losscli.{room}" for room in rooms), "losscli.api", "typer")


FRAMES = {name for name in NAMES if name.startswith("data/frames/") and not name.endswith("__init__.py")}
POLARS = FRAMES - {"data/frames/cells.py"} | {
    "data/text/queries.py",
    "data/text/streamed.py",
    "inputs/join.py",
    "output/gradients.py",
    "output/samples.py",
    "output/target.py",
    "results/shown.py",
}


TUI = {f"tui/{name}.py" for name in ("app", "panes", "picture", "run", "screens", "sliders", "text", "value")}


@pytest.mark.parametrize(
    ("library", "homes"),
    [
        ("torch", {"backends/torch.py", "data/arrays/pt.py"}),
        ("array_api_compat", {"backends/torch.py", "spec/plain.py"}),
        ("polars", POLARS),
        ("safetensors", {"data/arrays/safetensors.py"}),
        ("fsspec", {"data/remote.py"}),
        ("rich", {"cli/progress.py", "report/grid.py", "report/page.py", "report/table.py"} | TUI - {"tui/run.py"}),
        ("textual", TUI),
        ("vl_convert", {"report/plot/raster.py"}),
        ("pandas", {"results/shown.py"}),
        ("scipy", set()),
        ("pydantic", set()),
    ],
)
def test_a_library_is_imported_in_one_place(library, homes):
    found = {name for name, path in zip(NAMES, MODULES, strict=True) if inside(imports(path), library)}
    assert found == homes


def test_typer_is_imported_by_the_command_line_alone():
    found = {name for name, path in zip(NAMES, MODULES, strict=True) if inside(imports(path), "typer")}
    assert found
    assert all(name.startswith("cli/") for name in found)


def _names_of_losses():
    return {name for one in losses.built_in() for name in (one.name, *one.aliases)}


def _decided_on(tree):
    """Every string that code compares with, branches on or looks up: what a name of a loss must not be."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare):
            yield from (x for part in (node.left, *node.comparators) for x in ast.walk(part))
        elif isinstance(node, ast.Dict):
            yield from (key for key in node.keys if key is not None)
        elif isinstance(node, ast.Subscript):
            yield node.slice
        elif isinstance(node, ast.MatchValue):
            yield node.value
        elif isinstance(node, ast.Set | ast.List | ast.Tuple):
            yield from node.elts
        elif isinstance(node, ast.Call) and getattr(node.func, "attr", "") in ("get", "startswith", "endswith"):
            yield from node.args


@pytest.mark.parametrize("path", outside("losses"), ids=str)
def test_no_loss_is_known_by_name_outside_the_catalogue(path):
    strings = {
        node.value
        for node in _decided_on(ast.parse((PACKAGE / path).read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    assert not strings & _names_of_losses()


def test_the_scan_for_names_sees_what_it_should():
    code = "x == 'a'\nd = {'b': 1}\nd['c']\ny in ('d', 'e')\nmatch z:\n    case 'f': pass\nd.get('g')\nhelp('h')"
    found = {n.value for n in _decided_on(ast.parse(code)) if isinstance(n, ast.Constant) and isinstance(n.value, str)}
    assert found == set("abcdefg")


# The text of the project


@pytest.mark.parametrize("path", [name for name in outside("cli") if name != "__main__.py"], ids=str)
def test_no_printing_and_no_exit_below_the_command_line(path):
    for node in ast.walk(ast.parse((PACKAGE / path).read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            assert called not in ("print", "sys.exit", "exit", "quit", "os._exit")
        assert not (isinstance(node, ast.Name) and node.id == "SystemExit")


@pytest.mark.parametrize("path", MODULES, ids=NAMES)
def test_nothing_is_known_by_its_place_in_memory(path):
    # Another process has other places, and a freed one is given to something else.
    calls = [node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)]
    assert not [call.lineno for call in calls if ast.unparse(call.func) == "id"]


def test_records_are_named_tuples():
    # Making a frozen dataclass takes a millisecond, a NamedTuple a tenth of it, and a small run makes forty records.
    frozen = {
        one.name
        for path in MODULES
        for one in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(one, ast.ClassDef) and any("frozen=True" in ast.unparse(d) for d in one.decorator_list)
    }
    assert not frozen
