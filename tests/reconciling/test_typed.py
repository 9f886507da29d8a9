"""Numbers as they are typed: their value, and what rounding may have changed."""

from __future__ import annotations

import pytest

from losscli.errors import UsageError
from losscli.reconciling.typed import typed


@pytest.mark.parametrize(
    ("text", "value", "tolerance", "digits"),
    [
        ("0.2765", 0.2765, 5e-5, 4),
        ("172.3", 172.3, 0.05, 4),
        ("-1.50", -1.5, 0.005, 3),
        ("1.2e-3", 0.0012, 5e-5, 2),
        ("12", 12.0, 0.5, 2),
        ("0.0", 0.0, 0.05, 1),
        ("96.1%", 0.961, 5e-4, 3),
    ],
)
def test_digits_tell_the_precision(text, value, tolerance, digits):
    found = typed(text)
    assert (found.value, found.digits) == (value, digits)
    assert found.tolerance == pytest.approx(tolerance, rel=1e-12)


def test_all_digits_of_a_float_are_no_surer_than_a_sum():
    found = typed("0.98754580858030427")
    assert found.tolerance == pytest.approx(1e-12 * found.value)
    assert typed("-98754580858030427").tolerance == pytest.approx(98754.580858030427)


@pytest.mark.parametrize("text", ["x", "", "nan", "inf", "1,5", "%", "1e400", "-1e400", "1e-400"])
def test_what_is_no_number_is_refused(text):
    with pytest.raises(UsageError):
        typed(text)
