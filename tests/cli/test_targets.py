"""Where results go: files keep their modes, pipes and devices are written to, what is read is never overwritten."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from shell import ROOT, cli, refused, write


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write(tmp_path, p="0.5\n1.5\n2.5\n", t="0\n1\n2\n", g="g\na\nb\na\n", logits="0.5,-1\n3,0\n1,1\n", c="0\n1\n0\n")
    return tmp_path


def _shell(command, **more):
    """A command line in a shell, where ``losscli`` is this program."""
    program = f'losscli() {{ {sys.executable} -m losscli "$@"; }}; {command}'
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **more}
    return subprocess.run(["bash", "-c", program], capture_output=True, check=False, env=environment)


# Files


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o664, 0o755])
@pytest.mark.parametrize("output", ["-o out.json", "-s -o out.npy", "-s -o out.csv", "-s -o out.parquet"])
def test_file_that_is_replaced_keeps_its_mode(mode, output):
    target = Path(output.split()[-1])
    target.touch()
    target.chmod(mode)
    assert cli("compute", "mse", "p.csv", "t.csv", *output.split()).code == 0
    assert target.stat().st_mode & 0o7777 == mode
    assert target.stat().st_size


def test_new_file_has_the_mode_that_the_umask_leaves():
    before = os.umask(0o027)
    try:
        assert cli("compute", "mse", "p.csv", "t.csv", "-o", "out.json").code == 0
    finally:
        os.umask(before)
    assert Path("out.json").stat().st_mode & 0o777 == 0o640


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_file_that_is_replaced_keeps_its_owner():
    Path("out.json").touch()
    os.chown("out.json", 1234, 2345)
    assert cli("compute", "mse", "p.csv", "t.csv", "-o", "out.json").code == 0
    assert (Path("out.json").stat().st_uid, Path("out.json").stat().st_gid) == (1234, 2345)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_what_one_group_may_read_is_not_for_another(monkeypatch):
    target = Path("out.json")
    target.touch()
    os.chown(target, 0, 2345)
    target.chmod(0o664)

    def not_allowed(*_):
        raise PermissionError

    monkeypatch.setattr(os, "fchown", not_allowed)
    assert cli("compute", "mse", "p.csv", "t.csv", "-o", "out.json").code == 0
    assert target.stat().st_mode & 0o777 == 0o604


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes what is write-protected")
def test_write_protected_file_is_not_replaced():
    Path("out.json").touch(0o444)
    assert "write-protected" in refused(cli("compute", "mse", "p.csv", "t.csv", "-o", "out.json"))[0]


def test_symbolic_link_stays_one_and_names_the_format(folder):
    Path("kept").mkdir()
    Path("out.json").symlink_to("kept/abc123")
    assert cli("compute", "mse", "p.csv", "t.csv", "-o", "out.json").code == 0
    assert Path("out.json").is_symlink()
    assert json.loads(Path("kept/abc123").read_text())["results"]
    assert [p.name for p in Path("kept").iterdir()] == ["abc123"]


def test_name_as_long_as_names_may_be():
    name = "é" * 125 + ".json"
    assert cli("compute", "mse", "p.csv", "t.csv", "-o", name).code == 0
    assert Path(name).exists()


@pytest.mark.parametrize("name", [".", "..", "/", "kept", "kept/", "kept.csv"])
def test_folder_is_no_target(name):
    Path("kept").mkdir()
    Path("kept.csv").mkdir()
    assert refused(cli("compute", "mse", "p.csv", "t.csv", "-o", name)) == (f"Error: {name}: is a folder.", "")


def test_link_to_itself_is_no_target():
    Path("out.json").symlink_to("out.json")
    assert "symbolic links" in refused(cli("compute", "mse", "p.csv", "t.csv", "-o", "out.json"))[0]
    assert Path("out.json").is_symlink()


def test_standard_output_needs_no_name():
    assert "without -o" in refused(cli("compute", "mse", "p.csv", "t.csv", "-o", "-", "-f", "csv"))[0]


# What is read


COMMANDS = [
    "mse p.csv t.csv -o {p}",
    "mse p.csv t.csv -o {t}",
    "mse --pred p.csv --target t.csv -o {t}",
    "ce logits.csv c.csv --weight t.csv -o {t}",
    "mse p.csv t.csv --by g.csv::g -o {g}",
    "mse p.csv t.csv --sample-weight c.csv -o {c}",
    "mse p.csv t.csv -s --keep g.csv::g -o {g}",
    "mse *p.csv t.csv -o {p}",
]


@pytest.mark.parametrize("link", [None, os.symlink, os.link])
@pytest.mark.parametrize("command", COMMANDS)
def test_what_is_read_is_never_overwritten(command, link, folder):
    for name in "ptgc":
        if link:
            link(f"{name}.csv", f"{name}-link.csv")
    before = {p: p.read_bytes() for p in folder.iterdir()}
    names = {name: f"{name}{'-link' if link else ''}.csv" for name in "ptgc"}
    assert "is one of the inputs" in refused(cli("compute", *command.format(**names).split()))[0]
    assert {p: p.read_bytes() for p in folder.iterdir()} == before


@pytest.mark.parametrize(
    "command",
    [
        "doctor d.json::y d.json::t -o d.json",
        "doctor *d.json -o d.json",
        "reconcile 1 d.json::y d.json::t -o d.json",
        "reconcile 1 logits.csv c.csv --weight w.json -o w.json",
        "verify record.json -o d.json",
        "check -o d.csv",
        "check -o d.json",
        "check -o ./losscli-baseline.json",
        "check --config ../{folder}/losscli.toml -o d.csv",
    ],
)
def test_what_other_commands_read_is_never_overwritten(command, folder):
    Path("d.json").write_text('[{"y": 1, "t": 2}, {"y": 3, "t": 4}]')
    Path("w.json").write_text("[1, 2]")
    Path("d.csv").write_text("y,t\n1,2\n3,4\n")
    assert cli("compute", "mse", "d.json::y", "d.json::t", "--record", "-o", "record.json").code == 0
    checks = '[check.{0}]\nloss = "mse"\npred = "d.{0}::y"\ntarget = "d.{0}::t"\nmax = 5\nmax-increase = 1\n'
    Path("losscli.toml").write_text("".join(map(checks.format, ("csv", "json"))))
    assert cli("check", "--update-baseline").code == 0
    before = {p: p.read_bytes() for p in folder.iterdir()}
    assert "is one of the inputs" in refused(cli(*command.format(folder=folder.name).split()))[0]
    assert {p: p.read_bytes() for p in folder.iterdir()} == before


@pytest.mark.parametrize("given", ["-", "-::1", "--pred=-", "/dev/stdin", "/dev/fd/0"])
def test_what_standard_input_reads_is_never_overwritten(given):
    before = Path("p.csv").read_bytes()
    target = "--target t.csv" if given.startswith("--") else "t.csv"
    done = _shell(f"losscli compute mse {given} {target} -o p.csv < p.csv")
    assert (done.returncode, done.stdout) == (2, b"")
    assert b"is one of the inputs" in done.stderr
    assert Path("p.csv").read_bytes() == before


# Pipes and devices


@pytest.mark.parametrize(
    ("output", "begins"),
    [
        ("-o out.json", b'{"schema"'),
        ("-o out.csv", b"loss,"),
        ("-s -o out.csv", b"sample,mse\n0,0.25\n"),
        ("-s -o out.npy", b"\x93NUMPY"),
        ("-s -o out.parquet", b"PAR1"),
    ],
)
def test_pipe_with_a_name_is_written_to_and_stays_one(output, begins):
    name = output.split()[-1]
    os.mkfifo(name)
    read = []
    reader = threading.Thread(target=lambda: read.append(Path(name).read_bytes()))
    reader.start()
    assert cli("compute", "mse", "p.csv", "t.csv", *output.split()).code == 0
    reader.join(20)
    assert Path(name).is_fifo()
    assert read[0].startswith(begins)


def test_process_that_a_shell_puts_in_the_place_of_a_file_reads_it_all():
    done = _shell("{ losscli compute mse p.csv t.csv -s -o >(cat) -f csv; } | cat")
    assert done.stdout == b"sample,mse\n0,0.25\n1,0.25\n2,0.25\n"


def test_error_reaches_nobody_at_the_other_end_of_a_pipe():
    done = _shell("losscli compute mse p.csv c.csv logits.csv -o >(cat) -f json")
    assert (done.returncode, done.stdout) == (2, b"")


def test_reader_that_is_gone_is_an_error():
    done = _shell("mkfifo f.csv; head -c 0 f.csv & losscli compute mse p.csv t.csv -s -o f.csv")
    assert done.returncode in (0, 2)  # 0 if it was still there
    assert done.stderr.startswith((b"wrote", b"Error: f.csv: cannot be written (Broken pipe)."))


@pytest.mark.parametrize("device", ["/dev/null", "/dev/stdout", "/dev/stderr"])
def test_device_is_written_to(device):
    done = _shell(f"losscli compute mse p.csv t.csv -o {device} -f markdown | cat")
    assert done.returncode == 0
    assert ("/dev/stdout" in device) == done.stdout.startswith(b"|")
    assert Path("/dev/null").is_char_device()


def test_standard_output_that_is_appended_to_a_file_keeps_what_was_there():
    Path("log.csv").write_text("first\n")
    _shell("losscli compute mse p.csv t.csv -s -o /dev/stdout -f csv >> log.csv")
    assert Path("log.csv").read_text() == "first\nsample,mse\n0,0.25\n1,0.25\n2,0.25\n"


def test_folder_of_memory_is_a_folder(tmp_path):
    memory = Path("/dev/shm")
    if not os.access(memory, os.W_OK):
        pytest.skip("there is none")
    target = memory / f"losscli-{os.getpid()}.json"
    target.write_text("x" * 10_000)
    try:
        assert cli("compute", "mse", "p.csv", "t.csv", "-o", target).code == 0
        assert json.loads(target.read_text())["results"]
    finally:
        target.unlink()


@pytest.mark.parametrize("suffix", ["", ".json"])
def test_format_is_named_where_the_name_has_no_suffix(suffix):
    ran = cli("compute", "mse", "p.csv", "t.csv", "-o", f"out{suffix}", "-f", "json")
    if suffix:
        assert "suffix names" in refused(ran)[1]
    else:
        assert json.loads(Path("out").read_text())["results"]


def test_name_without_a_suffix_asks_for_one():
    assert "-f json|jsonl|csv|markdown" in refused(cli("compute", "mse", "p.csv", "t.csv", "-o", "/dev/null"))[1]
    assert "-f csv" in refused(cli("compute", "mse", "p.csv", "t.csv", "-s", "-o", "out"))[1]


# The standard streams


@pytest.mark.parametrize("streams", ["2>/dev/full", "2>&-", ">/dev/full 2>/dev/full", ">&- 2>&-", "<&- >&- 2>&-"])
def test_error_that_nobody_hears_has_its_exit_code(streams):
    done = _shell(f"losscli compute mse p.csv missing.csv {streams}")
    assert (done.returncode, done.stdout, done.stderr) == (2, b"", b"")


@pytest.mark.parametrize(
    "command",
    ["compute mse p.csv t.csv", "compute mse p.csv t.csv -q", "compute mse p.csv t.csv -f json", "list", "--version",
     "show mse", "backends", "--help", "compute mse --help"],
)  # fmt: skip
def test_standard_output_without_room_is_one_line(command):
    done = _shell(f"losscli {command} > /dev/full")
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr == b"Error: standard output: cannot be written (No space left on device).\n"


def test_standard_output_that_is_closed_is_not_written_to():
    done = _shell("losscli compute mse p.csv t.csv >&-")
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


@pytest.mark.parametrize("streams", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
@pytest.mark.parametrize("output", ["-s -o out.parquet", "-o out.json"])
def test_no_file_takes_the_place_of_a_closed_stream(output, streams):
    done = _shell(f"losscli compute mse p.csv t.csv {output} {streams}")
    assert done.returncode == 0
    name = output.split()[-1]
    cli("compute", "mse", "p.csv", "t.csv", *output.replace("out", "same").split())
    assert Path(name).read_bytes() == Path(name.replace("out", "same")).read_bytes()


@pytest.mark.parametrize("given", ["-", "-::1", "/dev/stdin"])
def test_closed_standard_input_is_one_line(given):
    done = _shell(f"losscli compute mse {given} t.csv <&-")
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr == b"Error: -: standard input is closed.\n"


@pytest.mark.parametrize(
    ("command", "says"),
    [
        ("check mse p.csv t.csv --max-increase 1 --baseline -", "-: standard input is closed."),
        ("explore", "explore needs a terminal."),
    ],
)
def test_closed_standard_input_is_no_internal_error(command, says):
    done = _shell(f"losscli {command} <&-")
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.decode().startswith(f"Error: {says}\n")


# Names that are no text


NAME = os.fsdecode(b"p\xff.csv")
LOCALES = [{}, {"LC_ALL": "C"}, {"LC_ALL": "C.UTF-8"}, {"LC_ALL": "POSIX"}, {"LC_ALL": "C", "PYTHONUTF8": "0"}]


@pytest.mark.parametrize("locale", LOCALES, ids=str)
@pytest.mark.parametrize("to", ["", "-o out.json"])
def test_json_escapes_the_bytes_of_a_name_that_are_no_text(to, locale):
    os.link("p.csv", NAME)
    done = _shell(f"losscli compute mse $'p\\xff.csv' t.csv {to or '-f json'}", **locale)
    assert (done.returncode, done.stderr) == (0, b"wrote out.json\n" if to else b"")
    document = json.loads(Path("out.json").read_bytes() if to else done.stdout)
    assert document["inputs"][0]["source"] == NAME


@pytest.mark.parametrize("locale", LOCALES, ids=str)
@pytest.mark.parametrize("how", ["", "-q", "-f csv", "-f markdown", "-s --top 2", "-o out.csv", "-o out.md"])
def test_every_report_takes_a_name_that_is_no_text(how, locale):
    os.link("p.csv", NAME)
    done = _shell(f"losscli compute mse $'p\\xff.csv' t.csv {how}", **locale)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("locale", LOCALES, ids=str)
def test_error_names_a_file_whose_name_is_no_text(locale):
    done = _shell("losscli compute mse $'x\\xff.csv' t.csv", **locale)
    assert done.returncode == 2
    assert rb"x\udcff.csv: no such file" in done.stderr


@pytest.mark.parametrize("locale", LOCALES, ids=str)
def test_target_whose_name_is_no_text(locale):
    done = _shell("losscli compute mse p.csv t.csv -s -o $'x\\xff.npy'", **locale)
    assert done.returncode == 0, done.stderr
    assert np.load(io.BytesIO(Path(os.fsdecode(b"x\xff.npy")).read_bytes())).tolist() == [0.25] * 3
