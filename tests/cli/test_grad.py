"""``losscli grad``: what it prints and writes, and what it refuses."""

import io
import json

import numpy as np
import polars as pl
import pytest
from shell import cli, csv_rows, refused, write

import losscli
from losscli import losses


def _of_first(text):
    """The gradients of the first loss of a document."""
    return json.loads(text)["results"][0]["gradients"]


@pytest.fixture
def logits(folder):
    rng = np.random.default_rng(5)
    write(folder, y="\n".join(map(str, rng.integers(0, 3, 40))))
    np.savetxt(folder / "x.csv", rng.standard_normal((40, 3)), delimiter=",")
    return losscli.grad("cross_entropy", "x.csv", "y.csv")


def test_table_says_who_gets_it(logits):
    ran = cli("grad", "cross_entropy", "x.csv", "y.csv")
    assert ran.code == 0
    lines = ran.out.splitlines()
    assert lines[0] == "gradient of the mean to pred, (40, 3)"
    assert lines[1].startswith(
        f"norm {logits.inputs[0].norm:.6g}   largest {logits.inputs[0].largest:.6g}   zero 0.0 %"
    )
    heads = [line.split() for line in lines if line.startswith((" class", "class", "sample", "worst"))]
    assert [head[0] for head in heads] == ["worst", "class", "sample"]
    assert max(map(len, lines)) <= 80
    assert all(line == line.rstrip() for line in lines)


def test_forms_say_the_same(logits):
    one = logits.inputs[0]
    (result,) = json.loads(cli("grad", "cross_entropy", "x.csv", "y.csv", "-f", "json", "-s").out)["results"]
    (told,) = result["gradients"]
    assert (told["norm"], told["largest"], told["shape"]) == (one.norm, one.largest, [40, 3])
    assert told["per_sample"] == one.per_sample.tolist()
    assert [row["class"] for row in told["classes"]] == [row.number for row in one.classes]
    assert (result["loss"], result["value"]) == ("cross_entropy", logits.result.value)
    assert cli("grad", "cross_entropy", "x.csv", "y.csv", "-q").out == f"{one.norm!r}\n"
    figures = pl.read_csv(io.StringIO(cli("grad", "cross_entropy", "x.csv", "y.csv", "-f", "csv").out))
    assert figures["norm"].to_list() == [one.norm]
    norms = pl.read_csv(io.StringIO(cli("grad", "cross_entropy", "x.csv", "y.csv", "-f", "csv", "-s").out))
    assert norms["pred"].to_list() == one.per_sample.tolist()
    assert cli("grad", "cross_entropy", "x.csv", "y.csv", "-f", "markdown").out.startswith(
        "| loss | input | shape | norm"
    )


def test_files_hold_the_gradient_or_the_norms(logits, folder):
    one = logits.inputs[0]
    for name in ("g.npy", "g.npz", "n.csv", "n.parquet", "g.json", "g.md"):
        ran = cli("grad", "cross_entropy", "x.csv", "y.csv", "-o", name)
        assert (ran.code, ran.out, ran.err) == (0, "", f"wrote {name}\n")
    np.testing.assert_array_equal(np.load("g.npy"), one.array)
    with np.load("g.npz") as archive:
        assert list(archive) == ["pred"]
        np.testing.assert_array_equal(archive["pred"], one.array)
    for read, name in ((pl.read_csv, "n.csv"), (pl.read_parquet, "n.parquet")):
        assert read(name)["pred"].to_list() == one.per_sample.tolist()
    assert _of_first((folder / "g.json").read_text())[0]["norm"] == one.norm
    assert cli("grad", "cross_entropy", "x.csv", "y.csv", "-s", "-o", "s.npy").code == 0
    np.testing.assert_array_equal(np.load("s.npy"), one.per_sample)


