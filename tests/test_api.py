"""The Python API does the command line's work on arrays as well as on files."""

from __future__ import annotations

import inspect
import json
import math
import os
import re

import numpy as np
import pytest
import torch
from shell import compute as command
from shell import write

import losscli
from losscli import errors
from losscli.knobs.options import Options

PRED, TARGET = [0.5, 1.5, 4.0], [0.0, 1.0, 2.0]


@pytest.fixture
def files(tmp_path):
    write(tmp_path, p="0.5\n1.5\n4\n", t="0\n1\n2\n")
    np.save(tmp_path / "p.npy", np.array(PRED))
    return tmp_path


def test_every_kind_of_input_gives_the_same_number(files):
    preds = [
        PRED,
        tuple(PRED),
        np.array(PRED),
        np.array(PRED, np.float32),
        np.array(PRED, ">f8"),
        np.array([[x, 0] for x in PRED])[:, 0],  # strided
        torch.tensor(PRED, dtype=torch.float64),
        files / "p.csv",
        str(files / "p.npy"),
    ]
    targets = [TARGET, np.array([0, 1, 2], np.int32), torch.tensor(TARGET), files / "t.csv"]
    assert {losscli.compute("mse", p, t).value for p in preds for t in targets} == {1.5}


def test_result_says_how_it_came_about():
    one = losscli.compute("smooth_l1", PRED, TARGET, beta=0.25)
    assert isinstance(one, losscli.Result)
    assert (one.loss, one.params, one.reduction) == ("smooth_l1", {"beta": 0.25}, "mean")
    assert (one.denominator, one.denominator_is, one.samples) == (3, "elements", 3)
    assert (one.ignored, one.omitted, one.clamped) == (0, 0, 0)
    assert one.value == one.numerator / one.denominator == float(one)
    assert one.backend == f"numpy:{np.__version__}"
    assert one.dtype == "float64"
    assert one.per_sample is None
    assert one.warnings == ()
    assert [(i.role, i.format, i.shape, i.dtype) for i in one.inputs] == [
        ("pred", "array", (3,), "float64"),
        ("target", "array", (3,), "float64"),
    ]
    arithmetic = f"{one.backend}/{one.fingerprint()}"
    signature = "|".join(
        ("smooth_l1(beta=0.25)", "mean/elements", arithmetic, "float64", f"losscli:{losscli.__version__}")
    )
    assert one.signature == signature


def test_signature_tells_apart_what_gives_other_numbers():
    runs = [{}, {"beta": 0.5}, {"reduction": "sum"}, {"dtype": "float32"}, {"backend": "torch"}]
    assert len({losscli.compute("smooth_l1", PRED, TARGET, **run).signature for run in runs}) == len(runs)


def test_command_line_and_api_are_one(files):
    arguments = [files / "p.csv", files / "t.csv"]
    wanted = losscli.compute("huber", *arguments, delta=0.75, per_sample=True)
    (found,) = json.loads(command("huber", *arguments, "--delta", "0.75", "-s", "-f", "json").out)["results"]
    assert found["value"] == wanted.value
    assert found["per_sample"] == wanted.per_sample.tolist()
    assert found["signature"] == wanted.signature


def test_reductions():
    assert losscli.compute("mse", PRED, TARGET, reduction="sum").value == 4.5
    unreduced = losscli.compute("mse", PRED, TARGET, reduction="none").value
    assert isinstance(unreduced, np.ndarray)
    assert unreduced.tolist() == [0.25, 0.25, 4.0]


def test_per_sample():
    one = losscli.compute("l1", [[1.0, 3.0], [5.0, 7.0]], [[0.0, 0.0], [0.0, 0.0]], per_sample=True)
    assert one.per_sample.tolist() == [2.0, 6.0]
    assert one.value == 4.0


@pytest.mark.parametrize("names", ["mse,l1", ["mse", "l1"], ("MSELoss", "mae")])
def test_several_losses_are_a_list(names):
    first, second = losscli.compute(names, PRED, TARGET)
    assert (first.loss, second.loss) == ("mse", "l1")
    assert (first.value, second.value) == (1.5, 1.0)


def test_one_loss_in_a_list_is_still_a_list():
    assert [one.loss for one in losscli.compute(["mse"], PRED, TARGET)] == ["mse"]


def test_inputs_by_name():
    by_name = losscli.compute("cross_entropy", target=[0, 1], pred=[[2.0, 0.0], [0.0, 2.0]])
    assert by_name.value == losscli.compute("cross_entropy", [[2.0, 0.0], [0.0, 2.0]], [0, 1]).value
    assert by_name.value == pytest.approx(math.log1p(math.exp(-2)), rel=1e-15)


