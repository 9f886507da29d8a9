"""What files hold, what fits, what looks wrong: on data as a model and its labels have them, and with each mistake."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import numpy as np
import pytest
from shell import cli, refused

import losscli
from losscli import losses
from losscli.diagnosis.doctor import ERRORS
from losscli.diagnosis.fits import every_fit
from losscli.diagnosis.reading import read_all
from losscli.errors import WARNINGS
from losscli.inputs.files import Files
from losscli.knobs.options import Options
from losscli.spec.arithmetic import log_softmax

ROWS, CLASSES = 400, 6
RNG = np.random.default_rng(8)
LABELS = RNG.integers(0, CLASSES, ROWS)
LOGITS = RNG.normal(0, 1.5, (ROWS, CLASSES)) + 4.0 * np.eye(CLASSES)[LABELS]
LOG_PROBS = log_softmax(np, LOGITS.T).T
NUMBERS = RNG.normal(50, 10, ROWS)
FORECAST = NUMBERS + RNG.normal(0, 5, ROWS)
FLAGS = (RNG.uniform(size=ROWS) < 0.4).astype(float)
SCORES = 4.0 * FLAGS - 2.0 + RNG.normal(0, 1, ROWS)


def _with(values, **places):
    found = values.astype(float).copy()
    for row, value in places.items():
        found[int(row[1:])] = value
    return found


ORDER = RNG.permutation(ROWS)
PAIRS = {
    # name: (prediction, target, codes of what is found, options of the best command)
    "classes": (LOGITS, LABELS, [], []),
    "numbers": (FORECAST, NUMBERS, [], []),
    "yes and no": (SCORES, FLAGS, [], []),
    "probabilities of yes": (1.0 / (1.0 + np.exp(-SCORES)), FLAGS, [], []),
    "signs": (SCORES, 2.0 * FLAGS - 1.0, [], []),
    "log-probabilities": (LOG_PROBS, LABELS, [], []),
    "probabilities": (np.exp(LOG_PROBS), LABELS, ["L201"], ["--pred-is", "probs"]),
    "one-hot": (LOGITS, np.eye(CLASSES)[LABELS], [], []),
    "from 1": (LOGITS, LABELS + 1, ["L212"], ["--label-base", "1"]),
    "ignored": (LOGITS, np.where(np.arange(ROWS) % 9, LABELS, -1), ["L213"], ["--ignore-index", "-1"]),
    "columns in another order": (LOGITS[:, ::-1], LABELS, ["L207", "L404"], []),
    "rows in another order": (LOGITS, LABELS[ORDER], ["L214", "L404"], []),
    "numbers in another order": (FORECAST, NUMBERS[ORDER], ["L214", "L404"], []),
    "answers in another order": (4 * SCORES, FLAGS[ORDER], ["L214", "L404"], []),
    "a row off": (LOGITS, np.roll(LABELS, 1), ["L208", "L214", "L404"], []),
    "standardised": ((FORECAST - 50) / 11, NUMBERS, ["L215", "L404"], []),
    "targets standardised": (FORECAST, (NUMBERS - 50) / 10, ["L215", "L404"], []),
    "swapped": (LABELS, LOGITS, ["L205"], None),
    "swapped answers": (FLAGS, SCORES, ["L205"], None),
    "NaN": (_with(FORECAST, _3=np.nan), NUMBERS, ["L210"], ["--nan", "omit"]),
    "infinite": (_with(FORECAST, _3=np.inf), NUMBERS, ["L210"], []),
    "a constant": (np.full(ROWS, 49.0), NUMBERS, ["L211", "L404"], []),
    "a lost row": (LOGITS, LABELS[1:], ["L108"], None),
}  # fmt: skip


@pytest.fixture
def pair(folder, request):
    pred, target, codes, flags = PAIRS[request.param]
    np.save(folder / "pred.npy", pred)
    np.save(folder / "target.npy", target)
    return losscli.doctor("pred.npy", "target.npy"), codes, flags


@pytest.mark.parametrize("pair", PAIRS, indirect=True)
def test_each_mistake_is_found_and_nothing_else(pair):
    found, codes, _ = pair
    assert [one.code for one in found.findings] == codes
    assert found.healthy == (not set(codes) & set(ERRORS))
    assert (cli("doctor", "pred.npy", "target.npy").code == 0) == found.healthy
    assert (cli("doctor", "pred.npy", "target.npy", "--strict").code == 0) == (not codes)


@pytest.mark.parametrize("pair", PAIRS, indirect=True)
def test_every_command_that_is_offered_computes(pair):
    found, _, flags = pair
    assert bool(found.fits) == (flags is not None)
    for one in found.fits:
        ran = cli(*shlex.split(" ".join(found.command(one)))[1:], "-q")
        assert ran.code == 0, (found.command(one), ran.err)
    if flags:
        assert found.command(found.fits[0])[-len(flags) :] == flags


@pytest.mark.parametrize("pair", PAIRS, indirect=True)
def test_what_compute_warns_of_is_found(pair):
    """With the options that are offered, or without those that explain the warning away."""
    found, codes, _ = pair
    if not found.fits:
        return
    words = shlex.split(" ".join(found.command(found.fits[0])))[1:]
    warned = {line.split()[1].rstrip(":") for line in cli(*words, "-q").warnings}
    assert warned <= set(codes)
    assert set(codes) - warned <= {"L201", "L210", "L211", "L212", "L213", "L214", "L215", "L404"}


@pytest.mark.parametrize("one", losses.built_in(), ids=lambda one: one.name)
def test_a_loss_fits_the_files_of_its_example(monkeypatch, sample_data, one):
    monkeypatch.chdir(sample_data.parent)
    words = one.doc.sections["Example"].split()[3:]
    named = {role.name: words[words.index(f"--{role.name}") + 1] for role in one.inputs if f"--{role.name}" in words}
    files = [word for word in words if word.startswith("sample_data/")]
    roles = [role.name for role in one.inputs if not role.optional]
    if named.keys() >= set(roles):
        files = [f"{files[0]}::{named[role]}" for role in roles]
    files = files[: len(roles)]
    with Files(Options()) as opened:
        read = read_all(opened, files)
    fitting = every_fit([file.facts for file in read])
    assert one.name in [fit.loss.name for fit in fitting]


# What is shown


def test_a_diagnosis_for_reading(monkeypatch, sample_data):
    monkeypatch.chdir(sample_data)
    ran = cli("doctor", "digits_logits.csv", "digits_target.csv")
    assert (ran.code, ran.err) == (0, "")
    for told in (
        "csv, 899 × 10, header",
        "no NaN, no inf; -8.29616 … 8.90666",
        "10 classes? integers, each 87 … 92 times",
        "accuracy 0.961, mean confidence 0.877",
        "losscli compute cross_entropy",
        "no findings.",
    ):
        assert told in ran.out
    assert all(len(line) <= 80 for line in ran.out.splitlines())


def test_a_diagnosis_as_json(folder):
    np.save("pred.npy", _with(FORECAST, _3=np.nan, _5=-np.inf))
    np.save("target.npy", NUMBERS)
    document = json.loads(cli("doctor", "pred.npy", "target.npy", "-f", "json").out)
    (pred, target) = document["files"]
    assert (pred["shape"], pred["nan"], pred["infinite"], pred["missing"]) == ([ROWS], 1, 1, 0)
    assert (target["low"], target["high"]) == (NUMBERS.min(), NUMBERS.max())
    assert [one["code"] for one in document["findings"]] == ["L210"]
    assert document["findings"][0]["severity"] == "warning"
    assert "row 3" in document["findings"][0]["message"]
    assert document["healthy"]
    assert document["together"]["correlation"] == pytest.approx(
        np.corrcoef(np.delete(FORECAST, [3, 5]), np.delete(NUMBERS, [3, 5]))[0, 1], rel=1e-9
    )
    cli("doctor", "pred.npy", "target.npy", "-o", "d.json")
    with open("d.json", encoding="utf-8") as file:
        assert json.load(file) == document


def test_figures_are_those_of_all_rows(folder):
    np.save("pred.npy", LOGITS)
    np.save("target.npy", LABELS)
    figures = losscli.doctor("pred.npy", "target.npy").together.figures
    probs = np.exp(LOG_PROBS)
    guesses = probs.argmax(axis=1)
    assert figures["accuracy"] == (guesses == LABELS).mean()
    assert figures["confidence"] == pytest.approx(probs.max(axis=1).mean(), rel=1e-12)
    counts, made = np.bincount(LABELS, minlength=CLASSES), np.bincount(guesses, minlength=CLASSES)
    assert figures["chance"] == counts @ made / ROWS**2


def test_r2_and_correlation_over_many_blocks(folder, small_blocks):
    pred, target = RNG.normal(1e6, 1, 3000), RNG.normal(1e6, 1, 3000)
    np.save("pred.npy", pred)
    np.save("target.npy", target)
    figures = losscli.doctor("pred.npy", "target.npy").together.figures
    assert figures["correlation"] == pytest.approx(np.corrcoef(pred, target)[0, 1], rel=1e-9)
    r2 = 1 - ((pred - target) ** 2).sum() / ((target - target.mean()) ** 2).sum()
    assert figures["r2"] == pytest.approx(r2, rel=1e-9)


@pytest.fixture
def small_blocks(monkeypatch):
    from losscli.diagnosis import facts
    from losscli.engine import plan

    monkeypatch.setattr(plan, "BLOCK_ELEMENTS", 256)
    monkeypatch.setattr(facts, "BLOCK_ELEMENTS", 256)


FAR = np.array([1e308, -1e308, 1e308])


@pytest.mark.parametrize("pred", [FAR, -FAR, [1.0, 2.0, 3.0], [5e-324, 1e-310, 0.0], [np.inf, 1.0, 2.0]], ids=str)
@pytest.mark.parametrize("target", [FAR, -FAR, [-1e308, 1e308, 1.0]], ids=str)
def test_numbers_past_what_can_be_squared_are_told_as_json_has_them(folder, pred, target):
    np.save("p.npy", pred)
    np.save("t.npy", target)
    ran = cli("doctor", "p.npy", "t.npy", "-f", "json")
    assert ran.code in (0, 1)
    document = json.loads(ran.out, parse_constant=lambda name: pytest.fail(f"{name} is not JSON"))
    assert [one["holds"] for one in document["files"]]


def test_only_codes(folder):
    np.save("pred.npy", LOGITS)
    np.save("target.npy", LABELS + 1)
    assert cli("doctor", "pred.npy", "target.npy", "-q").out == "L212\n"
    assert set(ERRORS) < set(WARNINGS)


# Files as they are


def test_a_table_alone_has_its_columns_and_the_pair_that_they_name(folder, sample_data):
    out = cli("doctor", sample_data / "diabetes_results.csv").out
    assert "diabetes_results.csv::y_hat" in out
    assert "compute l1,mse" in out
    out = cli("doctor", sample_data / "survival.csv").out
    assert all(f"column {name}: " in out for name in ("score", "time", "event"))


def test_words_are_classes_where_the_columns_name_them(folder, sample_data):
    files = sample_data / "digits_scores.csv", sample_data / "digits_words.csv"
    ran = cli("doctor", *files)
    assert ran.code == 1
    assert "not in the same order" in " ".join(ran.out.split())
    ran = cli("doctor", *files, "--on", "image")
    assert ran.code == 0
    assert "10 classes? words that the columns name" in ran.out
    assert "--on image" in ran.out
    assert "accuracy 0.965" in ran.out


def test_empty_cells_are_counted(folder):
    (folder / "p.csv").write_text("a\n1.5\n\n\n2\n4\n", encoding="utf-8")
    (folder / "t.csv").write_text("b\n1\nNA\n3\n5\n", encoding="utf-8")
    found = losscli.doctor("t.csv")
    assert [one.code for one in found.findings] == ["L210"]
    assert found.files[0].facts.missing == 1
    assert "line 3" in found.findings[0].message


def test_an_index_that_was_read_as_data(folder):
    (folder / "p.csv").write_text("0,1.5\n1,2.5\n2,0.5\n", encoding="utf-8")
    assert [one.code for one in losscli.doctor("p.csv").findings] == ["L104"]


def test_one_row_too_many_is_told_with_what_fits_better(folder):
    np.save("pred.npy", LOGITS)
    np.save("target.npy", np.r_[0, LABELS])
    (finding,) = losscli.doctor("pred.npy", "target.npy").findings
    accuracy = (LOGITS.argmax(axis=1) == LABELS).mean()
    assert f"With the first row of target.npy left out the accuracy is {accuracy:.3g}" in finding.message
    np.save("target.npy", np.r_[LABELS, 0, 0])
    (finding,) = losscli.doctor("pred.npy", "target.npy").findings
    assert "400 rows" in finding.message
    assert "402" in finding.message
    assert "left out" not in finding.message


def test_files_of_nothing_that_fits(folder):
    np.save("a.npy", np.ones((4, 3, 2)) * np.arange(2))
    np.save("b.npy", np.arange(4.0) / 3)
    ran = cli("doctor", "a.npy", "b.npy")
    assert ran.code == 0
    assert "no loss takes these files together" in ran.out


def test_files_without_a_number(folder):
    (folder / "nan.csv").write_text("nan\nnan\n", encoding="utf-8")
    (folder / "w.csv").write_text("c\na\nb\n", encoding="utf-8")
    assert [one.code for one in losscli.doctor("nan.csv", "nan.csv").findings] == ["L210"]
    assert "words, such as a, b" in cli("doctor", "w.csv").out


def test_standard_input(folder):
    np.savetxt("target.csv", NUMBERS)
    content = "\n".join(map(str, FORECAST.tolist())).encode()
    ran = cli("doctor", "-", "target.csv", stdin=content)
    assert ran.code == 0
    assert "losscli compute l1,mse - target.csv" in " ".join(ran.out.replace("\\", "").split())


def test_shards_and_large_text(folder, reader):
    for i in range(3):
        np.savetxt(f"part-{i}.csv", FORECAST[i * 100 : (i + 1) * 100])
    np.savetxt("target.csv", NUMBERS[:300])
    found = losscli.doctor("part-*.csv", "target.csv")
    assert found.files[0].facts.rows == 300
    assert found.findings == ()


LOGITS_LAST = np.random.default_rng(3).normal(size=(6, 9, 4))
TOKENS = np.random.default_rng(4).integers(0, 4, size=(6, 9))


@pytest.mark.parametrize("shift", [[], ["--shift", "1"]])
def test_axes_are_told_as_to_compute(folder, shift):
    np.save("logits.npy", LOGITS_LAST)
    np.save("tokens.npy", TOKENS)
    axes = ["--class-axis", "-1", *shift]
    ran = cli("doctor", "logits.npy", "tokens.npy", *axes, "-f", "json")
    found = json.loads(ran.out)
    assert ran.code == 0
    assert "axis 2 holds the classes" in found["files"][0]["remarks"]
    names = [one["loss"] for one in found["fits"]]
    assert names[0] == "cross_entropy"
    assert "mse" not in names
    for one in found["fits"]:
        words = shlex.split(one["command"])
        assert words[5:] == axes
        assert cli(*words[1:]).code == 0
    value = losscli.compute("ce", "logits.npy", "tokens.npy", class_axis=-1, shift=len(shift) // 2).value
    assert found["together"]["value"] == value


def test_axes_that_are_not_there_are_refused(folder):
    np.save("numbers.npy", NUMBERS)
    assert "--class-axis is 3" in refused(cli("doctor", "numbers.npy", "numbers.npy", "--class-axis", "3"))[0]
    assert "no axis of positions" in refused(cli("doctor", "numbers.npy", "numbers.npy", "--shift", "1"))[0]


def test_quiet_tells_why_the_loss_that_fits_cannot_be_computed(folder):
    Path("p.csv").write_text("id,p\n1,2\n2,3\n")
    Path("t.csv").write_text("id,y\n1,2\n3,3\n")
    ran = cli("doctor", "p.csv", "t.csv", "--on", "id", "-q")
    assert (ran.code, ran.out) == (1, "")
    assert ran.errors[0].startswith("Error: rows without a partner: 1 of p.csv")
    assert "--unmatched drop" in ran.errors[1]


def test_the_doctor_does_not_send_to_the_doctor(folder):
    Path("p.csv").write_text("\n".join(map(str, range(1, 11))))
    Path("t.csv").write_text("\n".join(map(str, range(20, 10, -1))))
    assert "losscli doctor" in cli("compute", "l1", "p.csv", "t.csv", "--reference").err
    ran = cli("doctor", "p.csv", "t.csv")
    assert "L404" in ran.out
    assert "losscli doctor" not in ran.out


def test_what_cannot_be_read(folder):
    assert "no such file" in refused(cli("doctor", "none.csv"))[0]
    with pytest.raises(losscli.LossCLIError, match="needs a file"):
        losscli.doctor()
    with pytest.raises(losscli.LossCLIError, match="no 'odd'"):
        losscli.doctor("a", odd=1)
