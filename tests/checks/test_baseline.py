"""Baselines as text: the same values are the same bytes, and what must not be compared is not."""

from __future__ import annotations

import json

import numpy as np
import pytest

import losscli
from losscli.checks.baseline import Baseline, entry_of, parsed, reference, updated
from losscli.errors import LossCLIError

TRUTHS = {"target", "weight"}


def inputs(**hashes):
    return {name: {"source": f"{name}.csv", "sha256": sha, "bytes": 1} for name, sha in hashes.items()}


@pytest.fixture
def result():
    return losscli.compute("mse", [1.0, 2.0], [0.0, 0.0])


SAME = inputs(pred="1" * 64, target="2" * 64)


@pytest.fixture
def stored(result):
    return Baseline("b.json", {"a": {"mse": entry_of(result, SAME)}})


def compared(stored, result, given=SAME, change=lambda entry: None):
    entry = json.loads(json.dumps(stored.entry("a", "mse")))
    change(entry)
    return reference(entry, stored, "a", result, given, TRUTHS)


def test_text_reads_back_and_is_the_same_whatever_the_order(stored, result):
    text = stored.text()
    assert parsed(text, "b.json") == stored
    more = stored.with_entry("0", "l1", {"value": 1.0})
    assert more.text() == parsed(more.text(), "b.json").text()
    assert list(json.loads(more.text())["checks"]) == ["0", "a"]
    assert stored.entry("b", "mse") is None


def test_what_is_stored_is_what_is_compared_with(stored, result):
    found = compared(stored, result)
    assert (found.name, found.whole.value, found.notes) == ("b.json", 2.5, ("the same predictions as the baseline's",))
    assert compared(stored, result, inputs(pred="9", target="2" * 64)).notes == ()


def test_other_versions_are_a_note_and_another_way_is_refused(stored, result):
    def older(entry):
        entry["signature"] = f"mse|mean/elements|numpy:1.0/abcdef|float64|losscli:{losscli.__version__}"

    note = compared(stored, result, inputs(pred="9", target="2" * 64), older).notes
    assert note == (f"numpy 1.0 then, {np.__version__} now",)

    def other(entry):
        entry["signature"] = entry["signature"].replace("mse|", "mse(weight=given)|")

    with pytest.raises(LossCLIError, match="computed in another way"):
        compared(stored, result, change=other)


def test_other_data_are_refused_with_both_hashes(stored, result):
    with pytest.raises(LossCLIError, match=r"target\.csv .* \(sha256 222222222222… then, 333333333333… now\)"):
        compared(stored, result, inputs(pred="1" * 64, target="3" * 64))
    with pytest.raises(LossCLIError, match="computed without weight"):
        compared(stored, result, SAME | inputs(weight="1"))
    with pytest.raises(LossCLIError, match="2 samples"):
        compared(stored, losscli.compute("mse", [1.0], [0.0]))


@pytest.mark.parametrize("key", ["value", "signature", "inputs", "groups", "samples"])
def test_entry_that_is_not_whole_is_refused(stored, result, key):
    with pytest.raises(LossCLIError, match="entry of a is not whole"):
        compared(stored, result, change=lambda entry: entry.pop(key))
    with pytest.raises(LossCLIError, match="entry of a is not whole"):
        compared(stored, result, change=lambda entry: entry.update({key: None}))


@pytest.mark.parametrize("pred", [None, 5, "x"])
def test_entry_with_an_input_that_is_none_is_refused(stored, result, pred):
    with pytest.raises(LossCLIError, match="entry of a is not whole"):
        compared(stored, result, change=lambda entry: entry["inputs"].update(pred=pred))


def test_nothing_stored_is_refused(stored, result):
    with pytest.raises(LossCLIError, match=r"b\.json holds no value of mse for a"):
        reference(None, stored, "a", result, SAME, TRUTHS)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"kind": "losscli baseline", "checks": []}', "{", '"x"'])
def test_what_is_no_baseline_is_refused(text):
    with pytest.raises(LossCLIError, match=r"b\.json: is not"):
        parsed(text, "b.json")


@pytest.mark.parametrize("entries", ["5", "null", "[]", '{"mse": 5}', '{"mse": null}'])
def test_damaged_baseline_names_the_check(entries):
    text = f'{{"kind": "losscli baseline", "schema": 1, "checks": {{"a": {entries}}}}}'
    with pytest.raises(LossCLIError, match=r"b\.json: what it holds of a is no table of losses") as refused:
        parsed(text, "b.json")
    assert refused.value.hint.startswith("is it the right file?")


def test_newer_schema_is_refused():
    with pytest.raises(LossCLIError, match="schema 2"):
        parsed('{"kind": "losscli baseline", "schema": 2, "checks": {}}', "b.json")


@pytest.mark.parametrize(("new", "only_better", "written"), [(3.0, False, True), (3.0, True, False), (2.0, True, True)])
def test_update_writes_what_was_computed_or_only_what_is_lower(stored, new, only_better, written):
    entry = stored.entry("a", "mse") | {"value": new}
    found, (change,) = updated(stored, {("a", "mse"): entry}, only_better)
    assert (change.old, change.new, change.written) == (2.5, new, written)
    assert found.entry("a", "mse")["value"] == (new if written else 2.5)
    assert ("left as it is" in change.text) != written
    assert f"2.5 → {new:g}" in change.text


@pytest.mark.parametrize("value", ["x", None, float("nan"), [1]])
def test_damaged_value_is_written_anew(stored, value):
    entry = stored.entry("a", "mse")
    damaged = stored.with_entry("a", "mse", entry | {"value": value})
    found, (change,) = updated(damaged, {("a", "mse"): entry}, only_better=True)
    assert (found.entry("a", "mse"), change.text) == (entry, "a mse: 2.5, new")


GROUPED = {"pred": [1.0, 2.0, 3.0], "target": [0.0, 0.0, 0.0], "sample_weight": [1.0, 1.0, 0.0]}


def grouped(tmp_path, groups):
    path = tmp_path / "g.csv"
    path.write_text("g\n" + "".join(f"{name}\n" for name in groups), encoding="utf-8")
    return losscli.compute("mse", **GROUPED, by=[f"{path}::g"])


def test_group_in_which_nothing_counts_is_json(tmp_path):
    result = grouped(tmp_path, "aab")
    text = Baseline("b.json", {"a": {"mse": entry_of(result, SAME)}}).text()
    entry = json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} is not JSON"))["checks"]["a"]["mse"]
    assert entry["groups"]["g=b"]["value"] == "NaN"
    known = reference(entry, parsed(text, "b.json"), "a", result, SAME, TRUTHS).groups
    assert np.isnan(known["b",].value)
    assert known["a",].value == 2.5


def test_groups_of_other_samples_are_not_compared(tmp_path):
    stored = Baseline("b.json", {"a": {"mse": entry_of(grouped(tmp_path, "aab"), SAME)}})
    with pytest.raises(LossCLIError, match="g=a held 2 samples in the baseline, and holds 1 now"):
        compared(stored, grouped(tmp_path, "abb"))


def test_update_of_what_is_not_stored_is_new(stored):
    found, changes = updated(stored, {("b", "l1"): {"value": 1.5}}, only_better=True)
    assert [one.text for one in changes] == ["b l1: 1.5, new"]
    assert found.entry("a", "mse") == stored.entry("a", "mse")
    assert updated(stored, {("a", "mse"): stored.entry("a", "mse")}, False)[1][0].text == "a mse: 2.5, as before"
