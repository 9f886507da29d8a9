"""The line of the value: as much as there is room for, the number first."""

from __future__ import annotations

import pytest

from losscli import losses
from losscli.explore.session import Session
from losscli.knobs.options import Options

pytest.importorskip("textual")

from losscli.tui.value import line


@pytest.fixture(scope="module", params=["cross_entropy", "perplexity"])
def view(request, sample_data):
    files = [str(sample_data / f"digits_{name}.csv") for name in ("logits", "target")]
    with Session(losses.find(request.param), files, {}, Options()) as session:
        yield session.view(session.begin(), {})


def test_it_is_never_wider_than_there_is_room_and_never_without_its_number(view):
    whole = line(view, 6, 1000).plain
    assert "worst 1 %" in whole
    assert view.result.denominator_is in whole
    number, *_ = whole.split()
    for width in range(len(number), len(whole) + 1):
        found = line(view, 6, width).plain
        assert len(found) <= width
        assert found.startswith(number)
    assert line(view, 6, len(whole)).plain == whole


def test_what_says_least_goes_first(view):
    whole = line(view, 6, 1000).plain
    shorter = line(view, 6, len(whole) - 1).plain
    assert "worst 1 %" in shorter
    assert f" {view.result.denominator_is} " not in shorter
    fraction = shorter.partition("   worst")[0]
    assert line(view, 6, len(fraction)).plain == fraction
