"""What the declarations promise, asked of every loss in the registry."""

import numpy as np
import pytest
from drawing import cases, of_kind, rows_of, settled, taken
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import losscli
from losscli import losses
from losscli.errors import DataError, LossCLIError, ParameterError, ShapeError, UsageError
from losscli.spec.docs import SECTIONS
from losscli.spec.kinds import ANY, Along, Choice, Interval

ALL = losses.built_in()
LOSSES = [pytest.param(one, id=one.name) for one in ALL]
PAIRED = [p for p in LOSSES if all(i.streamed for i in p.values[0].inputs[:2])]
REAL_INPUTS = [
    pytest.param(one, role, id=f"{one.name}-{role.name}")
    for one in ALL
    for role in one.inputs
    if role.kind.dtype == "real" and role.streamed
]
WHOLE_INPUTS = [
    pytest.param(one, role, id=f"{one.name}-{role.name}") for one in ALL for role in one.inputs if not role.streamed
]
PARAMETERS = [pytest.param(one, p, id=f"{one.name}-{p.name}") for one in ALL for p in one.parameters]
LABELLED = [
    pytest.param(one, role, id=f"{one.name}-{role.name}")
    for one in ALL
    for role in one.inputs
    if role.kind.dtype == "label"
]
BOUNDED = [
    pytest.param(one, role, id=f"{one.name}-{role.name}")
    for one in ALL
    for role in one.inputs
    if role.kind.domain.bounded and not role.kind.soft
]


def _with_nan(data, case, role):
    """A copy of the case's inputs with NaN at a drawn place of one input, and that place."""
    changed = {name: x.copy() for name, x in case.inputs.items()}
    target = changed[role.name]
    flat = data.draw(st.integers(0, target.size - 1))
    target.reshape(-1)[flat] = np.nan
    return changed, np.unravel_index(flat, target.shape)


@pytest.mark.parametrize(("one", "role"), REAL_INPUTS + WHOLE_INPUTS)
@given(data=st.data())
def test_nan_in_any_input_is_an_error_that_names_it(one, role, data):
    case = data.draw(cases(one, full=role.name))
    changed, place = _with_nan(data, case, role)
    with pytest.raises(DataError) as caught:
        losscli.compute(one.name, **changed, **case.parameters)
    assert caught.value.message.startswith(f"{role.name}: 1 value is NaN")
    assert not place or str(place[0]) in caught.value.message
    assert "nan=" in caught.value.hint


@pytest.mark.parametrize(("one", "role"), REAL_INPUTS)
def test_nan_is_counted_and_its_first_place_named(one, role):
    rng = np.random.default_rng(3)
    given = _large(one, rng, 40)
    by_row = np.moveaxis(given[role.name], role.axis, 0)
    row, *columns = (5, *(2 for _ in by_row.shape[1:]))
    by_row[(row, *columns)] = np.nan
    by_row[17] = np.nan
    width = by_row[17].size
    with pytest.raises(DataError) as caught:
        losscli.compute(one.name, **given)
    assert caught.value.message.startswith(f"{role.name}: {1 + width} of {given[role.name].size} values are NaN")
    columns.insert(role.axis, row)
    places = [f"row {row}", f"row {row}, column 2", f"index {columns}"]
    assert places[len(columns) - 1] in caught.value.message


def _large(one, rng, rows):
    """Values inside every domain, in the first form, with 4 for every axis but the samples'."""
    form = one.signature.forms[0]
    sizes = {**settled(one), one.signature.sample_axis: (rows,)}
    given = {}
    for role, axes in zip(one.inputs, form.inputs, strict=False):
        shape = tuple(n for a in axes for n in sizes.get(a, () if a == "*" else (int(a) if a.isdigit() else 4,)))
        if role.kind.dtype == "label":
            reserved = next((p.default for p in one.parameters if p.name == role.kind.reserved), None)
            given[role.name] = rng.choice([label for label in range(4) if label != reserved], shape)
        elif role.kind.dtype == "length":
            given[role.name] = np.full(shape, 4)
        else:
            given[role.name] = of_kind(rng, role.kind, shape, -2.0, 2.0)
    return given


