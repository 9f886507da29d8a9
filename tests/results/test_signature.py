"""A signature is equal where the way to the number is: every option that changes the number is told in it."""

from dataclasses import fields

import numpy as np
import pytest
from shell import compute, write

import losscli
from losscli.data import ReadOptions
from losscli.options import Options
from losscli.results.summary import given

PLACES_OF_THEIR_OWN = {"reduction", "backend", "device", "dtype"}
CHANGE_NO_NUMBER = {"selection", "threads", "strict", "sink", "samples", "by", "keep", "progress"}
OPTIONS = [pytest.param(record, f, id=f.name) for record in (Options, ReadOptions) for f in fields(record)]


@pytest.mark.parametrize(("record", "option"), OPTIONS)
def test_an_option_is_told_unless_it_is_declared_not_to_be(record, option):
    options = record()
    assert not list(given(options))
    told = set()
    for value in ("one", "two", ("one", "two"), ("two", "one"), "one;two", ("one;two",)):
        setattr(options, option.name, value)
        told.update(given(options))
    if option.name in PLACES_OF_THEIR_OWN | CHANGE_NO_NUMBER:
        assert not told
    else:
        assert told == {"sample_weight=given"} if option.name == "sample_weight" else len(told) == 6


def test_the_order_of_classes_is_told(tmp_path):
    pred, target = write(tmp_path, pred="0.1,2.0\n0.3,1.5\n", target="y\na\nb\n")
    runs = [compute("ce", pred, target, "-f", "json", "--classes", names).out for names in ("a,b", "b,a")]
    assert "classes=[a;b]" in runs[0]
    assert "classes=[b;a]" in runs[1]


def test_how_text_is_read_is_told(tmp_path):
    (file,) = write(tmp_path, f="1;2\n3;4\n")
    found = compute("mse", f"{file}::1", f"{file}::2", "--delimiter", ";", "--no-header", "-f", "json").out
    assert "mse(delimiter=';',header=False)|" in found


def test_several_threads_tell_nothing():
    pred, target = np.ones(3), np.zeros(3)
    assert losscli.compute("mse", pred, target, threads=2).signature == losscli.compute("mse", pred, target).signature
