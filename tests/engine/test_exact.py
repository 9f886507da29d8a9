"""The same bits, whatever the threads, the kind of file, the company or the grouping of blocks."""

import math

import numpy as np
import pytest
from drawing import within

import losscli
from losscli import losses
from losscli.engine.plan import BLOCK_ELEMENTS
from losscli.spec.kinds import ANY, Among

BLOCK = BLOCK_ELEMENTS // 2  # rows of two columns
ROWS = [BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK + 6784]
# One loss each of a plain sum, of weights, of exp and log, of an of_mean step, of gathered values.
ELEMENTWISE = ["mse", "l1", "bce_with_logits", "huber", "rmse", "median_absolute_error"]


def bits(result):
    return (float(result.value).hex(), *(float(x).hex() for x in (result.numerator, result.denominator)))


def pair(rows, *columns):
    rng = np.random.default_rng(rows)
    return rng.standard_normal((rows, *columns)), rng.uniform(0, 1, (rows, *columns))


@pytest.fixture(scope="module", params=ROWS)
def columns(request):
    return pair(request.param)


def test_any_number_of_threads(columns):
    alone = [bits(r) for r in losscli.compute(ELEMENTWISE, *columns, threads=1)]
    for threads in (2, 8):
        assert [bits(r) for r in losscli.compute(ELEMENTWISE, *columns, threads=threads)] == alone


def test_torch_backend_has_one_result_for_any_number_of_threads(columns):
    found = {bits(losscli.compute("mse", *columns, backend="torch", threads=n)) for n in (1, 2, 8)}
    assert len(found) == 1


def test_a_loss_in_company_is_as_it_is_alone(columns):
    together = losscli.compute(ELEMENTWISE, *columns)
    assert [bits(r) for r in together] == [bits(losscli.compute(name, *columns)) for name in ELEMENTWISE]


def test_classification_with_several_positions():
    rng = np.random.default_rng(0)
    logits, labels = rng.standard_normal((3000, 5, 40)), rng.integers(0, 5, (3000, 40))
    labels[rng.random(labels.shape) < 0.2] = -100
    more = {"weight": [0.1, 0.2, 0.3, 0.4, 0.7], "label_smoothing": 0.1}
    found = {bits(losscli.compute("cross_entropy", logits, labels, threads=n, **more)) for n in (1, 2, 8)}
    transposed = np.asfortranarray(logits)
    found.add(bits(losscli.compute("cross_entropy", transposed, labels, **more)))
    assert len(found) == 1


def _unaligned(x):
    raw = np.zeros(x.nbytes + 1, np.uint8)
    view = raw[1:].view(x.dtype).reshape(x.shape)
    view[...] = x
    assert not view.flags.aligned
    return view


VIEWS = {
    "fortran": np.asfortranarray,
    "big-endian": lambda x: x.astype(">f8"),
    "unaligned": _unaligned,
    "strided": lambda x: np.repeat(x, 2, axis=0)[::2],
    "reversed twice": lambda x: x[::-1].copy()[::-1],
    "read-only": lambda x: np.frombuffer(x.tobytes()).reshape(x.shape),
}
SHAPES = [(131073,), (50000, 3), (1500, 2, 50)]


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("layout", VIEWS)
def test_layout_in_memory_and_in_an_npy_file(tmp_path, shape, layout):
    x, y = pair(*shape)
    expected = bits(losscli.compute("mse", x, y))
    assert bits(losscli.compute("mse", VIEWS[layout](x), y)) == expected
    np.save(tmp_path / "x.npy", VIEWS[layout](x))
    np.save(tmp_path / "y.npy", y)
    for threads in (1, 2):
        assert bits(losscli.compute("mse", tmp_path / "x.npy", tmp_path / "y.npy", threads=threads)) == expected


@pytest.mark.parametrize("shape", [(40001,), (20001, 2)], ids=str)
def test_text_holds_the_same_values(tmp_path, shape):
    x, y = pair(*shape)
    for name, values in (("x.csv", x), ("y.csv", y)):
        rows = [",".join(map(repr, row)) for row in values.reshape(len(values), -1).tolist()]
        (tmp_path / name).write_text("\n".join(rows) + "\n")
    assert bits(losscli.compute("l1", tmp_path / "x.csv", tmp_path / "y.csv")) == bits(losscli.compute("l1", x, y))


@pytest.mark.parametrize("dtype", ["float32", "float16", "int8", "int64", "uint8", "bool"])
def test_narrow_files_are_computed_as_the_float64_they_stand_for(dtype):
    x, y = (np.abs(v * 3).astype(dtype) for v in pair(140001))
    assert bits(losscli.compute("mse", x, y)) == bits(losscli.compute("mse", x.astype(float), y.astype(float)))


@pytest.mark.parametrize(("name", "term"), [("mse", lambda d: d * d), ("l1", abs)])
def test_sum_of_a_million_terms_is_exact_to_a_rounding(name, term):
    x, y = pair(10**6)
    exact = math.fsum(term(d) for d in (x - y).tolist())
    assert losscli.compute(name, x, y, reduction="sum").value == pytest.approx(exact, rel=1e-15, abs=0)
    assert float(losscli.compute(name, x, y)) == pytest.approx(exact / 10**6, rel=1e-15, abs=0)


@pytest.mark.parametrize(
    "one", [x for x in losses.built_in() if x.signature.elementwise and "none" in x.reductions], ids=lambda x: x.name
)
def test_unreduced_values_do_not_depend_on_blocks(one):
    rng = np.random.default_rng(1)
    # Inside every domain but those of a few numbers: probabilities, labels and real numbers alike.
    domains = {i.name: i.kind.domain for i in one.inputs}
    given = {n: within(rng, d if isinstance(d, Among) else ANY, 262145, 0.01, 0.99) for n, d in domains.items()}
    whole = losscli.compute(one.name, reduction="none", threads=2, **given).value
    for part in (slice(0, 10), slice(131067, 131077), slice(262140, None)):
        few = losscli.compute(one.name, reduction="none", **{k: v[part] for k, v in given.items()}).value
        # A block's ends and its middle take other vector paths of exp and log: 1 ulp apart.
        np.testing.assert_allclose(whole[part], few, rtol=5e-16)
    result = losscli.compute(one.name, reduction="sum", **given)
    assert result.value == pytest.approx(math.fsum(whole.tolist()), rel=1e-15, abs=0)