@pytest.mark.parametrize(("one", "role"), REAL_INPUTS)
@given(data=st.data())
def test_omit_is_computing_on_the_rows_without_nan(one, role, data):
    case = data.draw(cases(one, least=4, full=role.name))
    changed, place = _with_nan(data, case, role)
    rest = taken(case, np.delete(np.arange(rows_of(case)), place[role.axis]))
    omitted = losscli.compute(one.name, nan="omit", **changed, **case.parameters)
    expected = losscli.compute(one.name, **rest, **case.parameters)
    assert (omitted.omitted, expected.omitted) == (1, 0)
    assert omitted.samples == expected.samples
    np.testing.assert_equal(
        (omitted.value, omitted.numerator, omitted.denominator),
        (expected.value, expected.numerator, expected.denominator),
    )


@pytest.mark.parametrize(("one", "role"), REAL_INPUTS)
@given(data=st.data())
def test_propagate_computes_with_nan(one, role, data):
    case = data.draw(cases(one, full=role.name))
    changed, _ = _with_nan(data, case, role)
    result = losscli.compute(one.name, nan="propagate", **changed, **case.parameters)
    assert result.omitted == 0


@pytest.mark.parametrize(("one", "role"), BOUNDED)
@given(data=st.data())
def test_values_outside_the_domain_are_refused_with_their_place(one, role, data):
    case = data.draw(cases(one, full=role.name))
    changed = {name: x.astype(float) if name == role.name else x for name, x in case.inputs.items()}
    domain, target = role.kind_for(case.parameters).domain, changed[role.name]
    assume(domain.bounded)
    outside = [x for x in (domain.low - 0.5, domain.low + 0.5, domain.high + 0.5) if x not in domain]
    flat = data.draw(st.integers(0, target.size - 1))
    target.reshape(-1)[flat] = data.draw(st.sampled_from(outside))
    with pytest.raises(DataError, match=f"^{role.name}: 1 of {target.size} values are outside"):
        losscli.compute(one.name, **changed, **case.parameters)


@pytest.mark.parametrize(("one", "role"), LABELLED)
@given(data=st.data())
def test_labels_that_are_no_class_are_refused(one, role, data):
    case = data.draw(cases(one, full=role.name))
    assume(case.kind(role.name).dtype == "label")
    ignored, classes = case.parameters.get(role.kind.ignorable), case.letters.get("C")
    none = (0.5,) if classes is None else (*classes, -1, -7, 0.5)  # identities are any whole numbers
    bad = data.draw(st.sampled_from([x for x in none if x not in (ignored, role.kind.padding)]))
    target = case.inputs[role.name].astype(float)
    target.reshape(-1)[data.draw(st.integers(0, target.size - 1))] = bad
    with pytest.raises(DataError, match=f"^{role.name}: ") as caught:
        losscli.compute(one.name, **{**case.given, role.name: target})
    assert f"{bad:g}" in caught.value.message


@pytest.mark.parametrize(("one", "role"), LABELLED)
@given(data=st.data())
def test_labels_of_any_number_type_are_the_same_labels(one, role, data):
    case = data.draw(cases(one, full=role.name))
    assume(case.kind(role.name).dtype == "label")
    expected = losscli.compute(one.name, **case.given)
    for dtype in (np.float64, np.float32, np.int16, np.int32):
        found = losscli.compute(one.name, **{**case.given, role.name: case.inputs[role.name].astype(dtype)})
        np.testing.assert_equal((found.value, found.ignored), (expected.value, expected.ignored))


def _outside(p):
    """Values a parameter must refuse."""
    if p.type == "bool":
        return []
    if isinstance(p.domain, Choice):
        return ["no such choice", ""]
    domain = p.domain.domain if isinstance(p.domain, Along) else p.domain
    ends = [(domain.low, domain.closed_low, -1), (domain.high, domain.closed_high, 1)]
    bad = [float("nan")]
    soft = isinstance(p.domain, Along) and p.domain.soft
    for end, closed, direction in ends:
        if np.isfinite(end) and not soft:
            bad += [end + direction] + ([] if closed else [end])
    if isinstance(p.domain, Along):
        return [[1.0, x] for x in bad]
    return [*bad, "two"] + ([1.5] if p.type == "int" else [])


@pytest.mark.parametrize(("one", "p"), PARAMETERS)
def test_parameters_outside_their_domain_are_refused(one, p):
    given = _large(one, np.random.default_rng(0), 5)
    for bad in _outside(p):
        with pytest.raises(ParameterError, match=p.name):
            losscli.compute(one.name, **given, **{p.name: bad})


