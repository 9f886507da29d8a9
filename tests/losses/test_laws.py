"""Laws that every loss obeys, whatever the data."""

import math

import numpy as np
import pytest
from drawing import cases, rows_of, taken
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from identities import PAIRS, close, value

import losscli
from losscli import losses
from losscli.spec.calls import names
from losscli.spec.kinds import Along

LOSSES = [pytest.param(one, id=one.name) for one in losses.built_in()]
SUMS = [p for p in LOSSES if "sum" in p.values[0].reductions]
UNREDUCED = [p for p in LOSSES if "none" in p.values[0].reductions]
MEANS = [p for p in LOSSES if "value" not in p.values[0].hooks]
ONE_UNIT = [
    p
    for p in UNREDUCED
    if {p.values[0].signature.sample_axis} == {*p.values[0].signature.forms[0].output} - {"*"}
    or p.values[0].signature.elementwise
]
# A loss that streams all its inputs does not know the order of samples.
UNORDERED = [p for p in LOSSES if all(i.streamed for i in p.values[0].inputs)]


@pytest.mark.parametrize("name", ["l1", "mse", "smooth_l1", "huber", "rmse", "median_absolute_error"])
@given(PAIRS)
def test_error_losses_are_symmetric_in_their_two_files(name, pair):
    assert value(name, *pair) == value(name, *pair[::-1])


@pytest.mark.parametrize("name", ["l1", "mse", "smooth_l1", "huber", "rmse", "median_absolute_error"])
@given(PAIRS)
def test_error_losses_are_0_without_an_error(name, pair):
    assert value(name, pair[0], pair[0]) == 0.0


@pytest.mark.parametrize("one", UNREDUCED)
@given(data=st.data())
def test_no_unit_is_below_the_lowest(one, data):
    case = data.draw(cases(one))
    # Defaults for the rest: other parameters may move the least value (unequal smoothing does).
    deciding = {i.kind.ignorable for i in one.inputs if i.kind.ignorable}
    deciding |= {i.kind.reserved for i in one.inputs if i.kind.reserved}
    deciding |= {name for i in one.inputs if i.chosen for name in names(i.chosen.choose)}
    deciding |= {p.name for p in one.parameters if isinstance(p.domain, Along) and p.default is not None}
    chosen = {name: case.parameters[name] for name in deciding}
    units = value(one.name, reduction="none", **case.inputs, **chosen)
    # 1 - overlap/size may round below 0.
    assert not (units < one.lowest - 1e-15).any()


@pytest.mark.parametrize("one", MEANS)
@given(data=st.data())
def test_mean_is_the_shown_fraction(one, data):
    result = losscli.compute(one.name, **data.draw(cases(one)).given)
    with np.errstate(all="ignore"):
        np.testing.assert_equal(result.value, float(np.float64(result.numerator) / np.float64(result.denominator)))


@pytest.mark.parametrize("one", SUMS)
@given(data=st.data())
def test_sum_is_the_shown_numerator(one, data):
    case = data.draw(cases(one))
    total = losscli.compute(one.name, reduction="sum", **case.given)
    np.testing.assert_equal(total.value, total.numerator)
    # A mean that weighs each value by what the loss says has another numerator, told beside the kernel.
    if not one.weighs_values:
        np.testing.assert_equal(total.numerator, losscli.compute(one.name, **case.given).numerator)


@pytest.mark.parametrize("one", ONE_UNIT)
@given(data=st.data())
def test_per_sample_of_one_unit_a_sample_is_the_unreduced_result(one, data):
    case = data.draw(cases(one))
    result = losscli.compute(one.name, reduction="none", per_sample=True, **case.given)
    units = np.asarray(result.value)
    assume(units.ndim <= 1)
    # Ignored units are 0 among the unreduced values, as in torch.
    np.testing.assert_array_equal(np.where(result.ignored_samples, 0.0, result.per_sample), units.reshape(-1))


@pytest.mark.parametrize("one", LOSSES)
@given(data=st.data())
def test_per_sample_values_are_one_a_sample_and_lead_back_to_the_sum(one, data):
    case = data.draw(cases(one))
    reduction = "sum" if "sum" in one.reductions else "mean"
    result = losscli.compute(one.name, reduction=reduction, per_sample=True, **case.given)
    if result.per_sample is None:
        assert one.whole
        return
    batched = one.signature.sample_axis in case.form.inputs[0] and case.inputs[one.inputs[0].name].ndim > 0
    assert result.per_sample.shape == ((rows_of(case),) if batched else (1,))
    if reduction == "sum" and not one.by_sample:
        close(result.per_sample[~result.ignored_samples].sum(), result.value, rtol=1e-14)


@pytest.mark.parametrize("one", MEANS)
@settings(suppress_health_check=[HealthCheck.filter_too_much])  # few cases of ranknet have as many pairs as lists
@given(data=st.data())
def test_a_mean_over_samples_is_the_mean_of_what_is_exported(one, data):
    case = data.draw(cases(one))
    result = losscli.compute(one.name, per_sample=True, **case.given)
    if result.per_sample is None:
        assert one.whole
        return
    each = result.denominator + result.ignored, len(result.per_sample)
    # Not so where weights or pairs are counted, or where ignored units lie inside of samples.
    assume(each[0] == math.prod(case.result_shape) or one.by_sample)
    assume(result.ignored * each[1] == result.ignored_samples.sum() * each[0])
    left = result.per_sample[~result.ignored_samples]
    close(left.mean() if len(left) else np.nan, result.value, rtol=1e-13, atol=1e-15)


@pytest.mark.parametrize("one", UNORDERED)
@given(data=st.data())
def test_order_of_samples_does_not_matter(one, data):
    case = data.draw(cases(one, least=2))
    order = data.draw(st.permutations(range(rows_of(case))))
    # An input that is not one row a sample (a weight that is repeated) stays as it is.
    moved = taken(case, list(order))
    close(value(one.name, **moved, **case.parameters), value(one.name, **case.given), rtol=1e-13, atol=1e-14)


@pytest.mark.parametrize("one", LOSSES)
@given(data=st.data())
def test_inputs_and_array_parameters_are_never_written_to(one, data):
    case = data.draw(cases(one))
    arrays = {name: x for name, x in case.given.items() if isinstance(x, np.ndarray)}
    before = {name: x.copy() for name, x in arrays.items()}
    for backend in ("numpy", "torch"):
        losscli.compute(one.name, backend=backend, per_sample=True, **case.given)
    for name, x in arrays.items():
        np.testing.assert_array_equal(x, before[name])
