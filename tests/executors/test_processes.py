"""The same bits wherever blocks are computed and however partials are merged.

Other processes are sent the plan and places of blocks, and send partials: all is pickled on the way.
"""

import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from functools import partial

import numpy as np
import pytest
from blocks import blocks_of

import losscli
from losscli import losses
from losscli.api import run
from losscli.engine.collect import Selection
from losscli.engine.observers import Observer
from losscli.engine.request import Wanted
from losscli.executors import threads
from losscli.knobs.options import Options

ROWS = 500
RNG = np.random.default_rng(9)
X, Y = RNG.standard_normal((2, ROWS))
Y[7] = X[7] + 40.0
LOGITS, LABELS = RNG.standard_normal((ROWS, 4)), RNG.integers(0, 4, ROWS)
LABELS[::9] = -100
PROBS, CHANCES = RNG.uniform(0.01, 0.99, (2, ROWS))
ROWS_OF_VECTORS = [RNG.standard_normal((ROWS, 3)) for _ in range(3)]


@pytest.fixture(scope="module")
def pool():
    with ProcessPoolExecutor(2, multiprocessing.get_context("spawn")) as made:
        yield made


@pytest.fixture
def shared_out(monkeypatch):
    """Calls a function while blocks are small and shared out by some executor, and tells how many blocks there were."""

    def calling(call, executor):
        counts = []

        def counting(task, _):
            items = list(task.items)
            counts.append(len(items))
            return executor(task._replace(items=items))

        with monkeypatch.context() as patch:
            patch.setattr(threads, "in_threads", counting)
            found = call()
        assert counts[0] > 1
        return found

    with blocks_of(64):
        yield calling


def _in_session(session, compute, item):
    with session():
        return compute(item)


@pytest.fixture
def elsewhere(pool, shared_out):
    """Calls a function whose blocks are computed in other processes."""

    def in_processes(task):
        computed = pool.map(partial(_in_session, task.session, task.compute), task.items)
        return task.merge([task.deliver(part) for part in computed])

    return lambda call: shared_out(call, in_processes)


def told(result):
    """All that a result tells, as text in which floats read back as they are."""
    with np.printoptions(threshold=10**6, floatmode="unique"):
        return repr(result)


@pytest.fixture
def table(tmp_path):
    rows = zip(X.tolist(), Y.tolist(), RNG.integers(0, 3, ROWS).tolist(), PROBS.tolist(), strict=True)
    text = "".join(f"{x!r},{y!r},g{g},{w!r}\n" for x, y, g, w in rows)
    (tmp_path / "t.csv").write_text("x,y,g,w\n" + text)
    return tmp_path / "t.csv"


CASES = {
    "several losses": ("mse,l1,huber,rmse,median_absolute_error", [X, Y], {}),
    "a statistic and labels": ("cross_entropy", [LOGITS, LABELS], {"weight": [0.5, 1.0, 2.0, 0.1]}),
    "classes after probabilities": ("nll", [np.log(LOGITS**2 + 0.1), np.abs(LABELS) % 4], {}),
    "logits that look like probabilities": ("bce_with_logits", [PROBS, CHANCES], {}),
    "vectors": ("triplet_margin", ROWS_OF_VECTORS, {}),
    "an input read whole": ("mase", [X, Y, np.arange(30.0) ** 2], {}),
    "unreduced": ("mse,l1", [X, Y], {"reduction": "none"}),
    "unreduced without the samples omitted": (
        "l1",
        [np.where(X > 2, np.nan, X), Y],
        {"reduction": "none", "nan": "omit"},
    ),
    "per sample": ("mse,l1", [X, Y], {"per_sample": True}),
    "sample weights": ("huber", [X, Y], {"sample_weight": PROBS, "delta": 0.5}),
    "float32": ("bce", [PROBS, CHANCES], {"dtype": "float32", "per_sample": True}),
    "torch": ("smooth_l1,mse", [X, Y], {"backend": "torch", "per_sample": True}),
    "samples larger than a block": ("l1", [X.reshape(2, -1), Y.reshape(2, -1)], {"per_sample": True}),
    "intervals": ("mse,l1,rmse", [X, Y], {"ci": 0.95}),
    "intervals without the samples omitted": (
        "cross_entropy",
        [np.where(LOGITS > 2.5, np.nan, LOGITS), LABELS],
        {"ci": 0.95, "nan": "omit", "weight": [0.5, 1.0, 2.0, 0.1]},
    ),
    "intervals of clusters": ("mse,huber", [X, Y], {"ci": 0.95, "cluster": np.arange(ROWS) % 37}),
    "intervals of units drawn anew": ("mse,l1", [X, Y], {"ci": 0.95, "ci_method": "bca", "resamples": 99}),
    "intervals of samples larger than a block": ("l1", [X.reshape(4, -1), Y.reshape(4, -1)], {"ci": 0.95}),
    "intervals of the whole set": ("concordance,median_absolute_error", [X, Y], {"ci": 0.95}),
    "infinities": ("mse", [np.where(X > 2, np.inf, X), Y], {}),
}