@pytest.mark.parametrize(("one", "p"), PARAMETERS)
def test_defaults_and_closed_ends_are_taken(one, p):
    given = _large(one, np.random.default_rng(0), 8)
    domain = p.domain
    ends = [domain.low, domain.high] if isinstance(domain, Interval) and domain != ANY else []
    good = [p.default, *(domain.options if isinstance(domain, Choice) else ())]
    good += [x if p.type == "float" else int(x) for x in ends if x in domain and np.isfinite(x)]
    for value in good:
        result = losscli.compute(one.name, reduction="mean", **given, **({} if value is None else {p.name: value}))
        np.testing.assert_equal(result.params[p.name], value)


@pytest.mark.parametrize("one", LOSSES)
def test_every_section_of_the_docstring_is_there(one):
    wanted = [s for s in SECTIONS if s != "Parameters" or one.parameters]
    assert list(one.doc.sections) == wanted
    assert all(one.doc.sections.values())
    assert one.doc.title
    assert one.doc.summary
    assert len(one.doc.items("References")) >= 1
    assert one.doc.sections["Example"].startswith(f"losscli compute {one.name} sample_data/")


@pytest.mark.parametrize("one", LOSSES)
def test_every_input_and_parameter_is_explained_and_none_besides(one):
    assert list(one.doc.entries("Inputs")) == [i.name for i in one.inputs]
    assert list(one.doc.entries("Parameters")) == [p.name for p in one.parameters]
    assert all(x.meaning for x in (*one.inputs, *one.parameters))


def test_a_listing_tells_what_the_losses_declare():
    found = [(one.name, one.family, one.title) for one in losses.entries() if one.origin == "losscli"]
    assert found == [(one.name, one.family, one.doc.title) for one in ALL]


def test_names_and_aliases_are_unique_to_lookup():
    owners: dict[str, set[str]] = {}
    for one in ALL:
        for name in (one.name, *one.aliases):
            owners.setdefault(losses.normal(name), set()).add(one.name)
    assert {name: found for name, found in owners.items() if len(found) > 1} == {}


@pytest.mark.parametrize("one", LOSSES)
def test_every_name_finds_the_loss_in_any_writing(one):
    for name in (one.name, *one.aliases, one.torch or one.name):
        for written in (name, name.upper(), name.swapcase(), name.replace("_", "-"), f"_{name}-"):
            assert losses.find(written) is one


def test_an_unknown_name_lists_the_nearest():
    with pytest.raises(UsageError) as caught:
        losses.find("huver")
    assert "huber" in caught.value.hint


@pytest.mark.parametrize("one", LOSSES)
def test_a_reduction_that_is_none_of_a_loss_is_refused(one):
    given = _large(one, np.random.default_rng(0), 5)
    for reduction in {"mean", "sum", "none"} - set(one.reductions):
        with pytest.raises(UsageError):
            losscli.compute(one.name, reduction=reduction, **given)
    with pytest.raises(UsageError):
        losscli.compute(one.name, reduction="median", **given)


@pytest.mark.parametrize("one", LOSSES)
@settings(max_examples=10)
@given(data=st.data())
def test_kernel_repeats_itself(one, data):
    case = data.draw(cases(one))
    for backend in ("numpy", "torch"):
        first, again = (losscli.compute(one.name, backend=backend, **case.given) for _ in range(2))
        np.testing.assert_equal((first.value, first.signature), (again.value, again.signature))


@pytest.mark.parametrize("one", [p for p in LOSSES if p.values[0].mean_over])
def test_every_result_says_what_its_mean_counts(one):
    result = losscli.compute(one.name, **_large(one, np.random.default_rng(0), 5))
    assert result.denominator_is
    assert result.samples == 5


@pytest.mark.parametrize("one", PAIRED)
def test_a_missing_row_is_refused_with_both_shapes(one):
    given = _large(one, np.random.default_rng(0), 6)
    streamed = [i.name for i in one.inputs if i.streamed]
    given[streamed[-1]] = given[streamed[-1]][:-1]
    with pytest.raises(ShapeError):
        losscli.compute(one.name, **given)


@pytest.mark.parametrize("one", PAIRED)
def test_predictions_are_never_broadcast_against_targets(one):
    given = _large(one, np.random.default_rng(0), 6)
    given[one.inputs[1].name] = given[one.inputs[1].name][:1]
    with pytest.raises(ShapeError):
        losscli.compute(one.name, **given)


@pytest.mark.parametrize("one", LOSSES)
def test_files_without_samples_are_refused(one):
    given = {name: x[:0] for name, x in _large(one, np.random.default_rng(0), 6).items()}
    with pytest.raises(LossCLIError):
        losscli.compute(one.name, **given)
