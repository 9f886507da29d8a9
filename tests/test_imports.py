"""Laws about imports: what starts fast stays fast, and the folders keep to their layers."""

from __future__ import annotations

import ast
import subprocess
import sys

import pytest
from shell import ROOT

from losscli import losses

PACKAGE = ROOT / "losscli"
MODULES = sorted(PACKAGE.rglob("*.py"))
NAMES = [str(path.relative_to(PACKAGE)) for path in MODULES]

NOT_FOR_A_NUMBER = {
    "pydantic",
    "rich",
    "polars",
    "pandas",
    "torch",
    "array_api_compat",
    "importlib.metadata",
    "concurrent.futures",
    "glob",
    "losscli.stats",
}
HEAVY = {"numpy", "torch", "polars", "pandas", "pydantic"}
RUNS = [
    (["--version"], HEAVY | {"rich"}),
    (["--help"], HEAVY | {"rich"}),
    (["list"], HEAVY | {"rich"}),
    (["show", "mse"], HEAVY | {"rich"}),
    (["guide", "warnings"], HEAVY | {"rich"}),
    (["compute", "--help"], HEAVY | {"rich"}),
    (["compute", "mse", "--help"], HEAVY | {"rich"}),
    (
        ["compute", "mse", "sample_data/diabetes_pred.csv", "sample_data/diabetes_target.csv", "-q"],
        NOT_FOR_A_NUMBER,
    ),
    (
        ["compute", "mse", "sample_data/diabetes_pred.csv", "sample_data/diabetes_target.csv", "-f", "json"],
        NOT_FOR_A_NUMBER,
    ),
    (["check", "mse", "--help"], HEAVY | {"rich"}),
    (["curve", "huber", "--help"], HEAVY | {"rich"}),
    (["curve", "huber"], NOT_FOR_A_NUMBER | {"vl_convert"}),
    (
        ["curve", "huber", "sample_data/diabetes_pred.csv", "sample_data/diabetes_target.csv"],
        NOT_FOR_A_NUMBER | {"vl_convert"},
    ),
    (["sweep", "huber", "--help"], HEAVY | {"rich"}),
    (
        [
            "sweep",
            "huber",
            "sample_data/diabetes_pred.csv",
            "sample_data/diabetes_target.csv",
            "--delta",
            "1,2,5",
            "-q",
        ],
        NOT_FOR_A_NUMBER | {"vl_convert"},
    ),
    (
        ["sweep", "huber", "sample_data/diabetes_pred.csv", "sample_data/diabetes_target.csv", "--delta", "1,2,5"],
        (NOT_FOR_A_NUMBER | {"vl_convert"}) - {"rich"},
    ),
    (
        ["check", "mse", "sample_data/masks_pred.npy", "sample_data/masks_target.npy", "--max", "1", "-f", "json"],
        NOT_FOR_A_NUMBER,
    ),
    (["dist", "--help"], HEAVY | {"rich"}),
    (["dist", "mse", "--help"], HEAVY | {"rich"}),
    (
        ["dist", "cross_entropy", "sample_data/digits_logits.csv", "sample_data/digits_target.csv", "-q"],
        NOT_FOR_A_NUMBER,
    ),
    (["explain", "mse", "--help"], HEAVY | {"rich"}),
    (
        ["explain", "huber", "sample_data/diabetes_pred.csv", "sample_data/diabetes_target.csv", "--worst", "1", "-q"],
        NOT_FOR_A_NUMBER,
    ),
    (
        ["explain", "huber", "sample_data/diabetes_pred.csv", "sample_data/diabetes_target.csv", "--sample", "3"],
        NOT_FOR_A_NUMBER - {"rich"},
    ),
    (["grad", "--help"], HEAVY | {"rich"}),
    (["grad", "mse", "--help"], HEAVY | {"rich"}),
    (
        ["grad", "cross_entropy", "sample_data/digits_logits.csv", "sample_data/digits_target.csv", "-q"],
        NOT_FOR_A_NUMBER,
    ),
    (["compute", "mse", "sample_data/masks_pred.npy", "sample_data/masks_target.npy", "-q"], HEAVY - {"numpy"}),
    (["explore", "--help"], HEAVY | {"rich", "textual"}),
    (["explore", "huber", "--help"], HEAVY | {"rich", "textual"}),
]

_PROBE = """
import sys
from losscli.cli.app import run
code = run(sys.argv[1:])
print("\\n".join(sorted(sys.modules)), file=sys.stderr)
sys.exit(code)
"""


