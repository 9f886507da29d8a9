"""Writes the files of the corpus that a library makes; the others were written by hand. Run it by hand:

``pip install numpy pandas pyarrow openpyxl polars duckdb torch`` and ``python tests/corpus/make.py [CASE...]``.
A case's function has its folder's name, with ``_`` for ``-``; nothing in the test suite needs these libraries.
"""

import csv
import json
import sqlite3
import sys
from pathlib import Path

import numpy as np
import pandas as pd

HERE = Path(__file__).parent
PRED, TARGET = [2.5, 0.0, 2.0, 8.0], [3.0, -0.5, 2.0, 7.0]
LOGITS, LABELS = [[2.0, -1.0], [0.5, 3.0], [1.0, 0.0]], [0, 1, 1]
REGRESSION = pd.DataFrame({"pred": PRED, "target": TARGET})
CASES = {}


def case(write):
    """Enter a function that writes the files of one folder."""
    CASES[write.__name__.replace("_", "-")] = write
    return write


def _sides(folder, index=None):
    for name, values in (("pred", PRED), ("target", TARGET)):
        pd.DataFrame({name: values}, index=index).to_csv(folder / f"{name}.csv")


# pandas, CSV


@case
def pandas_index(folder):
    _sides(folder)


@case
def pandas_index_of_a_split(folder):
    _sides(folder, index=[17, 3, 240, 58])


@case
def pandas_index_of_words(folder):
    _sides(folder, index=["oslo", "rome", "lima", "bern"])


@case
def pandas_index_in_another_order(folder):
    pd.DataFrame({"pred": PRED}, index=[0, 1, 2, 3]).to_csv(folder / "pred.csv")
    pd.DataFrame({"target": TARGET[::-1]}, index=[3, 2, 1, 0]).to_csv(folder / "target.csv")


@case
def pandas_index_on_one_side(folder):
    pd.DataFrame({"pred": PRED}, index=[17, 3, 240, 58]).to_csv(folder / "pred.csv")
    pd.DataFrame({"target": TARGET}).to_csv(folder / "target.csv", index=False)


@case
def pandas_index_of_dates(folder):
    days = pd.date_range("2024-02-27", periods=4, name="date")
    _sides(folder, index=days)


@case
def pandas_no_index(folder):
    REGRESSION.to_csv(folder / "both.csv", index=False)


@case
def pandas_unnamed_columns(folder):
    pd.DataFrame(np.array(LOGITS)).to_csv(folder / "logits.csv", index=False)
    pd.DataFrame(np.array(LABELS)).to_csv(folder / "labels.csv", index=False)
    pd.DataFrame(np.array(LOGITS)).to_csv(folder / "logits_with_index.csv")
    pd.DataFrame(np.array(LABELS)).to_csv(folder / "labels_with_index.csv")


@case
def pandas_unnamed_column(folder):
    pd.DataFrame(PRED).to_csv(folder / "pred.csv", index=False)
    pd.DataFrame(TARGET).to_csv(folder / "target.csv", index=False)


@case
def pandas_series(folder):
    pd.Series(PRED).to_csv(folder / "pred.csv")
    pd.Series(TARGET).to_csv(folder / "target.csv")


@case
def pandas_index_written_twice(folder):
    _sides(folder)
    for name in ("pred", "target"):
        pd.read_csv(folder / f"{name}.csv").to_csv(folder / f"{name}.csv")


@case
def pandas_semicolons(folder):
    REGRESSION.to_csv(folder / "both.csv", sep=";", decimal=",", index=False)


@case
def pandas_tabs(folder):
    REGRESSION.to_csv(folder / "both.tsv", sep="\t", index=False)


@case
def pandas_all_quoted(folder):
    REGRESSION.to_csv(folder / "both.csv", quoting=csv.QUOTE_ALL, index=False)


@case
def pandas_missing(folder):
    holes = REGRESSION.copy()
    holes.loc[1, "pred"] = np.nan
    holes.to_csv(folder / "empty.csv", index=False)
    holes.to_csv(folder / "na.csv", index=False, na_rep="NA")
    holes.to_csv(folder / "null.csv", index=False, na_rep="NULL")
    holes.to_csv(folder / "nan.csv", index=False, na_rep="NaN")


@case
def pandas_packed(folder):
    REGRESSION.to_csv(folder / "both.csv.gz", index=False)
    REGRESSION.to_csv(folder / "both.csv.zip", index=False)


@case
def pandas_truth(folder):
    frame = pd.DataFrame({"p": [0.75, 0.5, 0.25], "y": [True, False, False]})
    frame.to_csv(folder / "both.csv", index=False)


@case
def pandas_columns_in_another_order(folder):
    pd.DataFrame({"Weight": [190, 150], "Waist": [36, 30]}).to_csv(folder / "pred.csv", index=False)
    pd.DataFrame({"Waist": [36, 31], "Weight": [191, 152]}).to_csv(folder / "target.csv", index=False)


@case
def pandas_text_with_line_breaks(folder):
    REGRESSION.assign(text=["fine", "two\nlines", 'a "quoted" word', "a, b"]).to_csv(folder / "both.csv", index=False)


