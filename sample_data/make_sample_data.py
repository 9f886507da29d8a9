"""Make every data file in this folder: ``python make_sample_data.py [FOLDER]``.

Needs numpy and scikit-learn. The seeds are fixed, so a second run writes the same files. Each group of files
has a generator of its own, so changing one group leaves the others as they are.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from sklearn.datasets import load_diabetes, load_digits  # type: ignore[import-untyped]
from sklearn.linear_model import LogisticRegression, Ridge  # type: ignore[import-untyped]
from sklearn.model_selection import train_test_split  # type: ignore[import-untyped]
from sklearn.neighbors import KNeighborsRegressor  # type: ignore[import-untyped]

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

SEED = 20240
WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
EIGHT = 8  # the digit that the binary files ask for
MASK_STEP = 4096  # mask probabilities are multiples of 1/4096, so that p and 1 - p are exact in float32


def write_csv(path: Path, values: npt.ArrayLike, header: Sequence[str] | None = None) -> None:
    """Write a table with each number in its shortest exact form; a vector becomes one column."""
    table = np.asarray(values)
    if table.ndim == 1:
        table = table[:, np.newaxis]
    rows: Iterable[str] = (",".join(repr(number) for number in row) for row in table.tolist())
    lines = [*([",".join(header)] if header else []), *rows]
    path.write_bytes(("\n".join(lines) + "\n").encode("ascii"))


def write_lines(path: Path, header: Sequence[str], rows: Iterable[str]) -> None:
    """Write a table whose rows are text already."""
    path.write_bytes(("\n".join([",".join(header), *rows]) + "\n").encode("ascii"))


def significant(values: npt.ArrayLike, digits: int = 6) -> FloatArray:
    """Round every value to so many significant digits."""
    array = np.asarray(values, dtype=np.float64)
    return np.array([float(f"{value:.{digits}g}") for value in array.ravel()]).reshape(array.shape)


def log_softmax(logits: FloatArray) -> FloatArray:
    """Logarithm of the softmax over the last axis."""
    shifted = logits - logits.max(axis=-1, keepdims=True)
    result: FloatArray = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    return result


def decimal_probabilities(logits: FloatArray, parts: int = 10_000) -> FloatArray:
    """Softmax rounded to multiples of 1/parts whose decimals add up to exactly 1 in each row."""
    exact = np.exp(log_softmax(logits)) * parts
    counts = np.floor(exact)
    for row in range(len(counts)):
        missing = parts - int(counts[row].sum())
        largest_remainders = np.argsort(counts[row] - exact[row], kind="stable")[:missing]
        counts[row, largest_remainders] += 1
    result: FloatArray = counts / parts
    return result


def make_small_tables(folder: Path) -> None:
    """The tables of a few rows: regression, classes, one binary pair and negative log-likelihood."""
    rng = np.random.default_rng([SEED, 1])
    write_csv(folder / "regression_pred.csv", rng.standard_normal((4, 5)).round(4))
    write_csv(folder / "regression_target.csv", rng.standard_normal((4, 5)).round(4))
    logits = rng.standard_normal((4, 5)).round(4)
    write_csv(folder / "classes_logits.csv", logits)
    write_csv(folder / "classes_log_probs.csv", log_softmax(logits))
    write_csv(folder / "classes_target.csv", rng.integers(0, 5, size=4))
    write_csv(folder / "classes_target_soft.csv", decimal_probabilities(rng.standard_normal((4, 5))))
    write_csv(folder / "binary_pred.csv", [0.7])
    write_csv(folder / "binary_target.csv", [1.0])
    write_csv(folder / "nll_log_probs.csv", log_softmax(rng.standard_normal((3, 5))))
    write_csv(folder / "nll_target.csv", [1, 0, 4])


def make_triplets(folder: Path, rows: int = 200, width: int = 128) -> None:
    """Embeddings after a ReLU: the positives are the anchors moved by more or less noise."""
    rng = np.random.default_rng([SEED, 2])
    scale = 0.25
    anchor = rng.standard_normal((rows, width))
    noise = rng.uniform(0.2, 1.4, size=(rows, 1))
    positive = anchor + noise * rng.standard_normal((rows, width))
    negative = rng.standard_normal((rows, width))
    for name, values in (("anchor", anchor), ("positive", positive), ("negative", negative)):
        write_csv(folder / f"triplet_{name}.csv", (scale * np.maximum(values, 0.0)).round(3))


def make_digits(folder: Path) -> None:
    """Held-out scores of two logistic regressions on the digits: which digit it is, and is it an 8."""
    digits = load_digits()
    train_x, test_x, train_y, test_y = train_test_split(
        digits.data / 16.0, digits.target, test_size=0.5, random_state=0, stratify=digits.target
    )
    many = LogisticRegression(C=1.0, tol=1e-8, max_iter=10_000).fit(train_x, train_y)
    logits = significant(many.decision_function(test_x))
    write_csv(folder / "digits_logits.csv", logits, [f"logit_{digit}" for digit in range(10)])
    write_csv(folder / "digits_target.csv", test_y, ["label"])
    make_digit_tables(folder, logits, test_y)

    eight = LogisticRegression(C=1.0, tol=1e-8, max_iter=10_000).fit(train_x, train_y == EIGHT)
    write_csv(folder / "binary_logits.csv", significant(eight.decision_function(test_x)), ["logit"])
    write_csv(folder / "binary_labels.csv", (test_y == EIGHT).astype(np.int64), ["label"])


def make_digit_tables(folder: Path, logits: FloatArray, labels: IntArray) -> None:
    """The first 200 of them as two tables with ids: labels as words, and in another order."""
    images = [f"img-{image:03d}" for image in range(200)]
    rows = [f"{image},{','.join(map(repr, row))}" for image, row in zip(images, logits.tolist(), strict=False)]
    write_lines(folder / "digits_scores.csv", ["image", *WORDS], rows)
    order = np.random.default_rng([SEED, 5]).permutation(len(images)).tolist()
    write_lines(folder / "digits_words.csv", ["image", "digit"], [f"{images[i]},{WORDS[labels[i]]}" for i in order])


def make_diabetes(folder: Path) -> None:
    """Held-out predictions of a ridge regression on the diabetes data, and the targets it was trained on."""
    data, target = load_diabetes(return_X_y=True)
    train_x, test_x, train_y, test_y = train_test_split(data, target, test_size=0.5, random_state=0)
    model = Ridge(alpha=0.1, solver="cholesky").fit(train_x, train_y)
    write_csv(folder / "diabetes_pred.csv", significant(model.predict(test_x)), ["pred"])
    neighbours = KNeighborsRegressor(n_neighbors=15).fit(train_x, train_y)
    write_csv(folder / "diabetes_knn.csv", significant(neighbours.predict(test_x)), ["pred"])
    write_csv(folder / "diabetes_target.csv", test_y, ["target"])
    write_csv(folder / "diabetes_history.csv", train_y, ["target"])

    patients = load_diabetes(scaled=False).data
    _, held_out = train_test_split(np.arange(len(target)), test_size=0.5, random_state=0)
    rows = [
        f"{patient},{int(patients[patient, 1])},{age_group(patients[patient, 0])},{y_hat!r},{y!r}"
        for patient, y_hat, y in zip(
            held_out.tolist(), significant(model.predict(test_x)).tolist(), test_y.tolist(), strict=True
        )
    ]
    write_lines(folder / "diabetes_results.csv", ["patient", "sex", "age", "y_hat", "y"], rows)


def age_group(years: float) -> str:
    """A patient's age in three groups."""
    return "under 40" if years < 40 else "40 to 59" if years < 60 else "60 and over"


