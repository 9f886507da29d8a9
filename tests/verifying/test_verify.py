"""A record computed again: the same bits, or how far apart and why; nothing in it is trusted but the request."""

from __future__ import annotations

import hashlib
import json
import math
import shutil
from pathlib import Path

import numpy as np
import pytest
from shell import cli, refused, write

import losscli


@pytest.fixture
def data(folder):
    write(
        folder,
        p="x\n1.5\n2.5\n4\n",
        t="y\n1\n2\n3.7\n",
        table="id,p,t,g\n1,1.5,1,a\n2,2.5,2,b\n3,4,3.7,a\n",
        other="id,y,w\n3,3.7,1\n1,1,2\n2,2,1\n",
    )
    return folder


def record(*arguments, to="r.json"):
    ran = cli("compute", *arguments, "--record", "-o", to)
    assert ran.code == 0, ran.err
    return json.loads(Path(to).read_text(encoding="utf-8"))


def edit(change, path="r.json"):
    document = json.loads(Path(path).read_text(encoding="utf-8"))
    change(document)
    Path(path).write_text(json.dumps(document), encoding="utf-8")


def verified(*arguments):
    """What ``verify r.json -f json`` tells, and its exit code."""
    ran = cli("verify", "r.json", "-f", "json", *arguments)
    return ran.code, json.loads(ran.out)


# The record


def test_a_record_holds_the_request_and_the_hash_of_each_file(data):
    document = record("huber", "p.csv", "t.csv", "--delta", "0.5", "--dtype", "float32")
    assert document["request"] == {
        "loss": "huber",
        "params": {"delta": 0.5},
        "options": {"dtype": "float32"},
        "files": {"pred": "p.csv", "target": "t.csv"},
        "beside": [],
    }
    for one in document["inputs"]:
        content = Path(one["source"]).read_bytes()
        assert (one["sha256"], one["bytes"]) == (hashlib.sha256(content).hexdigest(), len(content))


def test_without_record_the_document_is_what_it_was(data):
    document = json.loads(cli("compute", "mse", "p.csv", "t.csv", "-f", "json").out)
    assert "request" not in document
    assert not {"sha256", "bytes", "content"} & set(document["inputs"][0])


REQUESTS = [
    ["mse,l1,huber", "p.csv", "t.csv", "--delta", "0.25"],
    ["mse", "table.csv", "--pred", "p", "--target", "t", "--by", "g"],
    ["mse", "table.csv::p", "table.csv::t", "-f", "json"],
    ["mse", "table.csv::p", "other.csv::y", "--on", "id", "--sample-weight", "other.csv::w"],
    ["mse", "1,2,0.5", "1,3,0.25"],
    ["mse", "p.csv", "1,2,3", "--weight", "t.csv"],
    ["mse", "shards", "many.npy"],
    ["mse", "shards/part-*.csv", "many.npy"],
]


@pytest.mark.parametrize("request_", REQUESTS, ids=" ".join)
def test_a_request_is_computed_again_to_the_bit(data, request_):
    Path("shards").mkdir()
    for i in (1, 2, 10):
        Path(f"shards/part-{i}.csv").write_text(f"x\n{i}\n{i + 0.5}\n", encoding="utf-8")
    np.save("many.npy", np.arange(6.0))
    record(*[a for a in request_ if a not in ("-f", "json")])
    code, found = verified("--exact")
    assert code == 0
    assert found["verified"]
    assert {one["verdict"] for one in found["results"]} == {"same bits"}
    assert all(file["verdict"] == "unchanged" for file in found["files"])


def test_of_shards_the_one_that_changed_is_hashed_with_the_others(data):
    Path("part-1.csv").write_text("1\n2\n", encoding="utf-8")
    Path("part-2.csv").write_text("3\n", encoding="utf-8")
    document = record("mse", "part-*.csv", "1,2,3")
    pred = document["inputs"][0]
    assert pred["sha256"] == hashlib.sha256(b"1\n2\n3\n").hexdigest()
    assert [file["path"] for file in pred["files"]] == ["part-1.csv", "part-2.csv"]
    Path("part-2.csv").write_text("4\n", encoding="utf-8")
    assert verified()[0] == 1


