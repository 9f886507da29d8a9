"""Arrays in archives: no file is left open, threads read at once, memory does not grow."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from archives import every_format, one_of_each, opened, put, refusal, rows_of

from losscli.errors import SourceError


def open_handles(path):
    """How often this process holds a file open, or mapped."""
    maps = Path("/proc/self/maps").read_text(encoding="utf-8").count(path)
    return maps + sum(os.path.realpath(fd) == path for fd in Path("/proc/self/fd").iterdir())


@every_format
def test_closing_twice_is_harmless_and_leaves_nothing_open(tmp_path, file):
    path = put(tmp_path, file, x=np.arange(100_000.0))
    source = opened(path)
    rows_of(source, 0, 10)
    if sys.platform == "linux":
        assert open_handles(path) == (file == "stored.npz")
    source.close()
    source.close()
    if sys.platform == "linux":
        assert open_handles(path) == 0
    if file == "stored.npz":
        with pytest.raises((OSError, SourceError, AttributeError)):
            rows_of(source, 0, 10)


@one_of_each
def test_a_refused_file_is_not_held_open(tmp_path, file):
    path = put(tmp_path, file, x=np.arange(100_000.0), y=np.arange(3))
    refusal(path)
    gc.collect()  # the refusal's traceback
    if sys.platform == "linux":
        assert open_handles(path) == 0


@every_format
def test_threads_read_at_once(tmp_path, file):
    wanted = np.arange(80_000).reshape(8000, 10)
    source = opened(put(tmp_path, file, x=wanted), "x")

    def agrees(start):
        return np.array_equal(rows_of(source, start, start + 40), wanted[start : start + 40])

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(agrees, range(0, 8000, 40)))


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize("file", ["stored.npz", "x.safetensors"])
def test_memory_does_not_grow_with_the_array(tmp_path, file):
    path = put(tmp_path, file, x=np.ones((100_000, 100)))  # 80 MB
    code = f"""
import re, sys
import numpy as np
from losscli.data.arrays.archive import open_archive
peak = lambda: int(re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1])
source = open_archive({path!r}, None, "x")
source.read(0, 1000, np.empty((1000, 100)))
before = peak()
total = sum(source.read(i, i + 1000, np.empty((1000, 100))).sum() for i in range(0, 100_000, 1000))
print(int(total), (peak() - before) >> 10)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    total, grown = map(int, done.stdout.split())
    assert total == 10_000_000
    assert grown < 8
