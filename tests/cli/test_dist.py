"""``losscli dist``: what it prints and writes, and what it refuses."""

import csv
import io
import json
from xml.etree import ElementTree

import numpy as np
import pytest
from shell import ROOT, cli, csv_rows, refused, write

import losscli
from losscli.report.distribution.picture import picture

ERRORS = ["mse", "sample_data/diabetes_pred.csv", "sample_data/diabetes_target.csv"]
CLASSES = ["cross_entropy", "sample_data/digits_logits.csv", "sample_data/digits_target.csv"]
BINARY = ["bce_with_logits", "sample_data/binary_logits.csv", "sample_data/binary_labels.csv"]


@pytest.fixture
def samples(monkeypatch):
    monkeypatch.chdir(ROOT)


def document(*arguments):
    ran = cli("dist", *arguments, "-f", "json")
    assert ran.code == 0, ran.err
    return json.loads(ran.out)


@pytest.mark.usefixtures("samples")
@pytest.mark.parametrize("arguments", [ERRORS, CLASSES, BINARY], ids=lambda x: x[0])
def test_the_page_fits_80_columns(arguments):
    ran = cli("dist", *arguments)
    assert (ran.code, ran.err) == (0, "")
    lines = ran.out.splitlines()
    assert max(map(len, lines)) <= 80
    assert all(line == line.rstrip() for line in lines)
    assert lines[0].startswith(arguments[0])
    assert lines[1].startswith("constant")
    heads = [line.split()[0] for line in lines if line.split()[:1] and line.split()[0] in
             ("quantile", "worst", "loss", "class", "sample")]  # fmt: skip
    wanted = ["quantile", "loss", "worst", "loss", *(["class"] if arguments is CLASSES else []), "sample"]
    assert heads == wanted


@pytest.mark.usefixtures("samples")
def test_figures_of_errors():
    found = document(*ERRORS)
    first = found["worst"][0]
    assert (first["samples"], first["share"]) == (3, pytest.approx(0.0975130, abs=1e-7))
    assert found["samples_with_half"] == 29
    (constant,) = found["references"]
    assert (constant["value"], constant["skill"]) == (5469.682725578919, pytest.approx(0.4537065, abs=1e-7))
    assert found["worst_samples"][0]["error"] == pytest.approx(151.357)


@pytest.mark.usefixtures("samples")
def test_figures_of_classes():
    found = document(*CLASSES)
    five = found["worst"][1]
    assert (five["q"], round(five["share"], 3), found["samples_with_half"]) == (0.05, 0.407, 69)
    assert (found["wrong"]["targets"], round(found["wrong"]["share"], 3)) == (35, 0.347)
    assert (found["confused"][0]["target"], found["confused"][0]["predicted"]) == (8, 1)
    worst = found["worst_samples"][0]
    assert (worst["sample"], worst["target"], worst["predicted"]) == (661, 4, 8)
    assert worst["p"] == pytest.approx(np.exp(-worst["loss"]), rel=1e-14)


@pytest.mark.usefixtures("samples")
def test_figures_of_yes_and_no():
    found = document(*BINARY)
    assert found["result"]["value"] == pytest.approx(0.109806, abs=1e-6)
    assert found["references"][0]["value"] == pytest.approx(0.317937, abs=1e-6)
    worst = found["worst_samples"][0]
    assert worst["p"] == pytest.approx(np.exp(-worst["loss"]), rel=1e-14)


@pytest.mark.usefixtures("samples")
def test_forms_say_the_same():
    found = losscli.dist(*CLASSES)
    assert document(*CLASSES)["result"]["value"] == found.result.value
    assert cli("dist", *CLASSES, "-q").out == f"{found.result.value!r}\n"
    rows = list(csv.DictReader(io.StringIO(cli("dist", *CLASSES, "-f", "csv").out)))
    shares = [float(row["value"]) for row in rows if (row["part"], row["figure"]) == ("class", "share")]
    assert shares == [one.share for one in found.classes]
    page = cli("dist", *CLASSES, "-f", "markdown").out
    assert page.startswith("- cross_entropy 0.191654 = 172.297 / 899 targets\n")
    assert page.count("| ---") >= 5


def test_no_reference_says_none_and_the_loss_is_written(folder):
    write(folder, p="1\n2\n4", t="1\n1\n1")
    found = document("mse", "p.csv", "t.csv", "--no-reference")
    assert found["references"] == []
    ran = cli("dist", "mse", "p.csv", "t.csv", "-o", "d.json")
    assert (ran.code, ran.out, ran.err.splitlines()[-1]) == (0, "", "wrote d.json")
    assert json.loads((folder / "d.json").read_text())["result"]["value"] == found["result"]["value"]