@pytest.mark.parametrize(("arguments", "forbidden"), RUNS, ids=lambda x: " ".join(x[:2]) if isinstance(x, list) else "")
def test_nothing_heavy_is_imported_for_nothing(arguments, forbidden):
    done = subprocess.run(
        [sys.executable, "-c", _PROBE, *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout
    imported = set(done.stderr.split())
    assert "losscli.cli.app" in imported  # the probe sees something
    assert not imported & forbidden


@pytest.mark.parametrize("name", [name for one in losses.built_in() for name in (one.name, *one.aliases[:1])])
def test_looking_for_a_loss_imports_that_loss_alone(name):
    every = "[m for m in sys.modules if m.startswith('losscli.losses.') and m.count('.') == 3 and '._' not in m]"
    code = f"import sys; from losscli import losses; print(losses.find({name!r}).name, *{every})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    found, *imported = done.stdout.split()
    assert imported == [f"losscli.losses.{losses.find(name).family}.{found}"]


def test_the_package_alone_imports_none_of_itself():
    code = "import sys, losscli; print(*[m for m in sys.modules if m.startswith('losscli')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["losscli"]


def test_importing_the_package_leaves_the_environment_alone():
    code = (
        "import os; before = dict(os.environ); import losscli; losscli.compute('mse', [1.0], [2.0]);"
        "print(dict(os.environ) == before)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "True\n"


def test_numpy_is_imported_from_where_the_stack_is_shallow():
    # A guard of speed that no clock takes part in: how deep the stack is when NumPy's import begins.
    code = (
        "import sys, importlib.abc\n"
        "class Look(importlib.abc.MetaPathFinder):\n"
        "    def find_spec(self, name, path, target=None):\n"
        "        if name == 'numpy':\n"
        "            frame, files = sys._getframe(), []\n"
        "            while frame := frame.f_back: files.append(frame.f_code.co_filename)\n"
        "            print(sum('losscli' in f for f in files), file=sys.stderr)\n"
        "sys.meta_path.insert(0, Look())\n"
        "from losscli.cli.app import run; run(['compute', 'mse', '1', '2', '-q'])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    depth = int(done.stderr)
    assert depth == 3  # run, the command, its work


def test_no_search_for_garbage_holds_up_a_small_run_and_a_long_one_is_searched():
    code = (
        "import gc, sys\n"
        "from losscli import __main__ as door\n"
        "searches, take = [], door.signals.take\n"
        "def begun():\n"
        "    take()\n"
        "    gc.callbacks.append(lambda phase, _: searches.append(phase))\n"
        "def ended(code):\n"
        "    print(len(searches))\n"
        "    kept = [[i] for i in range(door.OBJECTS + 1)]\n"
        "    print(len(searches), flush=True)\n"
        "    leave(code)\n"
        "import os\n"
        "leave, os._exit, door.signals.take = os._exit, ended, begun\n"
        "assert 'losscli.cli.app' not in sys.modules\n"
        "sys.argv = ['losscli', 'compute', 'mse', '1,2', '2,4']\n"
        "door.main()"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    *_, before, after = done.stdout.split()
    assert before == "0"
    assert int(after) > 0


def test_no_record_that_a_small_run_makes_compiles_its_annotations():
    code = (
        "import sys, typing\n"
        "made, make = [], typing.NamedTupleMeta.__new__\n"
        "def watched(cls, name, bases, space):\n"
        "    made.extend((space['__module__'], name) for kind in space.get('__annotations__', {}).values()\n"
        "                if isinstance(kind, str))\n"
        "    return make(cls, name, bases, space)\n"
        "typing.NamedTupleMeta.__new__ = watched\n"
        "class Seen(typing.NamedTuple):\n"
        "    x: 'int'\n"
        "from losscli.cli.app import run\n"
        "run(['compute', 'mse', '1,2', '2,4', '-q'])\n"
        "print(sorted(set(made)), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stderr == "[('__main__', 'Seen')]\n"


def test_no_pattern_is_compiled_before_it_is_used():
    code = (
        "import re, sys\n"
        "made, make = [], re.compile\n"
        "def watched(pattern, flags=0):\n"
        "    made.append((sys._getframe(1).f_globals.get('__name__', ''), pattern))\n"
        "    return make(pattern, flags)\n"
        "re.compile = watched\n"
        "re.compile('seen')\n"
        "from losscli.cli.app import run\n"
        "run(['compute', 'mse', '1,2', '2,4', '-q'])\n"
        "print([one for one in made if one[0].partition('.')[0] in ('losscli', '__main__')], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stderr == "[('__main__', 'seen')]\n"


# What the sources say


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


DOORS = {"__init__.py", "__main__.py", "api.py", "comparing.py", "conduct.py"}


@pytest.mark.parametrize("name", [name for name in NAMES if "/" not in name and name not in DOORS])
def test_shared_modules_know_no_room(name):
    assert not inside(imports(PACKAGE / name), *(f"losscli.{room}" for room in LAYERS), "losscli.api", "typer")


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


TUI = {f"tui/{name}.py" for name in ("app", "picture", "run", "screens", "sliders", "text")}


@pytest.mark.parametrize(
    ("library", "homes"),
    [
        ("torch", {"backends/torch.py", "data/arrays/pt.py"}),
        ("array_api_compat", {"backends/torch.py", "spec/plain.py"}),
        ("polars", POLARS),
        ("safetensors", {"data/arrays/safetensors.py"}),
        ("fsspec", {"data/arrays/npy.py"}),
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