def make_masks(folder: Path, images: int = 8, size: int = 16) -> None:
    """Discs as masks, and soft discs a little off in place and radius as the predicted probabilities."""
    rng = np.random.default_rng([SEED, 3])
    y, x = np.mgrid[0:size, 0:size].astype(np.float64)
    target = np.empty((images, 2, size, size), dtype=np.uint8)
    pred = np.empty((images, 2, size, size), dtype=np.float32)
    for image in range(images):
        centre = rng.uniform(5.0, size - 6.0, size=2)
        radius = rng.uniform(3.0, 5.5)
        inside = np.hypot(y - centre[0], x - centre[1]) <= radius
        target[image] = inside, ~inside

        centre = centre + rng.normal(0.0, 0.6, size=2)
        radius = radius + rng.normal(0.0, 0.4)
        depth = radius - np.hypot(y - centre[0], x - centre[1]) + rng.normal(0.0, 0.5, size=(size, size))
        foreground = np.clip(np.rint(MASK_STEP / (1.0 + np.exp(-1.5 * depth))), 1, MASK_STEP - 1) / MASK_STEP
        pred[image] = foreground, 1.0 - foreground
    np.save(folder / "masks_pred.npy", pred)
    np.save(folder / "masks_target.npy", target)
    np.save(folder / "masks_labels.npy", target.argmax(axis=1).astype(np.uint8))