def test_groups_and_kept_columns(folder):
    write(folder, t="p,y,g,id\n1,2,a,x\n3,1,b,y\n0,4,b,z")
    found = document("mse", "t.csv", "--pred", "p", "--target", "y", "--by", "g", "--keep", "id")
    assert [group["names"] for group in found["groups"]] == [{"g": "a"}, {"g": "b"}]
    assert sum(group["share"] for group in found["groups"]) == pytest.approx(1, abs=1e-12)
    assert found["worst_samples"][0]["kept"]["id"] == "z"


def test_no_kept_column_hides_a_figure(folder):
    (folder / "t.csv").write_text("p,y,loss,share\n1,0,x,k\n3,0,z,k\n")
    out = cli("dist", "mse", "t.csv", "--pred", "p", "--target", "y", "--keep", "loss,share", "-f", "csv").out
    first = {row["figure"]: row["value"] for row in csv_rows(out) if (row["part"], row["of"]) == ("sample", "1")}
    assert (first["loss"], first["share"], first["kept_loss"], first["kept_share"]) == ("9.0", "0.9", "z", "k")


@pytest.mark.usefixtures("samples")
def test_loss_that_a_parameter_makes_one_number_is_taken_apart_without_it():
    masks = ("dice", "sample_data/masks_pred.npy", "sample_data/masks_target.npy")
    found = document(*masks)
    assert sum(one["share"] for one in found["bins"]) == pytest.approx(1, abs=1e-12)
    worst = losscli.compute("dice", *masks[1:], per_sample=True).per_sample
    assert found["worst_samples"][0]["sample"] == int(np.argmax(worst))
    assert found["worst_samples"][0]["loss"] == worst.max()
    assert "one number for the whole set" in refused(cli("dist", *masks, "--aggregate", "batch"))[0]


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["median_absolute_error", "p.csv", "t.csv"], "one number for the whole set"),
        (["mse,l1", "p.csv", "t.csv"], "several were given"),
        (["mse", "p.csv", "t.csv", "-r", "none"], "none"),
        (["mse", "p.csv", "t.csv", "--ci", "0.9"], "--ci"),
        (["mse", "p.csv", "t.csv", "-o", "d.npy"], "d.npy"),
        (["mse", "p.csv", "t.csv", "--worst", "-1"], "--worst"),
        (["mse", "p.csv", "t.csv", "--by", "g"], "g"),
    ],
)
def test_what_cannot_be_taken_apart_is_refused(arguments, named, folder):
    write(folder, p="1\n2\n4", t="1\n1\n1")
    assert named in refused(cli("dist", *arguments))[0]


def test_classes_are_called_as_the_target_calls_them(folder):
    write(folder, x="cat,dog,ox\n2,1,0\n0,1,3\n1,0,0", y="word\ndog\nox\ncat")
    ran = cli("dist", "cross_entropy", "x.csv", "y.csv", "--no-reference")
    assert ran.code == 0
    assert "dog taken for cat, once" in " ".join(ran.out.split())
    (row,) = [line for line in ran.out.splitlines() if line.split()[:3] == ["0", "dog", "cat"]]
    assert row.endswith("%")
    found = document("cross_entropy", "x.csv", "y.csv")
    assert found["class_names"][found["by_class"][0]["class"]] == "dog"


@pytest.mark.parametrize(
    "more", [[], ["--weight", "1,2,0.5"], ["--ignore-index", "1"], ["--sample-weight", "w"], ["-r", "sum"]]
)
def test_shares_of_groups_add_up_to_one(more, folder):
    rng = np.random.default_rng(2)
    scores, labels, groups, weights = (
        rng.random((60, 3)),
        rng.integers(0, 3, 60),
        rng.integers(0, 5, 60),
        rng.random(60),
    )
    rows = [f"{a},{b},{c},{y},g{g},{w}" for (a, b, c), y, g, w in zip(scores, labels, groups, weights, strict=True)]
    write(folder, t="\n".join(["a,b,c,y,g,w", *rows]))
    found = document("cross_entropy", "t.csv", "--pred", "a,b,c", "--target", "y", "--by", "g", *more)
    assert sum(one["share"] for one in found["groups"]) == pytest.approx(1, abs=1e-12)
    assert sum(one["samples"] for one in found["groups"]) == 60
    assert sum(one["share"] for one in found["by_class"]) == pytest.approx(1, abs=1e-12)


# The picture


