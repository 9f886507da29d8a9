"""Laws about imports: what starts fast stays fast."""

from __future__ import annotations

import subprocess
import sys

import pytest
from shell import ROOT

from losscli import losses

PACKAGE = ROOT / "losscli"
MODULES = sorted(PACKAGE.rglob("*.py"))

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
    "numpy.ma",
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
    (["compare", "mse", "--help"], HEAVY | {"rich"}),
    (
        [
            "compare",
            "mse",
            "sample_data/diabetes_pred.csv",
            "sample_data/diabetes_knn.csv",
            "sample_data/diabetes_target.csv",
            "-q",
        ],
        HEAVY - {"numpy"},
    ),
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