def test_a_file_of_class_weights_is_hashed_too(data):
    np.save("w.npy", [1.0, 3.0])
    np.save("z.npy", [[2.0, 0.5], [0.1, 0.3]])
    document = record("cross_entropy", "z.npy", "0,1", "--weight", "w.npy")
    assert [one["source"] for one in document["request"]["beside"]] == ["w.npy"]
    assert verified()[0] == 0
    np.save("w.npy", [1.0, 3.5])
    code, found = verified()
    assert code == 1
    assert [file["source"] for file in found["files"] if file["verdict"] == "changed"] == ["w.npy"]
    assert found["results"][0]["because"] == ["w.npy changed"]


@pytest.mark.parametrize("unreduced", [["-s"], ["-s", "--top", "2"], ["-s", "--head", "1"], ["-r", "none"]])
def test_values_of_samples_are_compared_too(data, unreduced):
    ran = cli("compute", "mse", "p.csv", "t.csv", *unreduced, "--record", "-f", "json")
    Path("r.json").write_text(ran.out, encoding="utf-8")
    assert verified("--exact")[0] == 0
    values = "per_sample" if unreduced[0] == "-s" else "value"
    edit(lambda document: document["results"][0][values].__setitem__(0, 7.5))
    code, found = verified()
    assert code == 1
    assert found["results"][0]["differences"][0]["what"] == f"{values}[0]"


# What is refused


def test_what_passes_by_is_not_recorded(data):
    error, _ = refused(cli("compute", "mse", "-", "t.csv", "--record", "-f", "json", stdin=b"1\n2\n3\n"))
    assert "standard input cannot be recorded" in error
    assert "in memory" in refused_in_python([1.0, 2.0], [1.0, 3.0])
    assert "in memory" in refused_in_python("p.csv", "t.csv", sample_weight=[1.0, 2.0, 3.0])


def refused_in_python(*inputs, **named):
    with pytest.raises(losscli.LossCLIError) as caught:
        losscli.compute("mse", *inputs, record=True, **named)
    return caught.value.message


@pytest.mark.parametrize("shown", [[], ["-q"], ["-f", "csv"], ["-o", "r.csv"], ["-s", "-o", "r.npy"]])
def test_a_record_is_kept_in_json_alone(data, shown):
    assert "kept in JSON" in refused(cli("compute", "mse", "p.csv", "t.csv", "--record", *shown))[0]
    assert not Path("r.csv").exists()


ASKED = json.dumps(
    {
        "results": [{"loss": "mse", "value": 1.0}],
        "inputs": [],
        "request": {"loss": "mse", "params": {}, "options": {}, "files": {}, "beside": []},
    }
)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is not JSON"),
        ("[]", "is not a result"),
        ("{}", "is not a result"),
        ('{"results": [{}], "request": null}', "holds no request"),
        ('{"results": [{}], "request": {"loss": 5}}', "not as losscli writes it"),
        (ASKED.replace('[{"loss": "mse", "value": 1.0}]', "[]", 1), "not as losscli writes it"),
        (ASKED.replace(', "value": 1.0', "", 1), "not as losscli writes it"),
        (ASKED.replace('"options": {}', '"options": {"odd": 1}'), "asks for odd"),
        (ASKED.replace("mse", "nothing"), "nothing"),
    ],
)
def test_what_is_no_record_is_refused(folder, text, said):
    Path("r.json").write_text(text, encoding="utf-8")
    assert said in refused(cli("verify", "r.json"))[0]


@pytest.mark.parametrize("size", ["x", None, 1.5])
def test_a_size_that_is_none_is_refused(data, size):
    record("mse", "p.csv", "t.csv")
    edit(lambda document: document["inputs"][0].update(bytes=size))
    assert "its request is not as losscli writes it" in refused(cli("verify", "r.json"))[0]


def test_a_document_without_its_request_is_refused(data):
    cli("compute", "mse", "p.csv", "t.csv", "-o", "r.json")
    error, hint = refused(cli("verify", "r.json"))
    assert "holds no request" in error
    assert "--record" in hint


def test_one_record_at_a_time_and_one_that_is_there(data):
    assert "takes one record" in refused(cli("verify", "r.json", "r.json"))[0]
    assert "none.json: no such file." in refused(cli("verify", "none.json"))[0]