@pytest.mark.usefixtures("samples")
@pytest.mark.parametrize("arguments", [ERRORS, CLASSES, BINARY], ids=lambda x: x[0])
def test_every_number_of_the_picture_stands_in_json(arguments):
    found = document(*arguments)
    drawn = picture(losscli.dist(*arguments))
    bins, total = found["histogram"]["bins"], found["samples"]
    (above, reach), (below, least) = drawn.rows
    for panel in (above, below):
        assert panel.bars.edges == [bins[0]["from"], *(one["to"] for one in bins)]
        assert panel.x == (bins[0]["from"], bins[-1]["to"], found["histogram"]["log"])
    assert above.bars.heights == [100 * one["samples"] / total for one in bins]
    assert below.bars.heights == [100 * one["share"] for one in bins]
    (held,), (added,) = reach.lines, least.lines
    assert held.x == added.x == [100 * one["samples"] / total for one in found["concentration"]]
    assert held.y == [100 * one["share"] for one in found["concentration"]]
    assert added.y == [one["above"] for one in found["concentration"]]
    assert reach.marks == (100 * found["samples_with_half"] / total,)
    left = found["histogram"]["below"]
    assert sum(one["samples"] for one in bins) + left["samples"] == total
    assert drawn.notes[0].startswith(f"{left['samples']} sample")


@pytest.mark.usefixtures("samples")
@pytest.mark.parametrize("suffix", [".json", ".csv", ".md", ".svg", ".png", ".pdf"])
def test_files_are_written_the_same_each_time(suffix, tmp_path):
    out = tmp_path / f"d{suffix}"
    ran = cli("dist", *ERRORS, "-o", out)
    assert (ran.code, ran.out, ran.errors) == (0, "", [f"wrote {out}"])
    first = out.read_bytes()
    cli("dist", *ERRORS, "-o", out, "-j", 1)
    assert suffix == ".pdf" or out.read_bytes() == first
    if suffix == ".svg":
        assert ElementTree.fromstring(first).tag.endswith("svg")
        assert first.decode() == losscli.dist(*ERRORS).plot() == losscli.dist(*ERRORS)._repr_svg_()
    assert first.startswith((b"{", b"part,of", b"- mse", b"<svg", b"\x89PNG", b"%PDF"))


@pytest.mark.usefixtures("samples")
@pytest.mark.parametrize("width", [40, 80, 100])
def test_the_picture_is_drawn_below_the_tables_where_it_is_asked_for(width):
    tables = cli("dist", *CLASSES).out
    assert cli("dist", *CLASSES, "--no-plot").out == tables
    ran = cli("dist", *CLASSES, "--plot", "--width", width, "--ascii")
    assert ran.out.startswith(tables)
    drawn = ran.out.removeprefix(tables)
    lines = drawn.splitlines()
    assert len(lines) <= 22
    assert max(map(len, lines)) <= width
    assert drawn.isascii()
    assert all(line == line.rstrip() for line in lines)
    assert "Half of the loss is in 69 samples (7.7 %)." in " ".join(lines)
    assert "899 samples by lo" in lines[0]


def test_losses_without_shares_have_half_of_a_picture():
    ran = cli("dist", "gaussian_nll", "1,2,3", "1,2,5", "0.1,0.1,2", "--plot")
    assert "in the worst samples" not in ran.out
    assert "No shares: 2 samples lower the loss" in ran.out
    assert "3 samples by loss, %" in ran.out


def test_equal_losses_have_no_picture(tmp_path):
    equal = ("dist", "l1", "1,2", "2,3", "--no-reference")
    assert cli(*equal, "--plot").out == cli(*equal).out
    error, _ = refused(cli(*equal, "-o", tmp_path / "a.svg"))
    assert "there is nothing to draw" in error
    assert not list(tmp_path.iterdir())
    found = losscli.dist("l1", [1.0, 2.0], [2.0, 3.0])
    assert found._repr_svg_() is None
    with pytest.raises(losscli.LossCLIError, match="nothing to draw"):
        found.plot()


def test_a_picture_beside_another_format_is_refused():
    assert "--plot shows the picture below a table" in refused(cli("dist", "l1", "1,2", "1,3", "--plot", "-q"))[0]


def test_groups_by_a_column_called_class_are_all_shown(tmp_path):
    lines = ["class,p,y", *(f"k{i % 15},{i},{i + 1 + i % 15}" for i in range(60))]
    (tmp_path / "t.csv").write_text("\n".join(lines) + "\n")
    ran = cli("dist", "mse", f"{tmp_path}/t.csv::p", f"{tmp_path}/t.csv::y", "--by", "class")
    assert [f"k{i}" for i in range(15) if f"\nk{i} " not in ran.out] == []
    assert "⋮" not in ran.out
