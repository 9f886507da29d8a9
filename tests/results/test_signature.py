"""Two runs whose numbers may differ have different signatures: held for every knob that there is."""

from __future__ import annotations

import importlib.metadata
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from knob_examples import CHANGE_NOTHING, CHANGES, FILES, PRED, TABLE, TARGET, Doubling
from shell import compute, write

import losscli
from losscli import backends, losses
from losscli.api import run
from losscli.cli.options import Asked
from losscli.engine.request import Wanted
from losscli.errors import LossCLIError
from losscli.inputs.parameters import resolve
from losscli.knobs import BESIDE, GIVEN, PLACED, SILENT, TOLD
from losscli.knobs.options import Options
from losscli.results.signature import text
from losscli.spec.kinds import Choice


@pytest.fixture
def data(tmp_path, monkeypatch):
    write(tmp_path, **FILES)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(backends, "plugged_in", lambda: ({"doubling": Doubling}, ()))


def both(name, example):
    """What an example comes to with each of the two values: number and signature, or that it is refused."""
    for value in (example.one, example.two):
        asked = Asked(**example.beside, **{name: value})
        try:
            (result,), _ = run([losses.find(example.loss)], example.inputs, {}, asked, Wanted(asked.selection))
        except LossCLIError:
            yield "refused", "refused"
        else:
            yield repr(result.value), result.signature


def test_every_knob_has_its_example():
    assert {k.name for k in Asked.knobs.values() if k.signed in (TOLD, PLACED, GIVEN)} == set(CHANGES)
    assert {k.name for k in Asked.knobs.values() if k.signed in (BESIDE, SILENT)} == set(CHANGE_NOTHING)


@pytest.mark.parametrize("name", CHANGES)
def test_a_knob_that_changes_the_number_changes_the_signature(data, name):
    (one, signed_one), (two, signed_two) = both(name, CHANGES[name])
    assert one != two
    assert signed_one != signed_two


@pytest.mark.parametrize("name", CHANGE_NOTHING)
def test_a_knob_that_is_not_told_changes_no_number(data, name):
    one, two = both(name, CHANGE_NOTHING[name])
    assert one == two
    assert one[0] != "refused"


@pytest.mark.parametrize("name", [k.name for k in Asked.knobs.values() if k.signed == TOLD])
def test_a_knob_that_is_told_is_told_by_its_name(data, name):
    signatures = [signature for _, signature in both(name, CHANGES[name]) if signature != "refused"]
    assert any(f"{name}=" in signature for signature in signatures)


def test_names_in_a_list_are_told_in_their_order(data):
    (_, one), (_, two) = both("classes", CHANGES["classes"])
    assert "classes=[a;b]" in one
    assert "classes=[b;a]" in two


def test_the_command_line_tells_what_python_tells(data):
    told = compute("mse", "commas.csv", "more_commas.csv", "--delimiter", ";", "--no-header", "-f", "json").out
    result = losscli.compute("mse", "commas.csv", "more_commas.csv", delimiter=";", header=False)
    assert "mse(delimiter=';',header=False)|" in told
    assert f'"{result.signature}"' in told


ARRAYS = st.lists(st.integers(1, 2), max_size=3).flatmap(
    lambda shape: st.lists(st.sampled_from([1.0, 2.0, -0.5]), min_size=int(np.prod(shape)), max_size=8).map(
        lambda numbers: np.array(numbers[: int(np.prod(shape))]).reshape(shape)
    )
)


@given(ARRAYS, ARRAYS)
def test_arrays_look_alike_only_if_they_are(one, two):
    assert (text(one) == text(two)) == (one.shape == two.shape and bool((one == two).all()))


@given(st.integers(300, 400), st.integers(0, 299))
def test_long_arrays_are_told_in_few_characters_and_look_alike_only_if_they_are(size, at):
    one = np.linspace(0, 1, size)
    other = one.copy()
    other[at] = np.nextafter(other[at], 2.0)
    told = [text(x) for x in (one, one.copy(), other, one[:-1], one[:, None])]
    assert told[0] == told[1]
    assert len({*told}) == 4
    assert max(map(len, told)) < 100


