"""Golden cases: numbers that other libraries computed. To add one, add an object to ``golden/<loss>.json``.

A case has ``id``, ``inputs`` by role, ``params``, and either ``expected`` (any of none, mean, sum) or
``"error": true``; ``grad_of_mean`` may hold gradients by role, and ``source`` says where the numbers come from.
Not-finite numbers are "nan", "inf", "-inf".
"""

import json
from pathlib import Path

import numpy as np
import pytest

import losscli
from losscli import losses

FOLDER = Path(__file__).parent / "golden"
FIELDS = {"id", "inputs", "params", "expected", "error", "source", "note", "grad_of_mean"}


def _cases():
    for path in sorted(FOLDER.glob("*.json")):
        for case in json.loads(path.read_text(encoding="utf-8")):
            yield pytest.param(path.stem, case, id=f"{path.stem}-{case['id']}")


CASES = list(_cases())


def _array(nested):
    # Lists of numbers keep their own dtype (labels are integers); strings stand for what JSON cannot hold.
    array = np.asarray(nested)
    return array if array.dtype.kind in "biuf" else array.astype(np.float64)


def _compute(name, case, reduction, backend):
    inputs = {role: _array(values) for role, values in case["inputs"].items()}
    return losscli.compute(name, reduction=reduction, backend=backend, **inputs, **case["params"])


@pytest.mark.parametrize("backend", ["numpy", "torch"])
@pytest.mark.parametrize(("name", "case"), [c for c in CASES if "expected" in c.values[1]])
def test_value_is_the_recorded_one(name, case, backend):
    for reduction, expected in case["expected"].items():
        if reduction in losses.find(name).reductions:
            value = np.asarray(_compute(name, case, reduction, backend).value)
            wanted = _array(expected)
            assert value.shape == wanted.shape
            np.testing.assert_allclose(value, wanted, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("backend", ["numpy", "torch"])
@pytest.mark.parametrize(("name", "case"), [c for c in CASES if "grad_of_mean" in c.values[1]])
def test_gradient_is_the_recorded_one(name, case, backend):
    whole = case["params"].get("aggregate") == "batch"  # of which the closed form is not
    if backend == "numpy" and (whole or "gradient" not in losses.find(name).hooks):
        backend = "torch"
    inputs = {role: _array(values) for role, values in case["inputs"].items()}
    expected = case["grad_of_mean"]
    found = losscli.grad(name, backend=backend, wrt=tuple(expected), **inputs, **case["params"])
    for role, values in expected.items():
        np.testing.assert_allclose(found[role].array, _array(values), rtol=1e-12, atol=1e-15, err_msg=role)


@pytest.mark.parametrize("backend", ["numpy", "torch"])
@pytest.mark.parametrize(("name", "case"), [c for c in CASES if "error" in c.values[1]])
def test_what_the_source_refuses_is_refused(name, case, backend):
    with pytest.raises(losscli.LossCLIError):
        _compute(name, case, "mean", backend)


@pytest.mark.parametrize("one", losses.built_in(), ids=lambda one: one.name)
def test_every_loss_has_golden_values_for_every_reduction(one):
    recorded = {r for c in CASES if c.values[0] == one.name for r in c.values[1].get("expected", ())}
    assert recorded >= set(one.reductions)


def test_every_file_belongs_to_a_loss():
    assert {p.stem for p in FOLDER.iterdir()} <= {one.name for one in losses.built_in()}


@pytest.mark.parametrize(("name", "case"), CASES)
def test_case_is_complete(name, case):
    assert set(case) <= FIELDS
    assert case["source"]
    assert ("error" in case) != bool(case.get("expected"))
    assert set(case.get("expected", ())) <= set(losses.find(name).reductions)
    assert sum(c.values[0] == name and c.values[1]["id"] == case["id"] for c in CASES) == 1
