"""A look around: what it tells is what ``compute`` tells, to the last bit, and the command it hands out says so."""

from __future__ import annotations

import numpy as np
import pytest
from shell import cli, csv_rows, write

import losscli
from losscli import losses
from losscli.errors import LossCLIError, UsageError
from losscli.explore.commands import as_typed
from losscli.explore.session import Session
from losscli.knobs.options import Options
from losscli.tui.scale import scale_of

P, T, L, Y = (
    f"sample_data/{name}.csv" for name in ("diabetes_pred", "diabetes_target", "digits_logits", "digits_target")
)


@pytest.fixture(autouse=True)
def _root(sample_data, monkeypatch):
    monkeypatch.chdir(sample_data.parent)


def look(name, *files, options=None, **named):
    return Session(losses.find(name) if name else None, files, named, options or Options())


@pytest.mark.parametrize(("name", "files"), [("smooth_l1", (P, T)), ("cross_entropy", (L, Y))])
def test_every_loss_at_every_end_has_the_bits_of_its_command(name, files):
    with look(name, *files) as session:
        for fit in session.fits(session.begin()):
            scales = [s for p in session.parameters(fit) if (s := scale_of(p)) is not None]
            for values in (
                {},
                *({s.name: value} for s in scales for value in {*s.values[:1], *s.values[7:8], *s.values[-1:]}),
            ):
                view = session.view(fit, values)
                command = session.command(fit, values)
                if view.result is None:
                    ran = cli(*command[1:], "-q")
                    assert ran.code == 2
                    assert view.refused.message in ran.err
                else:
                    assert printed(command).hex() == float(view.result).hex(), command


def printed(command):
    """The number that a command prints; of temperatures, that of the one which was asked for."""
    if command[1] != "sweep":
        return float(cli(*command[1:], "-q").out)
    asked = float(command[command.index("--temperature") + 1])
    rows = csv_rows(cli(*command[1:], "-f", "csv").out)
    return next(float(row["value"]) for row in rows if float(row["temperature"]) == asked)


def test_a_temperature_divides_logits_as_sweep_does():
    with look("cross_entropy", L, Y) as session:
        fit = session.begin()
        assert [p.name for p in session.parameters(fit)][-1] == "temperature"
        view, plain = (session.view(fit, {"temperature": t}) for t in (0.522, 1.0))
        assert float(view.result) == pytest.approx(0.126201, abs=5e-7)
        assert plain.result.value == losscli.compute("cross_entropy", L, Y).value
        assert session.command(fit, {"temperature": 0.522})[1:] == [
            "sweep",
            "cross_entropy",
            L,
            Y,
            "--temperature",
            "0.522",
        ]
        assert session.command(fit, {"temperature": 1.0})[1] == "compute"
        (one,) = session.explain(fit, {"temperature": 0.522}, 661).samples
        assert one.value == next(s.loss for s in view.apart.worst_samples if s.number == 661)
        for listed in view.apart.worst_samples:
            assert listed.told["p"] == pytest.approx(np.exp(-listed.loss), rel=1e-12)
        # The loss is the same function of the log-odds; the samples are elsewhere.
        there = np.interp(1.0, view.curve.x, view.curve.series[0].values)
        assert there == pytest.approx(np.log1p(np.exp(-1)), rel=1e-4)


def test_what_takes_no_logits_or_shows_no_data_has_no_temperature():
    with look("huber", P, T) as session:
        assert "temperature" not in {p.name for p in session.parameters(session.begin())}
    with Session(losses.find("cross_entropy"), [], {}, Options()) as session:
        assert "temperature" not in {p.name for p in session.parameters(session.begin())}
    pairs = "sample_data/pairs_first.csv", "sample_data/pairs_second.csv"
    with look("nt_xent", *pairs) as session:  # which has one of its own
        fit = session.begin()
        assert [p.name for p in session.parameters(fit)].count("temperature") == 1
        assert session.command(fit, {"temperature": 0.5})[1] == "compute"
        ran = cli(*session.command(fit, {"temperature": 0.5})[1:], "-q")
        assert float(ran.out) == float(session.view(fit, {"temperature": 0.5}).result)


@pytest.mark.parametrize("number", [0, 17, 220])
def test_a_sample_lies_where_its_error_is(number):
    errors = np.loadtxt(P, skiprows=1) - np.loadtxt(T, skiprows=1)
    with look("huber", P, T) as session:
        assert session.places(session.begin(), {"delta": 3.0}, number) == (errors[number],)


def test_a_sample_lies_on_the_curve_at_its_own_loss():
    with look("cross_entropy", L, Y) as session:
        fit = session.begin()
        for values in ({}, {"temperature": 0.5}):
            view = session.view(fit, values)
            for one in view.apart.worst_samples[::7]:
                (x,) = session.places(fit, values, one.number)
                assert np.log1p(np.exp(-x)) == pytest.approx(one.loss, rel=1e-12)


def test_units_that_are_ignored_have_no_place(folder):
    (pred, target) = write(folder, p="a,b,c\n1,2,0\n2,-1,0\n0,1,3\n", t="y\n0\n-100\n2\n")
    with look("cross_entropy", str(pred), str(target)) as session:
        fit = session.begin()
        assert [len(session.places(fit, {}, i)) for i in range(3)] == [1, 0, 1]


