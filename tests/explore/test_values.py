"""Several values of a parameter, as they are typed and as Python gives them."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from losscli import losses
from losscli.errors import ParameterError, UsageError
from losscli.explore.values import MOST_RUNS, Range, grid, parse
from losscli.spec.kinds import Choice, Interval
from losscli.spec.loss import Parameter

FLOAT = Parameter("delta", "float", Interval(), 1.0, "")
WHOLE = Parameter("n", "int", Interval(), 1, "")
YES = Parameter("swap", "bool", None, False, "")
WORD = Parameter("norm", "str", Choice(("l1", "l2")), "l1", "")


@pytest.mark.parametrize(
    ("typed", "values"),
    [
        ("0.1", [0.1]),
        ("0.1,1,5", [0.1, 1, 5]),
        ("0.1:10:log", [0.1, 0.2, 0.5, 1, 2, 5, 10]),
        ("0.3:3:log", [0.5, 1, 2]),
        ("1:100:log:3", [1, 10, 100]),
        ("0:1:lin", [k / 10 for k in range(11)]),
        ("0:1:lin:3", [0, 0.5, 1]),
        ("0:2", [k / 5 for k in range(11)]),
        ("-1:1:lin:3", [-1, 0, 1]),
        ("1,2:4:lin:3,inf", [1, 2, 3, 4, math.inf]),
    ],
)
def test_numbers(typed, values):
    assert list(parse("--delta", FLOAT, typed).values) == values


@given(st.floats(1e-6, 1), st.floats(2, 1e6), st.integers(2, 60), st.sampled_from(["lin", "log"]))
def test_a_range_is_what_numpy_has(low, high, count, scale):
    space = np.linspace if scale == "lin" else np.geomspace
    found = parse("--delta", FLOAT, f"{low!r}:{high!r}:{scale}:{count}").values
    assert (found[0], found[-1]) == (low, high)
    np.testing.assert_allclose(found, space(low, high, count), rtol=1e-11)


def test_other_types():
    assert parse("--n", WHOLE, "1,3").values == (1, 3)
    assert parse("--n", WHOLE, "1:5:lin:5").values == (1, 2, 3, 4, 5)
    assert parse("--swap", YES, "on,off").values == (True, False)
    assert parse("--norm", WORD, "l1,l2").values == ("l1", "l2")


@pytest.mark.parametrize("given", [[0.5, 1], (0.5, 1), np.array([0.5, 1.0])], ids=["list", "tuple", "array"])
def test_values_from_python(given):
    assert parse("--delta", FLOAT, given).values == (0.5, 1)
    assert parse("--delta", FLOAT, 2.0).values == (2.0,)


@pytest.mark.parametrize(
    ("parameter", "typed", "said"),
    [
        (FLOAT, "a", "not a number"),
        (FLOAT, "1,,2", "not a number"),
        (FLOAT, "1:2:cubic", "not a range"),
        (FLOAT, "1:2:lin:x", "not a range"),
        (FLOAT, "1:2:lin:1", "not a range"),
        (FLOAT, "1:2:3:4:5", "not a range"),
        (FLOAT, "2:1", "does not go up"),
        (FLOAT, "0:1:log", "cannot begin at 0"),
        (FLOAT, "1:inf", "does not go up"),
        (FLOAT, "3:4:log", "no value 1, 2 or 5"),
        (FLOAT, f"0:1:lin:{MOST_RUNS + 1}", "201 values"),
        (FLOAT, "1,2,1.0", "the value 1.0 twice"),
        (YES, "perhaps", "it is"),
        (FLOAT, [], "no value"),
    ],
    ids=str,
)
def test_what_is_none_is_told(parameter, typed, said):
    with pytest.raises(ParameterError) as refused:
        parse("--x", parameter, typed)
    assert said in str(refused.value)
    assert "--x" in str(refused.value)


def test_a_grid_is_every_combination_and_not_too_large():
    found = grid([Range("a", (1, 2)), Range("b", (3, 4, 5))])
    assert found == [{"a": a, "b": b} for a in (1, 2) for b in (3, 4, 5)]
    assert grid([]) == [{}]
    with pytest.raises(UsageError, match="these are 400 runs"):
        grid([Range("a", tuple(range(20))), Range("b", tuple(range(20)))])


def test_a_list_of_numbers_that_a_parameter_is_stays_one():
    weight = next(p for p in losses.find("cross_entropy").parameters if p.name == "weight")
    assert parse("--weight", weight, "1,2,3").values == ("1,2,3",)
