"""The explorer under the fingers: keys, the mouse, pages over it, and what it leaves behind."""

from __future__ import annotations

import asyncio
import threading
from xml.etree import ElementTree as Tree

import numpy as np
import pytest
from shell import cli

from losscli import losses
from losscli.errors import SourceError
from losscli.explore.session import Session
from losscli.knobs.options import Options

pytest.importorskip("textual")

from losscli.tui.app import Explorer, theme_of_terminal
from losscli.tui.panes import Keys, Losses, Worst
from losscli.tui.picture import Pane
from losscli.tui.run import press, screen_text, settled
from losscli.tui.sliders import Sliders


def explored(data, name, steps, *keys, size=(80, 24)):
    """Run the explorer on files, press keys, then do steps with the pilot."""
    files = [str(path) for path in data]

    async def run():
        with Session(losses.find(name), files, {}, Options()) as session:
            app = Explorer(session, files)
            async with app.run_test(size=size) as pilot:
                await press(app, pilot, keys)
                await steps(app, pilot)
            return app

    return asyncio.run(run())


@pytest.fixture
def diabetes(sample_data):
    return sample_data / "diabetes_pred.csv", sample_data / "diabetes_target.csv"


def test_a_slider_moves_and_goes_back_to_the_default(diabetes):
    seen = []

    async def steps(app, pilot):
        for key in ("l", "right", "h", "left", "left", "0"):
            await press(app, pilot, [key])
            seen.append(app.query_one(Sliders).values["delta"])

    explored(diabetes, "huber", steps)
    assert seen == [1.33, 1.78, 1.33, 1.0, 0.75, 1.0]


def test_what_is_shown_is_the_value_of_the_slider(diabetes):
    async def steps(app, pilot):
        delta = app.query_one(Sliders).values["delta"]
        ran = cli("compute", "huber", *diabetes, "--delta", delta, "-q")
        text = screen_text(app)
        assert f"delta {delta}" in text
        assert f"{float(ran.out):.6g} = " in text

    explored(diabetes, "huber", steps, *["right"] * 12)


def test_the_mouse_chooses_losses_moves_sliders_and_marks_samples(diabetes):
    async def steps(app, pilot):
        await pilot.click(Losses, offset=(2, 1))
        await settled(app, pilot)
        other = app.query_one(Losses).get_option_at_index(1).prompt
        assert losses.find(str(other)).doc.title in screen_text(app)
        await pilot.click(Losses, offset=(2, 0))
        await settled(app, pilot)
        left, length = app.query_one(Sliders)._bar
        await pilot.click(Sliders, offset=(left + length - 1, 0))
        await settled(app, pilot)
        assert app.query_one(Sliders).values["delta"] == 1000.0
        await pilot.click(Worst, offset=(3, 4))
        assert app.query_one(Worst).cursor_row == 2

    explored(diabetes, "huber", steps)


def test_a_sample_is_worked_out_by_its_mark_and_by_its_number(diabetes):
    async def steps(app, pilot):
        assert "huber: sample 60" in screen_text(app)
        await press(app, pilot, ["escape", "slash", "1", "5", "0", "enter"])
        assert "huber: sample 150" in screen_text(app)
        assert app.screen_stack[0].query_one(Worst).cursor_row == 2
        await press(app, pilot, ["escape", "slash", "9", "9", "9", "enter"])
        assert len(app.screen_stack) == 1

    explored(diabetes, "huber", steps, "e")


def test_the_sample_that_is_marked_has_its_place_on_the_curve(diabetes):
    pred, target = (np.loadtxt(file, skiprows=1) for file in diabetes)

    async def steps(app, pilot):
        for keys, number in (([], 60), (["tab", "tab", "j"], 65), (["slash", "1", "7", "enter", "escape"], 17)):
            await press(app, pilot, keys)
            assert app.query_one(Pane)._places == pytest.approx([pred[number] - target[number]])
        await press(app, pilot, ["j"])
        assert app.query_one(Pane)._places == pytest.approx([pred[150] - target[150]])

    explored(diabetes, "huber", steps)


def test_the_command_of_a_temperature_is_that_of_sweep(sample_data):
    files = [sample_data / f"digits_{name}.csv" for name in ("logits", "target")]

    async def steps(app, pilot):
        value = app.query_one(Sliders).values["temperature"]
        assert value < 1
        assert app.copied[0].split()[1] == "sweep"
        assert app.copied[0].endswith(f"--temperature {value}")
        await press(app, pilot, ["0", "c"])
        assert app.copied[1].split()[1] == "compute"

    explored(files, "cross_entropy", steps, "tab", "down", "left", "left", "c")


def test_a_loss_is_taken_apart(diabetes):
    async def steps(app, pilot):
        first, *_ = cli("dist", "huber", *diabetes, "--no-reference").out.splitlines()
        assert first in screen_text(app)

    explored(diabetes, "huber", steps, "d")


def test_the_command_is_copied_and_left_behind(diabetes):
    async def steps(app, pilot):
        assert app.clipboard == app.copied[0]

    app = explored(diabetes, "huber", steps, "right", "c")
    (command,) = app.copied
    assert command.split()[:3] == ["losscli", "compute", "huber"]
    assert command.endswith("--delta 1.33")