def make_boxes(folder: Path, boxes: int = 40) -> None:
    """Boxes in an image of 640 by 480, and predictions of them that are off by a tenth of their size or so."""
    rng = np.random.default_rng([SEED, 20])
    size = rng.uniform(20.0, 160.0, size=(boxes, 2))
    corner = rng.uniform(0.0, 1.0, size=(boxes, 2)) * (np.array([640.0, 480.0]) - size)
    target = np.concatenate([corner, corner + size], axis=1)
    moved = target + 0.1 * np.concatenate([size, size], axis=1) * rng.standard_normal((boxes, 4))
    header = ["x1", "y1", "x2", "y2"]
    write_csv(folder / "boxes_target.csv", target.round(1), header)
    write_csv(folder / "boxes_pred.csv", moved.round(1), header)


def make_survival(folder: Path, patients: int = 80) -> None:
    """Risk scores, months until an event or the end of the observation, and which of the two it was."""
    rng = np.random.default_rng([SEED, 21])
    score = rng.standard_normal(patients).round(3)
    until = np.ceil(rng.exponential(30.0 * np.exp(-0.8 * score)))
    seen = np.ceil(rng.uniform(6.0, 60.0, size=patients))
    rows = zip(score.tolist(), np.minimum(until, seen).astype(int).tolist(), (until <= seen).tolist(), strict=True)
    write_lines(folder / "survival.csv", ["score", "time", "event"], [f"{h!r},{t},{e:d}" for h, t, e in rows])


def make_ranking(folder: Path, queries: int = 12, items: int = 8) -> None:
    """Grades 0..3 with at least one relevant item for each query, and scores that follow them loosely."""
    rng = np.random.default_rng([SEED, 4])
    grades: IntArray = rng.choice(4, size=(queries, items), p=[0.45, 0.25, 0.2, 0.1])
    best = rng.integers(0, items, size=queries)
    rows = np.arange(queries)
    grades[rows, best] = np.maximum(grades[rows, best], 2)
    scores = 0.7 * grades + rng.standard_normal((queries, items))
    write_csv(folder / "ranking_scores.csv", scores.round(4))
    write_csv(folder / "ranking_grades.csv", grades)


def make_pairs(folder: Path, rows: int = 40, width: int = 8) -> None:
    """Pairs of embeddings, of which some are alike, with their distance and a score; and preferences of two items."""
    rng = np.random.default_rng([SEED, 6])
    alike = rng.choice([-1, 1], size=rows)
    first = rng.standard_normal((rows, width)).round(3)
    near = 0.7 * first + 0.7 * rng.standard_normal((rows, width))
    second = np.where(alike[:, np.newaxis] == 1, near, rng.standard_normal((rows, width))).round(3)
    distance = np.sqrt(((first - second) ** 2).sum(axis=1)).round(4)
    score = (3.0 - distance + 0.5 * rng.standard_normal(rows)).round(4)
    write_csv(folder / "pairs_first.csv", first)
    write_csv(folder / "pairs_second.csv", second)
    pairs = zip(distance.tolist(), score.tolist(), alike.tolist(), strict=True)
    write_lines(folder / "pairs.csv", ["distance", "score", "alike"], [",".join(map(repr, pair)) for pair in pairs])

    scores = rng.standard_normal((rows, 2)).round(4)
    better = np.where(scores[:, 0] - scores[:, 1] + rng.standard_normal(rows) > 0, 1, -1)
    preferences = [f"{a!r},{b!r},{c}" for (a, b), c in zip(scores.tolist(), better.tolist(), strict=True)]
    write_lines(folder / "preferences.csv", ["first", "second", "better"], preferences)


def make_tags(folder: Path, rows: int = 30, tags: int = 6) -> None:
    """Scores of several tags a sample, and which are true: as flags, and as indices that -1 ends and fills."""
    rng = np.random.default_rng([SEED, 7])
    flags = (rng.uniform(size=(rows, tags)) < 0.3).astype(np.int64)
    write_csv(folder / "tags_scores.csv", (2.0 * flags - 1.0 + rng.standard_normal((rows, tags))).round(4))
    write_csv(folder / "tags_flags.csv", flags)
    indices = [[tag for tag in range(tags) if row[tag]] for row in flags.tolist()]
    write_csv(folder / "tags_indices.csv", [found + [-1] * (tags - len(found)) for found in indices])


def make_uncertain(folder: Path, rows: int = 60) -> None:
    """Forecasts with a variance each, and rates of counts, beside what was observed."""
    rng = np.random.default_rng([SEED, 8])
    mean = rng.normal(20.0, 5.0, size=rows).round(2)
    variance = rng.uniform(0.5, 6.0, size=rows).round(3)
    observed = rng.normal(mean, 1.1 * np.sqrt(variance)).round(2)
    forecasts = zip(mean.tolist(), variance.tolist(), observed.tolist(), strict=True)
    write_lines(folder / "forecasts.csv", ["mean", "variance", "observed"], [",".join(map(repr, f)) for f in forecasts])

    rate = rng.gamma(2.0, 2.0, size=rows).round(3) + 0.05
    log_rate = significant(np.log(rate))
    counts = zip(log_rate.tolist(), significant(rate).tolist(), rng.poisson(rate).tolist(), strict=True)
    write_lines(folder / "counts.csv", ["log_rate", "rate", "count"], [",".join(map(repr, c)) for c in counts])