@pytest.mark.parametrize(
    ("loss", "more"), [("rmse", ()), ("mse", ("--weight", "w.npy")), ("mse", ("--dtype", "float32"))]
)
def test_file_written_in_blocks_is_the_array(loss, more, folder, small_blocks):
    rng = np.random.default_rng(6)
    arrays = {"p": rng.standard_normal(500), "t": rng.standard_normal(500), "w": rng.uniform(0.5, 2.0, 500)}
    for name, values in arrays.items():
        np.save(f"{name}.npy", values)
    assert cli("grad", loss, "p.npy", "t.npy", *more, "-o", "g.npy").code == 0
    options = {"weight": arrays["w"]} if "--weight" in more else {"dtype": "float32"} if more else {}
    expected = losscli.grad(loss, arrays["p"], arrays["t"], **options).array
    found = np.load("g.npy")
    assert found.dtype == expected.dtype
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("ignored", [0, 200])
def test_file_is_divided_by_what_counts(ignored, folder, small_blocks):
    # It is written before it is known how many labels are to be ignored.
    rng = np.random.default_rng(8)
    scores, labels = rng.standard_normal((500, 3)), rng.integers(0, 3, 500)
    labels[500 - ignored :] = -100
    np.save("x.npy", scores)
    np.save("y.npy", labels)
    assert cli("grad", "cross_entropy", "x.npy", "y.npy", "-o", "g.npy").code == 0
    alone = losscli.grad("cross_entropy", scores[: 500 - ignored], labels[: 500 - ignored]).array
    found = np.load("g.npy")
    np.testing.assert_allclose(found[: 500 - ignored], alone, rtol=1e-15)
    assert not found[500 - ignored :].any()


def test_stream_has_the_gradient_of_the_file(folder, monkeypatch):
    write(folder, p="1.5\n2\n-1\n", t="1\n1\n1\n")
    expected = losscli.grad("mse", "p.csv", "t.csv").array
    ran = cli("grad", "mse", "-", "t.csv", "-o", "g.npy", stdin=b"1.5\n2\n-1\n")
    assert ran.code == 0, ran.err
    np.testing.assert_array_equal(np.load("g.npy"), expected)


def test_groups_share_the_gradient_and_the_loss(folder):
    write(folder, d="p,t,g\n3,0,b\n1,0,a\n-1,0,a\n0,0,b\n")
    arguments = ("grad", "mse", "d.csv", "--pred", "p", "--target", "t", "--by", "g")
    (one,) = _of_first(cli(*arguments, "-f", "json").out)
    assert [(row["names"], row["samples"]) for row in one["groups"]] == [(["a"], 2), (["b"], 2)]
    assert [row["share"] for row in one["groups"]] == pytest.approx([0.4, 0.6], rel=1e-15)
    assert [row["loss_share"] for row in one["groups"]] == pytest.approx([2 / 11, 9 / 11], rel=1e-15)
    lines = cli(*arguments).out.splitlines()
    assert lines[lines.index(next(line for line in lines if line.startswith("g "))) + 2].split()[:4] == [
        "a",
        "2",
        "40.0",
        "%",
    ]


def test_embeddings_go_to_one_archive(folder):
    rng = np.random.default_rng(7)
    for name in "apn":
        np.save(f"{name}.npy", rng.standard_normal((9, 4)))
    files = ("a.npy", "p.npy", "n.npy")
    assert cli("grad", "triplet_margin", *files, "-o", "g.npz").code == 0
    with np.load("g.npz") as archive:
        assert list(archive) == ["anchor", "positive", "negative"]
    error, hint = refused(cli("grad", "triplet_margin", *files, "-o", "g.npy"))
    assert "one array" in error
    assert "g.npz" in hint
    assert not (folder / "g.npy").exists()
    assert cli("grad", "triplet_margin", *files, "--wrt", "negative", "-o", "g.npy").code == 0


@pytest.fixture
def triplets(folder):
    rng = np.random.default_rng(7)
    for name in "apn":
        np.save(f"{name}.npy", rng.standard_normal((9, 4)))
    return ("grad", "triplet_margin", "a.npy", "p.npy", "n.npy")


def test_folder_has_a_file_for_every_input(triplets, folder):
    found = losscli.grad("triplet_margin", *triplets[2:])
    for _ in range(2):  # the second writes over the first
        ran = cli(*triplets, "-o", "g/")
        assert (ran.code, ran.out, ran.err) == (0, "", "wrote anchor.npy, positive.npy, negative.npy in g/\n")
        assert sorted(path.name for path in (folder / "g").iterdir()) == ["anchor.npy", "negative.npy", "positive.npy"]
    for one in found.inputs:
        np.testing.assert_array_equal(np.load(f"g/{one.name}.npy"), one.array)
    (folder / "there").mkdir()
    assert cli(*triplets, "--wrt", "anchor", "-o", "there").code == 0
    assert [path.name for path in (folder / "there").iterdir()] == ["anchor.npy"]


def test_folder_of_a_run_that_fails_is_as_before(triplets, folder):
    values = np.load("n.npy")
    values[8, 3] = np.nan
    np.save("n.npy", values)
    assert cli(*triplets, "-o", "g/").code == 2
    assert not (folder / "g").exists()
    (folder / "g").mkdir()
    (folder / "g" / "anchor.npy").write_text("before")
    assert cli(*triplets, "-o", "g/").code == 2
    assert [path.read_text() for path in (folder / "g").iterdir()] == ["before"]