def test_what_has_no_axis_has_no_places():
    with look("rmse", P, T) as session:
        assert session.places(session.begin(), {}, 0) == ()
    with Session(losses.find("huber"), [], {}, Options()) as session:
        assert session.places(session.begin(), {}, 0) == ()


def test_samples_are_the_worst_with_their_shares():
    every = losscli.compute("mse", P, T, per_sample=True).per_sample
    order = np.argsort(-every, kind="stable")
    with look("mse", P, T) as session:
        fit = session.begin()
        apart = session.view(fit, {}).apart
        assert [one.number for one in apart.worst_samples] == order[:50].tolist()
        assert [one.loss for one in apart.worst_samples] == every[order[:50]].tolist()
        assert apart.worst_samples[0].share == pytest.approx(every.max() / every.sum(), rel=1e-12)
        assert apart.worst[0].share == pytest.approx(0.0975130, abs=1e-7)


@pytest.mark.parametrize("number", [0, 17, 220])
def test_a_sample_is_worked_out_as_explain_does(number):
    with look("huber", P, T) as session:
        (one,) = session.explain(session.begin(), {"delta": 50.0}, number).samples
    (other,) = losscli.explain("huber", P, T, delta=50.0, sample=number).samples
    assert (one.number, one.rank, one.value.hex()) == (number, other.rank, other.value.hex())
    assert one.contribution == other.contribution


def test_there_is_no_sample_beyond_the_last():
    with look("huber", P, T) as session, pytest.raises(UsageError, match="no sample 221"):
        session.explain(session.begin(), {}, 221)


def test_a_loss_of_the_whole_set_is_not_made_up_of_samples_and_says_whose_error_it_is():
    with look("median_absolute_error", P, T) as session:
        fit = session.begin()
        assert session.view(fit, {}).apart is None
        (one,) = session.explain(fit, {}, 166).samples
        assert one.value == float(session.view(fit, {}).result)


def test_without_a_loss_the_one_that_fits_best_begins():
    with look(None, L, Y) as session:
        first = session.begin()
        assert first.loss.name == "cross_entropy"
        assert session.fits(first)[0] is first


def test_labels_from_one_are_counted_so_in_view_and_command(folder):
    files = write(folder, p="a,b,c\n1,2,0\n2,-1,0\n0,1,3\n", t="y\n1\n3\n2\n")
    with look(None, *map(str, files)) as session:
        first = session.begin()
        command = session.command(first, {})
        assert command[-2:] == ["--label-base", "1"]
        assert float(cli(*command[1:], "-q").out) == float(session.view(first, {}).result)


def test_columns_that_were_named_are_typed_so_that_every_loss_takes_them(folder):
    (path,) = write(folder, t="a,b\n1,2\n3,5\n4,1\n")
    with look("mse", str(path), pred="b", target="a") as session:
        fits = session.fits(session.begin())
        other = next(fit for fit in fits if fit.loss.name == "huber")
        command = session.command(other, {"delta": 0.5})
        assert as_typed(command) == f"losscli compute huber {path}::b {path}::a --delta 0.5"
        assert float(cli(*command[1:], "-q").out) == float(session.view(other, {"delta": 0.5}).result)


def test_options_stand_in_the_command():
    options = Options(reduction="sum", nan="omit", dtype="float32")
    with look("huber", P, T, options=options, delta=3.0) as session:
        fit = session.begin()
        command = session.command(fit, {})
        assert all(word in command for word in ("--delta", "3.0", "--reduction", "sum", "--nan", "omit", "float32"))
        assert float(cli(*command[1:], "-q").out).hex() == float(session.view(fit, {}).result).hex()


def test_of_very_many_samples_some_are_looked_at_and_numbered_as_in_the_files(monkeypatch):
    from losscli.explore import kept

    monkeypatch.setattr(kept.keep, "__defaults__", (50,))
    every = losscli.compute("mse", P, T, per_sample=True).per_sample
    with look("mse", P, T) as session:
        fit = session.begin()
        view = session.view(fit, {})
        assert session.drawn == (50, 221)
        assert view.result.samples == 50
        worst = view.apart.worst_samples
        assert [one.loss for one in worst] == [every[one.number] for one in worst]
        (one,) = session.explain(fit, {}, worst[3].number).samples
        assert (one.number, one.value, one.rank) == (worst[3].number, worst[3].loss, 4)
        left_out = next(i for i in range(221) if i not in {one.number for one in worst})
        with pytest.raises(UsageError, match=f"sample {left_out} is not among"):
            session.explain(fit, {}, left_out)


@pytest.mark.parametrize("one", losses.built_in(), ids=lambda one: one.name)
def test_every_loss_has_a_curve_without_data_or_a_reason_why_not(one):
    with Session(one, [], {}, Options()) as session:
        view = session.view(session.begin(), {})
        assert (view.curve is None) == (view.refused is not None)
        assert view.result is view.apart is None
        ran = cli(*session.command(session.begin(), {})[1:], "-f", "csv", *(["--at", "0.5"] if view.curve else []))
        assert ran.code == (2 if view.curve is None else 0)


@pytest.mark.parametrize(("files", "kind"), [(("nowhere.csv", T), LossCLIError), ((Y,), UsageError)])
def test_what_cannot_be_looked_at_is_refused(files, kind):
    with look(None, *files) as session, pytest.raises(kind):
        session.begin()