# What is found


def test_a_file_of_two_inputs_is_one_file(data):
    Path("t2.csv").write_text("p,y\n1,2\n3,5\n", encoding="utf-8")
    record("mse", "t2.csv", "--pred", "p", "--target", "y")
    assert "1 of 1 file unchanged." in cli("verify", "r.json").out
    Path("t2.csv").write_text("p,y\n1,2\n3,6\n", encoding="utf-8")
    out = cli("verify", "r.json").out
    assert "differs (t2.csv changed)" in out
    assert out.count("is not the file that it was") == 1


def test_a_changed_byte_is_a_failed_check_that_names_the_file(data):
    record("mse", "p.csv", "t.csv")
    before = hashlib.sha256(Path("p.csv").read_bytes()).hexdigest()
    Path("p.csv").write_text("x\n1.5\n2.5\n5\n", encoding="utf-8")
    after = hashlib.sha256(Path("p.csv").read_bytes()).hexdigest()
    ran = cli("verify", "r.json")
    assert ran.code == 1
    assert "differs (p.csv changed)" in ran.out
    assert f"p.csv is not the file that it was: sha256 {before[:12]}… then, {after[:12]}… now." in ran.out
    assert "1 of 2 files unchanged." in ran.out
    assert cli("verify", "r.json", "-q").out == ""
    assert cli("verify", "r.json", "-q").code == 1


def test_a_changed_file_that_gives_the_same_number_is_a_failed_check(data):
    record("mse", "p.csv", "t.csv")
    Path("p.csv").write_text("x\n1.50\n2.5\n4\n", encoding="utf-8")
    code, found = verified()
    assert (code, found["results"][0]["verdict"], found["verified"]) == (1, "same bits", False)


def test_a_changed_file_that_nothing_can_be_computed_from_is_a_failed_check(data):
    record("mse", "p.csv", "t.csv")
    Path("p.csv").write_text("x\n1.5\n", encoding="utf-8")
    code, found = verified()
    assert code == 1
    assert found["results"][0]["computed"] is None
    assert "has 1 rows" in found["error"]
    assert "Nothing can be computed" in cli("verify", "r.json").out


def test_a_missing_file_cannot_be_verified(data):
    record("mse", "p.csv", "t.csv")
    Path("p.csv").unlink()
    error, hint = refused(cli("verify", "r.json"))
    assert "p.csv: no such file" in error
    assert "--root" in hint


def _next(value):
    return math.nextafter(value, math.inf) if hasattr(math, "nextafter") else float(np.nextafter(value, math.inf))


def test_numbers_an_ulp_apart_hold_unless_the_same_bits_are_asked_for(data):
    record("mse", "p.csv", "t.csv")

    def nudge(document):
        document["results"][0]["value"] = _next(document["results"][0]["value"])
        document["results"][0]["backend"] = "numpy:1.0"

    edit(nudge)
    ran = cli("verify", "r.json")
    assert ran.code == 0
    assert f"1 ulp apart (numpy 1.0 then, {np.__version__} now)" in ran.out
    assert verified("--exact")[0] == 1
    assert "value was" in cli("verify", "r.json", "--exact").out


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("value", 0.5),
        ("numerator", 5.0),
        ("denominator", 4),
        ("samples", 2),
        ("ignored", 1),
        ("params", {"delta": 2.0}),
        ("value", "NaN"),
        ("value", "Infinity"),
        ("value", None),
        ("signature", "huber(delta=3.0)|mean/elements|numpy:1|float64|losscli:1"),
        ("groups", []),
    ],
)
def test_nothing_of_a_result_is_trusted(data, key, value):
    record("huber", "table.csv", "--pred", "p", "--target", "t", "--by", "g")
    edit(lambda document: document["results"][0].__setitem__(key, value))
    code, found = verified()
    assert code == 1
    assert found["results"][0]["verdict"] == "differs"
    assert found["results"][0]["differences"][0]["what"].partition(".")[0] == key