@pytest.mark.parametrize("out", ["g.npy", "g.npz", "g/"])
def test_gradients_of_joined_rows_are_written(out, folder):
    write(folder, p="id,p\na,1\nb,2\nc,9\n", t="id,t\nc,0\na,0\nb,0\n")
    assert cli("grad", "mse", "p.csv::p", "t.csv::t", "--on", "id", "-r", "sum", "-o", out).code == 0
    found = np.load("g/pred.npy" if out == "g/" else out)
    np.testing.assert_array_equal(found["pred"] if out == "g.npz" else found, [2.0, 4.0, 18.0])


def test_no_kept_column_is_lost_to_a_gradient_of_its_name(folder):
    (folder / "t.csv").write_text("p,y,pred\n1,0,x\n3,0,z\n")
    arguments = ("grad", "mse", "t.csv", "--pred", "p", "--target", "y", "--keep", "pred", "-s")
    rows = csv_rows(cli(*arguments, "-f", "csv").out)
    assert rows == [{"sample": "0", "kept_pred": "x", "pred": "1.0"}, {"sample": "1", "kept_pred": "z", "pred": "3.0"}]
    assert cli(*arguments, "-o", "n.csv").code == 0
    assert csv_rows((folder / "n.csv").read_text()) == rows


def test_folder_of_the_inputs_keeps_them(folder):
    write(folder, pred="1\n2\n", target="1\n3\n")
    for name in ("pred", "target"):
        np.save(f"{name}.npy", np.loadtxt(f"{name}.csv"))
    error, hint = refused(cli("grad", "mse", "pred.npy", "target.npy", "-o", "."))
    assert "pred.npy: is one of the inputs" in error
    assert hint == "Hint: give another folder."
    np.testing.assert_array_equal(np.load("pred.npy"), [1.0, 2.0])


def test_columns_are_kept_beside_the_samples(folder):
    write(folder, d="p,t,id\n3,0,a\n1,0,b\n-5,0,c\n")
    arguments = ("grad", "mse", "d.csv", "--pred", "p", "--target", "t", "--keep", "id", "--worst", "2")
    lines = cli(*arguments).out.splitlines()
    assert lines[-4].split() == ["sample", "|gradient|", "share", "loss", "id"]
    assert [line.split()[-1] for line in lines[-2:]] == ["c", "a"]
    (one,) = _of_first(cli(*arguments, "-f", "json").out)
    assert [row["kept"] for row in one["worst_samples"]] == [{"id": "c"}, {"id": "a"}]
    assert cli(*arguments, "-s", "-f", "csv").out.splitlines()[:2] == ["sample,id,pred", "0,a,2.0"]
    assert cli(*arguments, "-s", "-q").out.splitlines()[0] == "a\t2.0"
    assert cli(*arguments, "-o", "n.csv").code == 0
    written = pl.read_csv("n.csv")
    assert (written.columns, written["id"].to_list()) == (["sample", "id", "pred"], ["a", "b", "c"])
    assert written["pred"].to_list() == pytest.approx([2.0, 2 / 3, 10 / 3], rel=1e-15)
    assert json.loads(cli(*arguments, "-s", "-f", "json").out)["results"][0]["kept"] == {"id": ["a", "b", "c"]}
    assert "kept" not in json.loads(cli(*arguments, "-f", "json").out)["results"][0]
    assert cli(*arguments, "-o", "g.npy").code == 0


def test_several_losses_are_each_the_one_alone(folder):
    write(folder, p="1.5\n2\n-60\n", t="1\n1\n1\n")
    files = ("p.csv", "t.csv", "--delta", "50")
    names = ("mse", "huber", "rmse")
    alone = [losscli.grad(name, "p.csv", "t.csv", **({"delta": 50} if name == "huber" else {})) for name in names]
    ran = cli("grad", ",".join(names), *files)
    heads = [line for line in ran.out.splitlines() if "gradient of the" in line]
    assert heads == [f"{name}: gradient of the {of} to pred, (3,)" for name, of in zip(names, OF, strict=True)]
    document = json.loads(cli("grad", ",".join(names), *files, "-f", "json").out)
    assert [result["loss"] for result in document["results"]] == [*names]
    assert [result["gradients"][0]["norm"] for result in document["results"]] == [a.inputs[0].norm for a in alone]
    assert cli("grad", ",".join(names), *files, "-q").out.split() == [repr(a.inputs[0].norm) for a in alone]
    rows = pl.read_csv(io.StringIO(cli("grad", ",".join(names), *files, "-f", "csv").out))
    assert rows["loss"].to_list() == [*names]
    assert cli("grad", ",".join(names), *files, "-o", "g/").code == 0
    assert cli("grad", ",".join(names), *files, "-o", "g.npz").code == 0
    with np.load("g.npz") as archive:
        for name, one in zip(names, alone, strict=True):
            np.testing.assert_array_equal(np.load(f"g/{name}.pred.npy"), one.array)
            np.testing.assert_array_equal(archive[f"{name}.pred"], one.array)
    norms = pl.read_csv(io.StringIO(cli("grad", ",".join(names), *files, "-s", "-f", "csv").out))
    assert norms.columns == ["sample", *(f"{name}.pred" for name in names)]
    assert norms["rmse.pred"].to_list() == alone[2].inputs[0].per_sample.tolist()