def test_array_parameters_of_any_kind(files):
    np.save(files / "w.npy", np.array([1.0, 3.0]))
    weights = [[1, 3], np.array([1.0, 3.0]), torch.tensor([1.0, 3.0]), "1,3", str(files / "w.npy")]
    logits, labels = [[2.0, 0.0], [0.0, 1.0]], [0, 1]
    results = [losscli.compute("cross_entropy", logits, labels, weight=w) for w in weights]
    assert len({one.value for one in results}) == 1
    assert len({one.signature for one in results}) == 1
    assert results[0].denominator == 4


def test_path_as_an_array_parameter(files):
    np.save(files / "w.npy", np.array([1.0, 3.0]))
    logits, labels = [[2.0, 0.0], [0.0, 1.0]], [0, 1]
    by_path = losscli.compute("cross_entropy", logits, labels, weight=files / "w.npy")
    assert by_path.value == losscli.compute("cross_entropy", logits, labels, weight=[1, 3]).value


def test_inputs_are_left_as_they_were():
    pred, target = np.array(PRED), np.array(TARGET)
    pred.flags.writeable = False
    for backend in ("numpy", "torch"):
        losscli.compute("mse,l1,huber", pred, target, backend=backend, per_sample=True)
    assert pred.tolist() == PRED
    assert target.tolist() == TARGET


def test_result_does_not_change_with_its_inputs():
    pred = np.array(PRED)
    one = losscli.compute("l1", pred, TARGET, reduction="none", per_sample=True)
    pred[:] = 100
    assert one.value.tolist() == [0.5, 0.5, 2.0]
    assert one.per_sample.tolist() == [0.5, 0.5, 2.0]


def test_findings_come_with_the_result():
    (finding,) = losscli.compute("mse", np.array(PRED)[:, None], TARGET).warnings
    assert finding.code == "L101"
    assert "pred" in finding.message


# Refusals


@pytest.mark.parametrize(
    ("kind", "named", "call"),
    [
        (errors.UsageError, "bta", lambda: losscli.compute("smooth_l1", PRED, TARGET, bta=0.5)),
        (errors.UsageError, "nothing", lambda: losscli.compute("nothing", PRED, TARGET)),
        (errors.UsageError, "median", lambda: losscli.compute("mse", PRED, TARGET, reduction="median")),
        (errors.UsageError, "target", lambda: losscli.compute("mse", PRED)),
        (errors.UsageError, "3 were given", lambda: losscli.compute("smooth_l1", PRED, TARGET, TARGET)),
        (errors.ParameterError, "beta", lambda: losscli.compute("smooth_l1", PRED, TARGET, beta=-1)),
        (errors.ParameterError, "beta", lambda: losscli.compute("smooth_l1", PRED, TARGET, beta="wide")),
        (errors.ParameterError, "false", lambda: losscli.compute("kl_div", PRED, TARGET, log_target="false")),
        (errors.ShapeError, "pred", lambda: losscli.compute("mse", PRED, [1.0, 2.0])),
        (errors.DataError, "target", lambda: losscli.compute("mse", PRED, [0.0, math.nan, 2.0])),
        (errors.LossCLIError, "pred", lambda: losscli.compute("mse", ["a", "b"], [1.0, 2.0])),
        (errors.LossCLIError, "pred", lambda: losscli.compute("mse", [[1.0], [1.0, 2.0]], [1.0, 2.0])),
        (errors.LossCLIError, "pred", lambda: losscli.compute("mse", np.array([1j, 2]), [1.0, 2.0])),
        (errors.BackendError, "jax", lambda: losscli.compute("mse", PRED, TARGET, backend="jax")),
        (errors.SourceError, "no.csv", lambda: losscli.compute("mse", "no.csv", TARGET)),
        (errors.StrictError, "L101", lambda: losscli.compute("mse", np.array(PRED)[:, None], TARGET, strict=True)),
    ],
)
def test_refusals_name_the_input(kind, named, call):
    with pytest.raises(kind) as caught:
        call()
    assert named in caught.value.message
    assert isinstance(caught.value, losscli.LossCLIError)


def test_unknown_keyword_lists_the_known_ones():
    with pytest.raises(errors.UsageError) as caught:
        losscli.compute("smooth_l1", PRED, TARGET, bta=0.5)
    assert "beta" in caught.value.hint


def test_text_of_an_error_has_its_hint():
    assert str(errors.DataError("a.csv: bad.", "do this.")) == "a.csv: bad. Hint: do this."
    assert str(errors.DataError("a.csv: bad.")) == "a.csv: bad."


def _next_descriptor():
    descriptor = os.dup(0)
    os.close(descriptor)
    return descriptor


def test_files_are_closed_after_an_error_too(files):
    np.save(files / "n.npy", np.array([1.0, np.nan, 2.0]))
    before = _next_descriptor()
    for bad in ("n.npy", "missing.npy"):
        with pytest.raises(losscli.LossCLIError):
            losscli.compute("mse", files / "p.npy", files / bad)
        assert _next_descriptor() == before
    losscli.compute("mse", files / "p.npy", files / "p.npy")
    assert _next_descriptor() == before


