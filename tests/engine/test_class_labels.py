"""Labels of classes in messages: all digits, and no wrong advice."""

from __future__ import annotations

import numpy as np
import pytest
from shell import cli, refused

import losscli


@pytest.mark.parametrize("named", ["a,b,c", "a"])
def test_as_many_classes_are_named_as_there_are_columns(named, tmp_path):
    (tmp_path / "p.csv").write_text("2,-1\n0.5,3\n")
    (tmp_path / "t.csv").write_text("y\na\na\n")
    ran = cli("compute", "ce", tmp_path / "p.csv", tmp_path / "t.csv", "--classes", named)
    error, hint = refused(ran)
    assert f"{len(named.split(','))} classes are named" in error
    assert "the prediction has 2" in error
    assert "--classes" in hint


def test_a_label_is_told_with_all_its_digits():
    with pytest.raises(losscli.LossCLIError) as caught:
        losscli.compute("cross_entropy", np.eye(4), [0, 1, 2, 2.9999999])
    assert "2.9999999 at" in caught.value.message


def test_a_large_unsigned_label_is_not_taken_for_a_negative_one():
    labels = np.array([0, 2**64 - 100, 1], np.uint64)
    with pytest.raises(losscli.LossCLIError) as caught:
        losscli.compute("cross_entropy", np.eye(3), labels)
    assert str(2**64 - 100) in caught.value.message
    assert "ignore_index" not in caught.value.hint
