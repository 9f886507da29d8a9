"""What the tests of the command line share: a folder of small files, right and wrong ones."""

import numpy as np
import pytest
from shell import write


@pytest.fixture
def data(tmp_path, monkeypatch):
    """A folder of small files, entered, so that commands read as a user types them."""
    monkeypatch.chdir(tmp_path)
    write(
        tmp_path,
        p="0.5\n1.5\n2.5\n",
        t="0\n1\n2\n",
        p1="a\n0.5\n1.5\n2.5\n",
        short="1\n2\n",
        hole="0\nnan\n2\n",
        binary="0\n1\n1\n",
        logits="0.5,-1,2\n3,0,-2\n1,1,1\n",
        probabilities="0.2,0.3,0.5\n0.1,0.8,0.1\n1,0,0\n",
        zero_based="0\n1\n2\n",
        one_based="1\n2\n3\n",
        odd="0\n255\n2\n",
        wild="0\n-7\n9\n",
        half="0\n1.5\n2\n",
        chances="0.1\n0.8\n0.9\n",
        unnormalised="-1,-2,-3\n-1,-1,-1\n-3,-2,-1\n",
        soft="0.5,0.5,0.5\n1,0,0\n0,1,0\n",
        infinite="inf\n1\n2\n",
    )
    np.save(tmp_path / "column.npy", np.array([[0.5], [1.5], [2.5]]))
    np.savez(tmp_path / "two.npz", p=np.ones(3), t=np.zeros(3))
    return tmp_path


@pytest.fixture
def files(tmp_path, monkeypatch):
    """A folder of 20 random numbers, targets, logits and labels each, entered."""
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    for name in ("p", "t"):
        np.savetxt(tmp_path / f"{name}.csv", rng.standard_normal(20))
    np.savetxt(tmp_path / "logits.csv", rng.standard_normal((20, 3)), delimiter=",")
    np.savetxt(tmp_path / "labels.csv", rng.integers(0, 3, 20), fmt="%d")
    return tmp_path