# The package


@pytest.mark.parametrize("name", losscli.__all__)
def test_public_names_are_there(name):
    assert getattr(losscli, name)


def test_lazy_names_are_the_real_ones():
    from losscli.api import compute
    from losscli.results.result import Result
    from losscli.spec.loss import loss

    assert (losscli.compute, losscli.Result, losscli.loss) == (compute, Result, loss)
    assert losscli.LossCLIError is errors.LossCLIError


def test_unknown_attribute():
    with pytest.raises(AttributeError, match=r"losscli.*has no attribute 'nothing'"):
        losscli.nothing  # noqa: B018


def test_every_option_is_a_keyword_with_its_default_and_its_meaning():
    told = inspect.signature(losscli.compute).parameters
    for one in Options.knobs.values():
        assert told[one.name].default == one.default
        assert told[one.name].kind is inspect.Parameter.KEYWORD_ONLY
        assert f"\n        {one.name}: {one.meaning}\n" in losscli.compute.__doc__
    assert "OPTIONS" not in losscli.compute.__doc__


def test_text_is_read_as_python_says(files):
    write(files, both="1;2\n3;5\n")
    one = losscli.compute("mse", f"{files}/both.csv::1", f"{files}/both.csv::2", delimiter=";", header=False)
    assert one.value == 2.5


def test_columns_are_kept_beside_per_sample_losses(files):
    write(files, both="p,t,g\n1,2,a\n3,5,b\n")
    one = losscli.compute("mse", files / "both.csv", pred="p", target="t", keep="g", per_sample=True)
    assert one.kept["g"].tolist() == ["a", "b"]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"threads": 0}, "threads is 0"),
        ({"shift": -1}, "shift is -1"),
        ({"label_base": 2**63}, "label_base is 9223372036854775808"),
        ({"threads": "two"}, "threads is 'two'"),
        ({"threads": True}, "threads is True"),
        ({"dtype": "int8"}, "dtype is 'int8'"),
        ({"by": ""}, "by is empty"),
        ({"by": ["g", ""]}, "by holds an empty name"),
        ({"by": 5}, "by holds 5"),
        ({"na_values": [-999]}, "na_values holds -999"),
        ({"header": 0}, "header is 0"),
        ({"strict": "yes"}, "strict is 'yes'"),
        ({"delimiter": 5}, "delimiter is 5"),
        ({"reduction": None}, "reduction is None"),
        ({"input_format": "odt"}, "input_format is 'odt'"),
        ({"digits": 3}, "has no 'digits'"),
    ],
)
def test_an_option_that_makes_no_sense_is_named_as_in_python(given, said):
    with pytest.raises(errors.UsageError, match=re.escape(said)):
        losscli.compute("mse", PRED, TARGET, **given)


@pytest.mark.parametrize("ask", [losscli.compute, losscli.check], ids=lambda ask: ask.__name__)
def test_no_loss_at_all_is_no_pass(ask):
    with pytest.raises(errors.UsageError, match="no loss is named"):
        ask([], PRED, TARGET, **({"max": 1} if ask is losscli.check else {}))


@pytest.mark.parametrize(("given", "meant"), [("redction", "reduction"), ("betta", "beta"), ("zzz", "it takes beta")])
def test_a_misspelt_keyword_hints_at_what_is_meant(given, meant):
    with pytest.raises(errors.UsageError, match=f"smooth_l1 has no '{given}'") as raised:
        losscli.compute("smooth_l1", PRED, TARGET, **{given: 1})
    assert meant in raised.value.hint


A, B = [1.0, 2.0, 4.0], [0.0, 2.0, 1.0]


@pytest.mark.parametrize("ask", ["compute", "grad", "dist", "sweep", "curve", "check", "explain", "compare"])
def test_a_loss_is_asked_for_by_name_or_as_itself(ask):
    more = {"sweep": {"delta": [1, 2]}, "check": {"max": 9}, "explain": {"sample": 1}}.get(ask, {})
    inputs = [A, B, B] if ask == "compare" else [A, B]
    function = getattr(losscli, ask)
    by_name, itself = function("huber", *inputs, **more), function(losscli.losses.huber, *inputs, **more)
    assert type(itself) is type(by_name)
    with pytest.raises(errors.UsageError, match="by its name"):
        function(3, *inputs, **more)


def test_losses_are_asked_for_in_any_sequence():
    found = losscli.compute(["mse", losscli.losses.l1], A, B)
    assert [one.loss for one in found] == ["mse", "l1"]
    with pytest.raises(errors.UsageError, match="several were given"):
        losscli.compare("mse,l1", A, B, B)
    for none in ((), []):
        with pytest.raises(errors.UsageError):
            losscli.compute(none, A, B)