@pytest.mark.parametrize(
    ("place", "change"),
    [
        ("ci.low", lambda one: one["ci"].__setitem__("low", 0.0)),
        ("ci.df", lambda one: one["ci"].__setitem__("df", 50.0)),
        ("references[0].value", lambda one: one["references"][0].__setitem__("value", 9.0)),
        ("references[1].skill", lambda one: one["references"][1].__setitem__("skill", 0.99)),
        ("groups[1].ci.high", lambda one: one["groups"][1]["ci"].__setitem__("high", 0.5)),
    ],
)
def test_nothing_beside_the_number_is_trusted(data, place, change):
    asked = ["--by", "g", "--ci", "0.95", "--reference", "--in-order"]
    Path("more.csv").write_text(
        "p,t,g\n" + "".join(f"{i % 7}.5,{i % 5},{'ab'[i % 2]}\n" for i in range(60)), encoding="utf-8"
    )
    record("mse", "more.csv", "--pred", "p", "--target", "t", *asked)
    assert verified("--exact")[0] == 0
    edit(lambda document: change(document["results"][0]))
    code, found = verified()
    assert code == 1
    assert [one["what"] for one in found["results"][0]["differences"]] == [place]


def test_results_of_another_request_are_refused(data):
    record("mse", "p.csv", "t.csv")
    edit(lambda document: document["results"][0].__setitem__("loss", "l1"))
    assert "not those of its request" in refused(cli("verify", "r.json"))[0]


# Where the files lie


def test_files_are_looked_for_where_they_were_then_beside_the_record(data, tmp_path, monkeypatch):
    record("mse", "p.csv", "t.csv", "--sample-weight", "other.csv::w")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    assert cli("verify", data / "r.json").code == 0
    shutil.copy(data / "r.json", elsewhere)
    assert "no such file" in refused(cli("verify", "r.json"))[0]
    assert cli("verify", "r.json", "--root", data).code == 0
    assert "is not a folder" in refused(cli("verify", "r.json", "--root", "nowhere"))[0]


def test_another_file_of_the_same_name_does_not_stand_for_the_one_beside_the_record(data, tmp_path, monkeypatch):
    record("mse", "p.csv", "table.csv::t")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    Path("p.csv").write_text("x\n7\n", encoding="utf-8")
    assert cli("verify", data / "r.json").code == 0
    (data / "p.csv").write_text("x\n8\n", encoding="utf-8")  # neither is the one that it was
    found = json.loads(cli("verify", data / "r.json", "-f", "json").out)
    assert [file["path"] for file in found["files"]] == ["p.csv", f"{data / 'table.csv'}"]
    assert not found["verified"]


def test_the_folder_that_is_named_goes_before_all_others(data):
    record("mse", "p.csv", "t.csv")
    Path("new").mkdir()
    shutil.copy("t.csv", "new")
    Path("new/p.csv").write_text("x\n0\n0\n0\n", encoding="utf-8")
    assert verified()[0] == 0
    code, found = verified("--root", "new")
    assert code == 1
    assert [file["path"] for file in found["files"]] == ["new/p.csv", "new/t.csv"]


def test_an_absolute_path_of_another_machine_is_found_by_its_name(data):
    record("mse", data / "p.csv", data / "t.csv")
    Path("moved").mkdir()
    for name in ("p.csv", "t.csv"):
        Path(name).rename(f"moved/{name}")
    assert cli("verify", "r.json", "--root", "moved").code == 0


# The command and Python


def test_a_record_comes_through_a_pipe(data):
    document = cli("compute", "mse", "p.csv", "t.csv", "--record", "-f", "json").out
    assert cli("verify", "-", stdin=document.encode()).code == 0


def test_the_verdict_is_written_to_a_file(data):
    record("mse", "p.csv", "t.csv")
    ran = cli("verify", "r.json", "-o", "v.json")
    assert (ran.code, ran.out, ran.err) == (0, "", "wrote v.json\n")
    assert json.loads(Path("v.json").read_text(encoding="utf-8")) == verified()[1]
    assert "is one of the inputs" in refused(cli("verify", "r.json", "-o", "r.json"))[0]


def test_python_verifies_what_python_recorded(data):
    one = losscli.compute("mse", "p.csv", Path("t.csv"), weight=Path("t.csv"), record=True, per_sample=True)
    found = losscli.verify(one, exact=True)
    assert found.verified
    assert found.results[0].recorded == one.value
    assert {file.source for file in found.files} == {"p.csv", "t.csv"}