def make_quantiles(folder: Path, rows: int = 48) -> None:
    """A fan of three quantile forecasts, a little too narrow, beside what came true."""
    rng = np.random.default_rng([SEED, 20])
    level = 20.0 + 8.0 * np.sin(np.arange(rows) / 6.0)
    spread = rng.uniform(1.0, 3.0, size=rows)
    forecast = level + rng.standard_normal(rows)
    fan = forecast[:, None] + spread[:, None] * np.array([-1.1, 0.0, 1.1])
    write_csv(folder / "quantiles_pred.csv", fan.round(2), ["q10", "q50", "q90"])
    write_csv(folder / "quantiles_target.csv", (level + spread * rng.standard_normal(rows)).round(2), ["y"])


def make_voices(folder: Path, rows: int = 60, classes: int = 6, width: int = 8) -> None:
    """Embeddings of recordings, whose voice each is, and a vector for each voice that they lie around."""
    rng = np.random.default_rng([SEED, 22])
    centers = rng.standard_normal((classes, width)).round(3)
    voice = rng.integers(0, classes, size=rows)
    embeddings = rng.uniform(0.5, 2.0, size=(rows, 1)) * (centers[voice] + 0.4 * rng.standard_normal((rows, width)))
    write_csv(folder / "voices_pred.csv", embeddings.round(3))
    write_csv(folder / "voices_target.csv", voice)
    write_csv(folder / "voices_centers.csv", centers)


def make_spoken(folder: Path, sequences: int = 12, steps: int = 30, classes: int = 9) -> None:
    """Log-probabilities of sounds, step by step, where class 0 is the blank; the sounds spoken, and how many."""
    rng = np.random.default_rng([SEED, 23])
    labels = rng.integers(3, 8, size=sequences)
    counted = rng.integers(20, steps + 1, size=sequences)
    targets = np.zeros((sequences, labels.max()), dtype=np.int64)
    logits = rng.standard_normal((steps, sequences, classes))
    for n, (length, until) in enumerate(zip(labels.tolist(), counted.tolist(), strict=True)):
        targets[n, :length] = rng.integers(1, classes, size=length)
        said = np.linspace(0, until - 1, 2 * length + 1).round().astype(int)[1::2]
        logits[:, n, 0] += 4.0
        logits[said, n, targets[n, :length]] += 7.0
    np.save(folder / "spoken_log_probs.npy", log_softmax(logits).astype(np.float32))
    write_csv(folder / "spoken_targets.csv", targets)
    lengths = zip(counted.tolist(), labels.tolist(), strict=True)
    write_lines(folder / "spoken_lengths.csv", ["steps", "labels"], [f"{t},{s}" for t, s in lengths])


def make_words(folder: Path, rows: int = 40, width: int = 8) -> None:
    """Features of a model of 20 words, which words came, and the weights of its adaptive softmax."""
    rng = np.random.default_rng([SEED, 24])
    head = rng.standard_normal((6 + 1, width)).round(2)
    word = np.minimum(rng.geometric(0.15, size=rows) - 1, 19)
    near = head[np.minimum(word, 6)]
    write_csv(folder / "words_hidden.csv", (0.6 * near + 0.5 * rng.standard_normal((rows, width))).round(3))
    write_csv(folder / "words_target.csv", word)
    write_csv(folder / "words_head.csv", head)
    write_csv(folder / "words_proj.csv", rng.standard_normal((2, width)).round(2))
    write_csv(folder / "words_out.csv", rng.standard_normal((14, 2)).round(2))


def main() -> None:
    """Write all the files into the given folder, or beside this script."""
    parser = argparse.ArgumentParser(description="Make the sample data.")
    parser.add_argument("folder", nargs="?", type=Path, default=Path(__file__).resolve().parent)
    folder: Path = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    make_small_tables(folder)
    make_triplets(folder)
    make_digits(folder)
    make_diabetes(folder)
    make_masks(folder)
    make_boxes(folder)
    make_survival(folder)
    make_ranking(folder)
    make_pairs(folder)
    make_tags(folder)
    make_uncertain(folder)
    make_quantiles(folder)
    make_voices(folder)
    make_spoken(folder)
    make_words(folder)


if __name__ == "__main__":
    main()