@given(*[st.lists(st.sampled_from(["a", "b", "a;b", "a,b", "", "[a", "]", "'", "a b"])).map(tuple)] * 2)
def test_lists_of_names_look_alike_only_if_they_are(one, two):
    assert (text(one) == text(two)) == (one == two)


def test_a_parameter_in_another_shape_is_another_signature():
    logits, target = np.arange(8.0).reshape(2, 2, 2), np.array([[[0.0, 1], [1, 0]]] * 2)
    one, two = (
        losscli.compute("bce_with_logits", logits, target, pos_weight=np.reshape([1.0, 3.0], shape))
        for shape in ((2, 1), (1, 2))
    )
    assert one.value != two.value
    assert one.signature != two.signature


def _two_values(parameter):
    """Two values of a loss's parameter."""
    if parameter.type == "bool":
        return False, True
    domain = getattr(parameter.domain, "domain", parameter.domain)
    if isinstance(domain, Choice):
        return domain.options[:2]
    numbers = [x for x in (1, 2, 0.25, 0.5, 1.5) if x in domain and (parameter.type != "int" or x == int(x))]
    return ([x] for x in numbers[:2]) if parameter.type == "array" else numbers[:2]


OF_LOSSES = [pytest.param(one, p, id=f"{one.name}-{p.name}") for one in losses.built_in() for p in one.parameters]


@pytest.mark.parametrize(("one", "parameter"), OF_LOSSES)
def test_every_parameter_of_every_loss_is_told(one, parameter):
    plain = losscli.compute("mse", PRED, TARGET)
    given = [resolve(one, {parameter.name: value}) for value in _two_values(parameter)]
    assert len({replace(plain, params=params).signature for params in given}) == 2


def test_an_optional_input_is_told():
    one, two = (losscli.compute("mse", PRED, TARGET, **given) for given in ({}, {"weight": [1.0, 2.0, 3.0]}))
    assert one.value != two.value
    assert one.signature != two.signature


@pytest.mark.parametrize(
    ("inputs", "given", "beside"),
    [
        ([[1.0, 2.0, 4.0], [0.0, 0.0, 0.0]], {"nan": "omit"}, {"weight": [1.0, np.nan, 1.0]}),
        (TABLE[1], {"missing": "omit"}, {"weight": "weights.csv"}),
        (TABLE[1], {"on": ("g", "h"), "unmatched": "drop"}, {"weight": "fewer.csv::t"}),
    ],
)
def test_what_is_read_for_another_loss_and_leaves_samples_out_is_told(data, inputs, given, beside):
    alone, company = losses.find("smooth_l1"), losses.find("mse")
    ((one,), _), ((two, _), _) = (
        run(chosen, inputs, named, Asked(**given), Wanted())
        for chosen, named in (([alone], {}), ([alone, company], beside))
    )
    assert one.value != two.value
    assert one.signature != two.signature


@pytest.mark.parametrize("knob", [k for k in Options.knobs.values() if k.signed == BESIDE], ids=lambda k: k.name)
def test_a_column_that_leaves_samples_out_is_told(data, knob):
    more = {"ci": 0.95} if knob.name == "cluster" else {}  # which is of no use without
    one, two = (
        losscli.compute(*TABLE[:1], *TABLE[1], on=("g", "h"), unmatched="drop", **more, **{knob.name: column})
        for column in (knob.default, "fewer.csv::t")
    )
    assert one.value != two.value
    assert one.signature != two.signature


@pytest.mark.parametrize("by_backend", [False, True])
def test_another_version_of_a_plug_in_is_another_signature(data, monkeypatch, by_backend):
    if not by_backend:
        monkeypatch.setattr(losses.find("mse"), "origin", "some-plug-in")
    seen = set()
    for version in ("1.0", "1.1"):
        monkeypatch.setattr(importlib.metadata, "version", lambda name, version=version: version)
        signature = losscli.compute("mse", PRED, TARGET, backend="doubling" if by_backend else "numpy").signature
        assert f"from=some-plug-in:{version}" in signature
        seen.add(signature)
    assert len(seen) == 2
