"""The lists of multilabel_margin: where they end, and how they are counted."""

import numpy as np
import pytest

import losscli
from losscli.errors import DataError

SCORES = np.random.default_rng(2).standard_normal((3, 4))
LISTS = np.array([[3, 0, -1, -1], [-1, -1, -1, -1], [0, 1, 2, 3]])


def compute(lists, backend="numpy", **more):
    return losscli.compute("multilabel_margin", SCORES, lists, reduction="none", backend=backend, **more)


@pytest.mark.parametrize("backend", ["numpy", "torch"])
def test_what_follows_the_first_end_is_left_out(backend):
    after = np.array([[3, 0, -1, 1], [-1, 2, -1, 0], [0, 1, 2, 3]])
    np.testing.assert_array_equal(compute(after, backend).value, compute(LISTS, backend).value)


@pytest.mark.parametrize("backend", ["numpy", "torch"])
@pytest.mark.parametrize("base", [1, 5])
def test_the_end_is_the_same_number_whatever_labels_count_from(base, backend):
    lists = np.where(LISTS < 0, -1, LISTS + base)
    np.testing.assert_array_equal(compute(lists, backend, label_base=base).value, compute(LISTS, backend).value)


@pytest.mark.parametrize(("wrong", "base"), [(4, 0), (-2, 0), (0, 1), (5, 1)])
def test_a_number_that_is_neither_a_class_nor_the_end_is_refused(wrong, base):
    lists = np.where(LISTS < 0, -1, LISTS + base)
    lists[0, 3] = wrong
    with pytest.raises(DataError, match=f"1 of 12 labels are outside .*: {wrong}") as caught:
        compute(lists, label_base=base)
    assert "from -1 to" not in caught.value.hint


def test_no_class_and_all_classes_cost_nothing():
    assert compute(LISTS).value[1:].tolist() == [0.0, 0.0]