OF = ("mean", "mean", "loss")


def test_check_of_several_losses_is_one_of_each(folder, monkeypatch):
    write(folder, p="1.5\n2\n-1\n", t="1\n1\n1\n")
    right = losses.find("l1").hooks["gradient"]

    def wrong(xp, back, pred, target, weight):
        return right(xp, back, pred, target, weight)[0] * 1.01

    monkeypatch.setitem(losses.find("l1").hooks, "gradient", wrong)
    ran = cli("grad", "mse,l1", "p.csv", "t.csv", "--check")
    assert ran.code == 1
    assert (ran.out.count("agrees"), ran.out.count("DIFFERS")) == (2, 2)


def test_check_tells_a_wrong_closed_form(folder, monkeypatch):
    write(folder, p="1.5\n2\n-1\n", t="1\n1\n1\n")
    ran = cli("grad", "mse", "p.csv", "t.csv", "--check")
    assert ran.code == 0
    assert ran.out.count("agrees") == 2
    right = losses.find("mse").hooks["gradient"]

    def wrong(xp, back, pred, target, weight):
        return right(xp, back, pred, target, weight)[0] * 1.01

    monkeypatch.setitem(losses.find("mse").hooks, "gradient", wrong)
    ran = cli("grad", "mse", "p.csv", "t.csv", "--check")
    assert ran.code == 1
    assert ran.out.count("DIFFERS") == 2
    checks = _of_first(cli("grad", "mse", "p.csv", "t.csv", "--check", "-f", "json").out)[0]["checks"]
    assert [check["passed"] for check in checks] == [False, False]
    assert all(check["largest"] == pytest.approx(0.01, rel=0.02) for check in checks)


@pytest.mark.parametrize(
    ("arguments", "problem", "helps"),
    [
        (("mse", "p.csv", "t.csv", "--wrt", "prod"), "prod is no input", "--wrt pred,target"),
        (("mse,mse", "p.csv", "t.csv"), "asked for twice", ""),
        (("mse,l1", "p.csv", "t.csv", "-o", "g.npy"), "holds one array", "-o g/ has a file each."),
        (("mse,l1", "p.csv", "t.csv", "-s", "-o", "g.npy"), "holds one array", "-o g.csv"),
        (("mse", "p.csv", "t.csv", "-s", "-o", "g/"), "a norm a sample goes to a file", ""),
        (("mse", "p.csv", "t.csv", "-f", "json", "-o", "g/"), "-f json says how a text is written", "leave -f out"),
        (("mse", "p.csv", "t.csv", "-o", "no/g/"), "no/g/: cannot be made", ""),
        (("mse", "p.csv", "t.csv", "-o", "p.csv/"), "p.csv/: is a file", "slash"),
        (("mse", "p.csv", "t.csv", "-o", "g/", "--wrt", "prod"), "prod is no input", ""),
        (("mse", "p.csv", "t.csv", "--keep", "id"), "id", ""),
        (("mse", "p.csv", "t.csv", "-r", "none"), "'none'", "mean, sum"),
        (("median_absolute_error", "p.csv", "t.csv"), "no gradient in closed form", "-b torch"),
        (("mse", "p.csv", "t.csv", "-o", "g.txt"), "cannot be written as .txt", ".npz"),
        (("mse", "p.csv", "t.csv", "-s", "-o", "g.npz"), "cannot be written as .npz", ".npy"),
        (("mse", "p.csv", "t.csv", "-o", "p.csv"), "is one of the inputs", ""),
    ],
)
def test_what_cannot_be_done_is_told(arguments, problem, helps, folder):
    write(folder, p="1\n2\n", t="1\n3\n")
    error, hint = refused(cli("grad", *arguments))
    assert problem in error
    assert helps in hint
    assert sorted(path.name for path in folder.iterdir()) == ["p.csv", "t.csv"]
