"""Memory does not grow with the files."""

import os
import subprocess
import sys

import numpy as np

LIMIT = 64 * 1024  # KiB; a bare interpreter with numpy and typer takes about half


def zeros(path, shape, dtype="<f4"):
    """An NPY file of zeros that takes no room on disk."""
    with path.open("wb") as file:
        np.lib.format.write_array_header_1_0(file, {"descr": dtype, "fortran_order": False, "shape": shape})
        header = file.tell()
    os.truncate(path, header + int(np.prod(shape)) * np.dtype(dtype).itemsize)
    return str(path)


# A process starts out with the peak of the one that started it, here pytest's: a small one stands between.
_MEASURE = "import resource, subprocess, sys; subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL); "
_MEASURE += "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"


def peak(*arguments):
    """The peak resident size in KiB of one run of the program, which must succeed."""
    command = [sys.executable, "-c", _MEASURE, sys.executable, "-m", "losscli", *arguments]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return int(done.stdout) // (1024 if sys.platform == "darwin" else 1)


ELEMENTS = 50_000_000  # 200 MB of float32


def test_elementwise_over_400_megabytes(tmp_path):
    files = [zeros(tmp_path / name, (ELEMENTS,)) for name in ("a.npy", "b.npy")]
    assert peak("compute", "mse", *files, "-q") < LIMIT


def test_unreduced_result_goes_to_its_file_block_by_block(tmp_path):
    files = [zeros(tmp_path / name, (ELEMENTS // 4,)) for name in ("a.npy", "b.npy")]
    out = tmp_path / "out.npy"
    assert peak("compute", "mse", *files, "-r", "none", "-o", str(out)) < LIMIT
    written = np.load(out, mmap_mode="r")
    assert written.shape == (ELEMENTS // 4,)
    assert not written[::1000].any()


def test_cross_entropy_over_a_million_rows(tmp_path):
    logits = zeros(tmp_path / "logits.npy", (1_000_000, 10))
    labels = zeros(tmp_path / "labels.npy", (1_000_000,), "<i8")
    assert peak("compute", "cross_entropy", logits, labels, "-q") < LIMIT


def test_cross_entropy_of_images_larger_than_a_block(tmp_path):
    logits = zeros(tmp_path / "logits.npy", (2, 19, 512, 1024))
    labels = zeros(tmp_path / "labels.npy", (2, 512, 1024), "|u1")
    assert peak("compute", "cross_entropy", logits, labels, "-q") < LIMIT


def test_two_columns_in_fortran_order(tmp_path):
    for name in ("a.npy", "b.npy"):
        path = tmp_path / name
        zeros(path, (ELEMENTS // 2, 2))
        with path.open("r+b") as file:
            np.lib.format.write_array_header_1_0(
                file, {"descr": "<f4", "fortran_order": True, "shape": (ELEMENTS // 2, 2)}
            )
    assert peak("compute", "mse", str(tmp_path / "a.npy"), str(tmp_path / "b.npy"), "-q") < LIMIT


def test_a_sweep_holds_the_values_of_one_loss_at_a_time(tmp_path):
    files = [zeros(tmp_path / name, (ELEMENTS // 16,)) for name in ("a.npy", "b.npy")]
    few, many = (peak("sweep", "huber", *files, "--delta", values, "-j", "1", "-q") for values in ("1,2", "1:2:log:21"))
    assert many - few < 24 * 1024  # the values of all of them would be 40 MiB
