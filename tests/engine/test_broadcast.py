"""An input that may be smaller than the prediction is repeated, also beside streams, whose length nobody knows yet."""

import json

import numpy as np
import pytest

import losscli
from losscli import losses
from losscli.errors import ShapeError

BROADCAST = [pytest.param(one, id=one.name) for one in losses.built_in() if any(i.kind.broadcast for i in one.inputs)]


def streams(folder, one, rows, columns):
    """The loss's required inputs as columns of one NDJSON file, and the same as arrays."""
    rng = np.random.default_rng(0)
    names = [i.name for i in one.inputs if not i.optional and not i.kind.broadcast]
    arrays = {name: rng.random((rows, columns)).round(3) for name in names}
    table = [{f"{n}{c}": float(arrays[n][r, c]) for n in names for c in range(columns)} for r in range(rows)]
    path = folder / "table.ndjson"
    path.write_text("".join(json.dumps(row) + "\n" for row in table))
    files = {n: f"{path}::" + ",".join(f"{n}{c}" for c in range(columns)) for n in names}
    return files, {n: a if columns > 1 else a[:, 0] for n, a in arrays.items()}


@pytest.mark.parametrize("reduction", ["mean", "none"])
@pytest.mark.parametrize("columns", [1, 2])
@pytest.mark.parametrize("shape", [(), (1,), (2,), (4,), (1, 1), (1, 2), (4, 1), (4, 2)], ids=str)
@pytest.mark.parametrize("one", BROADCAST)
def test_beside_streams_it_is_what_it_is_beside_arrays(tmp_path, one, shape, columns, reduction):
    files, arrays = streams(tmp_path, one, 4, columns)
    role = next(i.name for i in one.inputs if i.kind.broadcast)
    given = {role: np.arange(1.0, 1 + np.prod(shape, dtype=int)).reshape(shape)}
    try:
        wanted = losscli.compute(one.name, **arrays, **given, reduction=reduction)
    except ShapeError:
        with pytest.raises(ShapeError, match=r"does not broadcast|has 4 rows"):
            losscli.compute(one.name, **files, **given)
    else:
        found = losscli.compute(one.name, **files, **given, reduction=reduction)
        assert np.array_equal(found.value, wanted.value)


@pytest.mark.parametrize("rows", [3, 5])
@pytest.mark.parametrize("one", BROADCAST)
def test_one_row_a_sample_must_be_as_many_as_the_stream_has(tmp_path, one, rows):
    files, _ = streams(tmp_path, one, 4, 2)
    role = next(i.name for i in one.inputs if i.kind.broadcast)
    with pytest.raises(ShapeError, match=f"has 4 rows, .* has {rows}"):
        losscli.compute(one.name, **files, **{role: np.ones((rows, 2))})