def figures(case):
    name, inputs, more = CASES[case]
    return told(losscli.compute(name, *inputs, **more))


@pytest.mark.parametrize("case", CASES)
def test_the_same_bits(case, elsewhere):
    assert elsewhere(lambda: figures(case)) == figures(case)


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"sample_weight": "w"},
        {"per_sample": True},
        {"ci": 0.95, "sample_weight": "w"},
        {"ci": 0.95, "cluster": "w"},
        {"ci": 0.95, "ci_method": "percentile"},
    ],
)
def test_groups_of_a_table(more, elsewhere, table):
    def grouped():
        return told(losscli.compute("mse,l1", f"{table}::x", f"{table}::y", by=["g"], **more))

    assert elsewhere(grouped) == grouped()


@pytest.mark.parametrize("fortran", [False, True])
@pytest.mark.parametrize("dtype", ["<f8", ">f4"])
def test_files_are_opened_again_where_they_are_read(fortran, dtype, elsewhere, tmp_path):
    for name, values in (("x", X), ("y", Y)):
        np.save(tmp_path / name, np.asarray(values.reshape(-1, 2), dtype, order="F" if fortran else "C"))

    def read():
        return told(losscli.compute("mse", tmp_path / "x.npy", tmp_path / "y.npy"))

    assert elsewhere(read) == read()


def looked_at(**wanted):
    """What comes of two losses, and the samples that are shown of them."""
    results, index = run([losses.find(n) for n in ("mse", "l1")], [X, Y], {}, Options(), Wanted(**wanted))
    return told(results), None if index is None else index.tolist()


@pytest.mark.parametrize("selection", [Selection(top=5), Selection(top=70), Selection(head=3, tail=4)], ids=str)
def test_selected_samples(selection, elsewhere):
    found = elsewhere(lambda: looked_at(selection=selection))
    assert found == looked_at(selection=selection)
    assert (7 in found[1]) == bool(selection.top)


@pytest.mark.parametrize("bad", [[np.nan, 1.5], [1.5, np.nan]])
def test_the_earliest_error_is_raised(bad, elsewhere):
    probs = PROBS.copy()
    probs[100], probs[400] = bad

    def refused():
        with pytest.raises(losscli.LossCLIError) as found:
            losscli.compute("bce", probs, CHANCES)
        return str(found.value)

    assert elsewhere(refused) == refused()


@pytest.mark.parametrize("case", [*CASES, "selected"])
def test_any_grouping_of_parts_gives_the_same_bits(case, shared_out):
    def call():
        return looked_at(selection=Selection(top=70)) if case == "selected" else figures(case)

    def as_a_tree(task):
        parts = [task.deliver(_in_session(task.session, task.compute, item)) for item in task.items]
        random = np.random.default_rng(len(parts))
        while len(parts) > 1:
            at = int(random.integers(len(parts) - 1))
            parts[at : at + 2] = [task.merge([task.merge([part]) for part in parts[at : at + 2]])]
        return parts[0]

    assert shared_out(call, as_a_tree) == call()


class Histogram(Observer):
    """An observer as anyone might write one: how often the unreduced values of each loss lie in some ranges."""

    EDGES = np.array([0.0, 0.5, 1.0, 2.0, np.inf])

    def take(self, block, losses):
        return np.stack([np.histogram(one.values, self.EDGES)[0] for one in losses])

    def merge(self, parts):
        return sum(parts)

    def finish(self, part, ended):
        self.found = part
        for outcome, counts in zip(ended.outcomes, part, strict=True):
            outcome.observed["histogram"] = counts


def test_an_observer_is_handed_in_and_no_other_file_knows_of_it(elsewhere):
    histogram = Histogram()
    elsewhere(lambda: looked_at(observers=(histogram,)))
    expected = [np.histogram(values, Histogram.EDGES)[0] for values in ((X - Y) ** 2, np.abs(X - Y))]
    np.testing.assert_array_equal(histogram.found, expected)