@case
def pandas_two_headers(folder):
    columns = pd.MultiIndex.from_product([["model"], ["pred", "target"]])
    pd.DataFrame(REGRESSION.to_numpy(), columns=columns).to_csv(folder / "both.csv", index=False)


# pandas, other formats


@case
def pandas_parquet(folder):
    REGRESSION.to_parquet(folder / "both.parquet")


@case
def pandas_parquet_index(folder):
    for name, values in (("pred", PRED), ("target", TARGET)):
        frame = pd.DataFrame({name: values}, index=[17, 3, 240, 58])
        frame.to_parquet(folder / f"{name}.parquet")
        frame.rename_axis("customer").to_parquet(folder / f"{name}_named.parquet")


@case
def pandas_feather(folder):
    REGRESSION.to_feather(folder / "both.feather")


@case
def pandas_json(folder):
    REGRESSION.to_json(folder / "records.json", orient="records")
    REGRESSION.to_json(folder / "indented.json", orient="records", indent=2)
    REGRESSION.to_json(folder / "lines.jsonl", orient="records", lines=True)
    REGRESSION.to_json(folder / "columns.json")
    REGRESSION.to_json(folder / "split.json", orient="split")


@case
def pandas_excel(folder):
    REGRESSION.to_excel(folder / "both.xlsx", index=False)


# NumPy, scikit-learn, PyTorch, Hugging Face


@case
def numpy_savetxt(folder):
    np.savetxt(folder / "pred.txt", PRED)
    np.savetxt(folder / "target.txt", TARGET, fmt="%.3e")
    np.savetxt(folder / "logits.txt", LOGITS)
    np.savetxt(folder / "labels.txt", LABELS, fmt="%d")


@case
def numpy_savetxt_header(folder):
    both = REGRESSION.to_numpy()
    np.savetxt(folder / "both.csv", both, delimiter=",", header="pred,target", fmt="%g")
    np.savetxt(folder / "both.txt", both, header="pred target")
    np.savetxt(folder / "plain.csv", both, delimiter=",", header="pred,target", comments="")


@case
def sklearn_predict_proba(folder):
    proba = np.array([[0.75, 0.25], [0.125, 0.875], [0.5, 0.5]])
    np.savetxt(folder / "proba.csv", proba, delimiter=",")
    np.savetxt(folder / "y_test.csv", LABELS, fmt="%d")
    pd.DataFrame(proba, columns=["ham", "spam"]).to_csv(folder / "named.csv", index=False)
    pd.Series(np.array(["ham", "spam", "spam"]), name="label").to_csv(folder / "words.csv", index=False)


@case
def torch_save(folder):
    import torch

    torch.save({"logits": torch.tensor(LOGITS), "labels": torch.tensor(LABELS)}, folder / "eval.pt")


@case
def trainer_predict(folder):
    np.savez(folder / "predictions.npz", predictions=np.array(LOGITS, np.float32), label_ids=np.array(LABELS))


@case
def datasets_parquet(folder):
    import pyarrow as pa
    import pyarrow.parquet as pq

    features = {"text": ["a", "b", "c"], "label": pa.array(LABELS, pa.int64())}
    logits = pa.array(LOGITS, pa.list_(pa.float32()))
    fixed = pa.array(LOGITS, pa.list_(pa.float32(), 2))
    pq.write_table(pa.table({**features, "logits": logits}), folder / "list.parquet")
    pq.write_table(pa.table({**features, "logits": fixed}), folder / "fixed.parquet")


@case
def datasets_json(folder):
    rows = [{"text": t, "label": y, "logits": x} for t, y, x in zip("abc", LABELS, LOGITS, strict=True)]
    (folder / "eval.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))


# Databases and other data frames


@case
def polars_csv(folder):
    import polars as pl

    frame = pl.DataFrame({"pred": PRED, "target": TARGET})
    frame.write_csv(folder / "both.csv")
    frame.with_row_index().write_csv(folder / "with_row_index.csv")
    frame.write_ndjson(folder / "both.ndjson")


@case
def duckdb_copy(folder):
    import duckdb

    duckdb.sql("create table t as select unnest([2.5, 0.0, 2.0, 8.0]) pred, unnest([3.0, -0.5, 2.0, 7.0]) target")
    duckdb.sql(f"copy t to '{folder / 'both.csv'}'")
    duckdb.sql(f"copy t to '{folder / 'bars.csv'}' (delimiter '|', header false)")
    duckdb.sql(f"copy t to '{folder / 'both.parquet'}'")
    duckdb.sql(f"copy t to '{folder / 'array.json'}' (array true)")


@case
def sqlite_csv(folder):
    database = sqlite3.connect(":memory:")
    database.execute("create table t (pred real, target real)")
    database.executemany("insert into t values (?, ?)", list(zip(PRED, TARGET, strict=True)))
    # The shell's `.mode csv` writes no header and ends lines as RFC 4180 has it; so does Python's csv.
    with open(folder / "both.csv", "w", newline="") as file:
        csv.writer(file).writerows(database.execute("select * from t"))


def main(names):
    """Write the files of some cases, or of all."""
    for name in names or CASES:
        folder = HERE / name
        folder.mkdir(exist_ok=True)
        CASES[name](folder)


if __name__ == "__main__":
    main(sys.argv[1:])