def test_every_key_that_is_shown_can_be_clicked(diabetes):
    async def steps(app, pilot):
        line = app.query_one(Keys).render().plain
        await pilot.click(Keys, offset=(line.index("copy"), 0))
        await pilot.click(Keys, offset=(line.index("slider"), 0))
        await settled(app, pilot)
        assert app.query_one(Sliders).values["delta"] == 1.33
        await pilot.click(Keys, offset=(line.index("help"), 0))
        await settled(app, pilot)
        assert len(app.screen_stack) == 2

    assert len(explored(diabetes, "huber", steps).copied) == 1


def test_pictures_are_written_beside_those_that_are_there(diabetes, folder):
    async def steps(app, pilot):
        pass

    explored(diabetes, "huber", steps, "s", "s")
    assert sorted(path.name for path in folder.glob("*.svg")) == ["huber-2.svg", "huber.svg"]
    first, second = ((folder / name).read_text(encoding="utf-8") for name in ("huber.svg", "huber-2.svg"))
    assert first == second
    assert Tree.fromstring(first).tag.endswith("svg")


def test_tab_goes_round_the_panes(diabetes):
    async def steps(app, pilot):
        found = []
        for _ in range(4):
            found.append(app.focused.id)
            await press(app, pilot, ["tab"])
        assert found == ["losses", "sliders", "worst", "losses"]
        await press(app, pilot, ["shift+tab"])
        assert app.focused.id == "losses"

    explored(diabetes, "huber", steps)


def test_light_and_dark(diabetes, monkeypatch):
    async def steps(app, pilot):
        assert app.theme == "textual-light"

    explored(diabetes, "huber", steps, "t")
    for background, theme in (("0;15", "light"), ("15;0", "dark"), ("0;default;7", "light"), ("", "dark")):
        monkeypatch.setenv("COLORFGBG", background)
        assert theme_of_terminal() == theme


def test_a_pane_is_drawn_anew_for_another_size(diabetes):
    async def steps(app, pilot):
        await pilot.resize_terminal(120, 40)
        await settled(app, pilot)
        assert max(map(len, screen_text(app).splitlines())) > 100

    explored(diabetes, "huber", steps)


def test_a_small_terminal_shows_the_slider_that_is_moved_and_the_value(sample_data):
    files = [sample_data / f"digits_{name}.csv" for name in ("logits", "target")]

    async def steps(app, pilot):
        shown = screen_text(app)
        assert "temperature     1.33" in shown
        assert "label_smoothing" not in shown
        assert "0.289472" in shown
        await pilot.resize_terminal(100, 40)
        await settled(app, pilot)
        shown = screen_text(app)
        assert "label_smoothing" in shown
        assert "smoothing ε" in shown

    explored(files, "cross_entropy", steps, "tab", "down", "right", size=(40, 12))


def test_what_was_left_out_is_told(tmp_path):
    paths = tmp_path / "a.csv", tmp_path / "b.csv"
    paths[0].write_text("p\n1\nnan\n4\n", encoding="utf-8")
    paths[1].write_text("t\n1\n2\n4\n", encoding="utf-8")
    ran = cli("explore", "mse", *paths, "--nan", "omit", "--screenshot", tmp_path / "s.txt")
    assert ran.code == 0, ran.err
    assert "2 samples, 1 omitted" in (tmp_path / "s.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("keys", [["q"], ["ctrl+c"], ["slash", "ctrl+c"], ["e", "ctrl+c"]])
def test_it_is_left_by_q_and_as_any_program(diabetes, keys):
    async def steps(app, pilot):
        await pilot.press(*keys)
        await pilot.pause()
        assert not app.is_running or app._exit

    explored(diabetes, "huber", steps)


def test_all_is_painted_anew_where_a_stopped_program_goes_on(diabetes, monkeypatch):
    painted = []
    real = Pane.render
    monkeypatch.setattr(Pane, "render", lambda pane: (painted.append(pane), real(pane))[1])

    async def steps(app, pilot):
        painted.clear()
        app.app_resume_signal.publish(app)
        await settled(app, pilot)
        assert painted

    explored(diabetes, "huber", steps)


def test_leaving_while_files_are_read_leaves(diabetes, monkeypatch):
    begun, go = threading.Event(), threading.Event()
    real = Session.begin

    def slow(session):
        begun.set()
        go.wait(10)
        return real(session)

    monkeypatch.setattr(Session, "begin", slow)
    files = [str(path) for path in diabetes]

    async def run():
        with Session(losses.find("huber"), files, {}, Options()) as session:
            app = Explorer(session, files)
            async with app.run_test() as pilot:
                await asyncio.to_thread(begun.wait, 10)
                assert "reading" in screen_text(app)
                await pilot.press("e", "d", "g", "c", "s", "right", "slash")
                await pilot.press("escape", "q")
                go.set()
            return app

    assert asyncio.run(run()).failure is None


def test_a_file_that_is_not_there_ends_it(tmp_path):
    async def steps(app, pilot):
        pass

    app = explored((tmp_path / "a.csv", tmp_path / "b.csv"), "huber", steps)
    assert isinstance(app.failure, SourceError)


def test_a_file_that_changes_is_told(tmp_path):
    paths = tmp_path / "a.csv", tmp_path / "b.csv"
    for path in paths:
        path.write_text("1\n2\n4\n", encoding="utf-8")

    async def steps(app, pilot):
        paths[0].write_text("1\n2\n4\n8\n", encoding="utf-8")
        await press(app, pilot, ["right"])
        assert "was changed while it was read" in " ".join(screen_text(app).split())

    explored(paths, "huber", steps)
