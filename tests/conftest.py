"""What every test shares: the profile of the run, where the sample data lie, folders of its own, readers of text."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from blocks import SMALL, blocks_of
from hypothesis import HealthCheck, settings
from profiles import NAME, PROFILES, sampled
from shell import write

from losscli.data import files as data_files

PROFILE = PROFILES[NAME]
# Derandomised: a run of the suite says the same twice. No deadline: the first example imports torch.
settings.register_profile(
    NAME, deadline=None, derandomize=True, max_examples=PROFILE.examples, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile(NAME)


def pytest_report_header():
    most = f"at most {PROFILE.cases} cases a test, TEST_PROFILE=thorough runs all" if PROFILE.cases else "all cases"
    return f"profile: {NAME} ({most})"


@pytest.hookimpl(trylast=True)  # what -k and -m leave
def pytest_collection_modifyitems(config, items):
    if PROFILE.cases:
        kept = set(sampled([item.nodeid for item in items], PROFILE.cases))
        config.hook.pytest_deselected(items=[item for item in items if item.nodeid not in kept])
        items[:] = [item for item in items if item.nodeid in kept]


@pytest.fixture(scope="session")
def sample_data() -> Path:
    return Path(__file__).parent.parent / "sample_data"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder of the test's own, in which it runs."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(params=["lean", "scanned"])
def reader(request, monkeypatch):
    """Each of the two readers of text, whatever the size of the file."""
    if request.param == "scanned":
        monkeypatch.setattr(data_files, "LEAN_BYTES", -1)
    return request.param


@pytest.fixture(scope="session")
def many(tmp_path_factory):
    """More than two blocks of errors that are small whole numbers, so that most are equal; some are NaN."""
    folder = tmp_path_factory.mktemp("many")
    rng = np.random.default_rng(22)
    rows = 600_000
    errors = rng.integers(-900, 900, rows).astype(float)
    holes = errors.copy()
    holes[rng.random(rows) < 0.001] = np.nan
    frame = pl.DataFrame({"p": errors, "h": holes, "y": np.zeros(rows), "id": [f"r{i}" for i in range(rows)]})
    frame.write_csv(folder / "t.csv")
    frame.write_parquet(folder / "t.parquet")
    for name in "phy":
        np.save(folder / f"{name}.npy", frame[name].to_numpy())
    return folder, errors, holes


@pytest.fixture
def small_blocks():
    """Blocks of ``SMALL`` elements."""
    with blocks_of(SMALL):
        yield


@pytest.fixture
def files(tmp_path, monkeypatch):
    """A folder of the test's own with a few small tables: pairs (p, t) and (m, z), and what is odd beside zeros."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("NO_COLOR", raising=False)
    write(
        tmp_path,
        p="0.1\n-2\n3\n1e-300\n5\n6\n7\n8\n9\n10\n11\n12\n",
        t="0\n" * 12,
        m="1,2\n3,4\n5,6\n",
        z="0,0\n0,0\n0,0\n",
        odd="inf\n-inf\nnan\n",
        three="0\n0\n0\n",
    )
    return tmp_path
