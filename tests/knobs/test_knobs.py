"""Knobs as they are declared: each complete, its default a value of its own, none declared twice."""

from __future__ import annotations

import inspect

import numpy as np
import pytest

import losscli
from losscli import losses
from losscli.cli.commands import check, compare, compute, curve, dist, explain, explore, grad, sweep
from losscli.errors import UsageError
from losscli.knobs import BESIDE, GIVEN, PLACED, SILENT, TOLD, Knobs, knob
from losscli.knobs.checking import CheckOptions, CheckOutputOptions
from losscli.knobs.comparing import CompareOptions, CompareOutputOptions
from losscli.knobs.exploring import DistOptions, DistOutputOptions, ExplainOptions, ExplainOutputOptions
from losscli.knobs.options import (
    ComputeOptions,
    CurveOptions,
    GradOptions,
    GradOutputOptions,
    Options,
    PictureOptions,
    ReadOptions,
    ShowOptions,
    SweepOptions,
)
from losscli.spec.kinds import SPACE_NAMES
from losscli.tui.options import ExploreOptions

GROUPS = [ReadOptions, Options, ComputeOptions, ShowOptions]
DECLARED = (
    Options,
    ComputeOptions,
    ShowOptions,
    CheckOptions,
    CheckOutputOptions,
    CompareOptions,
    CompareOutputOptions,
    GradOptions,
    GradOutputOptions,
    PictureOptions,
    SweepOptions,
    CurveOptions,
    DistOptions,
    DistOutputOptions,
    ExplainOptions,
    ExplainOutputOptions,
    ExploreOptions,
)
EVERY = [
    pytest.param(group, one, id=f"{group.__name__}-{one.name}") for group in DECLARED for one in group.knobs.values()
]


@pytest.mark.parametrize(("group", "one"), EVERY)
def test_a_default_is_a_value_that_the_knob_takes(group, one):
    assert getattr(group(), one.name) == one.default
    assert one.checked(one.default, one.name) == one.default
    assert group(**{one.name: one.default}).check() is None


@pytest.mark.parametrize(("group", "one"), EVERY)
def test_a_knob_is_a_sentence_and_says_what_a_signature_tells_of_it(group, one):
    assert one.help[0].isupper() or one.help.startswith("numpy")
    assert one.help.endswith(".")
    assert one.signed in (TOLD, PLACED, GIVEN, BESIDE, SILENT)
    assert one.group


def test_a_knob_stands_where_the_one_stands_that_it_takes_the_place_of():
    class Own(Options, group="Own"):
        by: tuple[str, ...] = knob((), "Groups.")
        limit: int = knob(3, "A limit.")
        other: int = knob(3, "Another.", group="Elsewhere")

    groups = {name: one.group for name, one in Own.knobs.items()}
    assert (groups["by"], groups["limit"], groups["other"]) == (Options.knobs["by"].group, "Own", "Elsewhere")


WITH = {"sort": {"by": ("site",)}}
"""What a knob says nothing without."""


@pytest.mark.parametrize(("group", "one"), [p for p in EVERY if p.values[1].choices])
def test_a_choice_is_one_of_those_there_are(group, one):
    more = WITH.get(one.name, {})
    assert [getattr(group(**{one.name: choice}, **more), one.name) for choice in one.choices] == list(one.choices)
    with pytest.raises(UsageError, match=f"{one.name} is 'odd'"):
        group(**{one.name: "odd"}, **more)


@pytest.mark.parametrize(("group", "one"), [p for p in EVERY if p.values[1].least is not None])
def test_a_number_below_the_least_is_refused(group, one):
    assert getattr(group(**{one.name: one.least}), one.name) == one.least
    with pytest.raises(UsageError, match=f"it is {one.least} or more"):
        group(**{one.name: one.least - 1})


def test_a_number_above_the_most_is_refused():
    assert ShowOptions(digits=17).digits == 17
    with pytest.raises(UsageError, match="digits is 18"):
        ShowOptions(digits=18)


@pytest.mark.parametrize("odd", [float("nan"), float("inf"), "-inf", "much", [1, 2]])
def test_a_number_that_is_none_or_not_finite_is_refused(odd):
    with pytest.raises(UsageError, match="it is a finite number"):
        CheckOptions(max=odd)
    assert (CheckOptions(max=3).max, CheckOptions(max="0.5").max) == (3.0, 0.5)


def test_choices_are_those_that_losses_know():
    assert Options.knobs["pred_is"].choices == tuple(SPACE_NAMES)
    assert {r for one in losses.built_in() for r in one.reductions} == set(Options.knobs["reduction"].choices)


@pytest.mark.parametrize(
    "command",
    [compute, check, curve, dist, explain, explore, grad, sweep],
    ids=["compute", "check", "curve", "dist", "explain", "explore", "grad", "sweep"],
)
def test_flags_are_not_shared(command):
    flags = [flag for one in command.Asked.offered() for flag in (one.short, one.flag)]
    given = [flag for flag in flags if flag]
    assert len(set(given)) == len(given)


@pytest.mark.parametrize("command", [check, compare, curve, dist, explain, grad, sweep], ids=lambda x: x.app.info.name)
def test_python_offers_what_the_command_offers(command):
    name = command.app.info.name
    shared = set(Options.knobs)
    offered = set(inspect.signature(getattr(losscli, name)).parameters) & shared
    assert offered == {one.name for one in command.Asked.offered()} & shared
    for one in command.Asked.without:
        if one in shared:
            with pytest.raises(UsageError, match=f"{one} has no part in this"):
                getattr(losscli, name)("mse", [1.0], [2.0], **{one: ["something"]})


def test_what_has_no_part_may_be_given_as_it_is_anyway():
    unasked = {name: GradOptions.knobs[name].default for name in GradOptions.without}
    assert losscli.grad("mse", [1.0], [2.0], **unasked).array[0] == -2.0
    with pytest.raises(UsageError, match="cluster has no part"):
        losscli.grad("mse", [1.0], [2.0], cluster=np.array([1, 2]))


def test_groups_that_inherit_have_the_knobs_of_both_their_own_first():
    class Own(ReadOptions):
        limit: int = knob(3, "A limit.", least=0)

    assert list(Own.knobs) == ["limit", *ReadOptions.knobs]
    assert (Own().limit, Own(limit=4, missing="omit").missing) == (3, "omit")


def test_a_copy_differs_in_what_is_asked_for_alone():
    one = Options(reduction="sum", by=["a", "b"])
    two = one.but(reduction="mean")
    assert (one.reduction, one.by) == ("sum", ("a", "b"))
    assert (two.reduction, two.by) == ("mean", ("a", "b"))


def test_what_is_no_knob_is_left_for_others():
    options, rest = Options.out_of({"nan": "omit", "beta": 2.0})
    assert (options.nan, options.omits, rest) == ("omit", True, {"beta": 2.0})
    assert isinstance(options, Knobs)


@pytest.mark.parametrize("one", losses.built_in(), ids=lambda one: one.name)
def test_no_input_or_parameter_of_a_loss_has_the_name_of_a_knob(one):
    # One of a loss of its own goes before `sweep`'s temperature, which tests/cli/test_sweep.py sees to.
    assert {*one.argument_names}.isdisjoint(
        {name for group in DECLARED for name in group.knobs} - ({"temperature"} & SweepOptions.__annotations__.keys())
    )
