"""Whatever a number depends on is in its record: held for every knob and every kind of parameter that there is."""

from __future__ import annotations

import contextlib
import json

import numpy as np
import pytest
from knob_examples import CHANGE_NOTHING, CHANGES, FILES, Doubling
from shell import cli, write

from losscli import backends, losses
from losscli.api import run
from losscli.cli.options import Asked
from losscli.engine.request import Wanted
from losscli.errors import LossCLIError
from losscli.report import Report
from losscli.report.json import render
from losscli.spec.kinds import Choice
from losscli.verifying.verify import verify

EXAMPLES = CHANGES | {name: one for name, one in CHANGE_NOTHING.items() if name != "record"}


@pytest.fixture
def data(folder, monkeypatch):
    write(folder, **FILES)
    monkeypatch.setattr(backends, "plugged_in", lambda: ({"doubling": Doubling}, ()))
    return folder


def _as_files(inputs):
    """Arrays of an example as files, which alone can be recorded."""
    for i, one in enumerate(inputs):
        if isinstance(one, str):
            yield one
        else:
            np.save(f"input{i}.npy", np.array(one))
            yield f"input{i}.npy"


def _value(name, value):
    if name == "sample_weight" and value is not None:
        np.save("weight.npy", np.array(value))
        return "weight.npy"
    return value


def recorded(name, example):
    """The record of an example with each of its two values, where it is not refused."""
    inputs = list(_as_files(example.inputs))
    for value in (example.one, example.two):
        asked = Asked(**{"record": True, "format": "json"} | dict(example.beside) | _knob(name, value))
        try:
            results, index = run([losses.find(example.loss)], inputs, {}, asked, Wanted(asked.selection))
        except LossCLIError:
            continue
        report = Report(results, index, bool(asked.per_sample), by_loss=bool(asked.top))
        yield json.loads(render(report))


def _knob(name, value):
    # What is printed instead of JSON has no record.
    return {} if name in ("format", "quiet", "output") else {name: _value(name, value)}


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_knob_goes_into_the_record_and_comes_back(data, name):
    documents = list(recorded(name, EXAMPLES[name]))
    assert documents
    for document in documents:
        found = verify(document, exact=True)
        assert found.verified, found
        assert all(one.same for one in found.results)


@pytest.mark.parametrize("name", CHANGES)
def test_a_knob_that_changes_the_number_is_missed_in_the_record(data, name):
    for document in recorded(name, CHANGES[name]):
        if document["request"]["options"].pop(name, None) is None:
            continue
        with contextlib.suppress(LossCLIError):  # it cannot be computed without
            assert not verify(document, exact=True).verified


def _others(p):
    """Values of a parameter as they are typed that are not its default, the likeliest first, and then that."""
    flag = f"--{p.name.replace('_', '-')}"
    if p.type == "bool":
        return [[f"--{'no-' if p.default else ''}{flag[2:]}"], [flag]]
    domain = getattr(p.domain, "domain", p.domain)
    if isinstance(domain, Choice):
        values = [next(o for o in domain.options if o != p.default)]
    elif p.type == "array":
        return []
    else:  # up to as many classes as an example has
        values = [x for x in (2, 1, 0.25, 0.5, 4, 20) if x in domain and x != p.default]
    return [[flag, str(value)] for value in [*values, p.default] if value is not None]


OF_LOSSES = [pytest.param(one, p, id=f"{one.name}-{p.name}") for one in losses.built_in() for p in one.parameters]


@pytest.mark.parametrize(("one", "parameter"), OF_LOSSES)
def test_every_parameter_of_a_loss_goes_into_the_record(folder, monkeypatch, sample_data, one, parameter):
    monkeypatch.chdir(sample_data.parent)
    example = one.doc.sections["Example"].split()
    target = folder / "r.json"
    for given in [] if f"--{parameter.name.replace('_', '-')}" in example else _others(parameter):
        ran = cli(*example[1:], *given, "--record", "-o", target)
        if not ran.code:  # else these data do not fit it
            break
    else:
        given = []
        ran = cli(*example[1:], "--record", "-o", target)
    assert ran.code == 0, ran.err
    if given:
        assert parameter.name in json.loads(target.read_text(encoding="utf-8"))["request"]["params"]
    assert verify(target, exact=True).verified
