"""Opens a table with pyarrow, pandas, polars and DuckDB and compares rows and sums with those of sums.js.

    python check_tables.py SUMS.json FILE.arrow|FILE.parquet|FILE.csv ...
"""

import json
import math
import sys

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

CELL_COLUMNS = ["module_hash", "vertices", "edges", "operations", "trainable_parameters"]
# Sums of doubles depend on the order of the additions.
TOLERANCE = 1e-11


def repeats_of(expected):
    """Per-run columns with their number of repeats: test_accuracy_108 -> 3."""
    repeats = {}
    for name in expected["columns"]:
        if name not in CELL_COLUMNS:
            column = name.rpartition("_")[0]
            repeats[column] = repeats.get(column, 0) + 1
    return repeats


def count_and_sum(values):
    """Of a list or array in which absent runs are NaN."""
    values = np.asarray(values, dtype=np.float64)
    present = values[~np.isnan(values)]
    return len(present), float(present.sum())


def cell_sums(hashes, vertices, edges, operations, parameters):
    """`hashes`: 32 hexadecimal digits or 16 bytes each."""
    heads = [int(h[:8], 16) if isinstance(h, str) else int.from_bytes(h[:4], "big") for h in hashes]
    numbers = [heads, vertices, edges, [len(text) for text in operations], parameters]
    return {name: (len(values), int(np.sum(np.asarray(values, dtype=np.int64)))) for name, values in zip(CELL_COLUMNS, numbers)}


def with_pyarrow(file, expected):
    table = pa.ipc.open_file(file).read_all()
    assert json.loads(table.schema.metadata[b"nasbench.provenance"]) == expected["provenance"]
    sums = cell_sums(*[table[name].to_pylist() for name in CELL_COLUMNS])
    for name, repeats in repeats_of(expected).items():
        for k in range(repeats):
            column = pc.cast(pc.list_element(table[name], k), pa.float64())
            sums[f"{name}_{k}"] = (len(column) - column.null_count, pc.sum(column).as_py() or 0.0)
    return table.num_rows, sums


def with_pyarrow_compact(file, expected):
    """A compact file: counts of images, no hashes or parameters where they follow from the cell."""
    table = pa.ipc.open_file(file).read_all()
    layout = json.loads(table.schema.metadata[b"nasbench.compact"])
    sums = {}
    for name, repeats in repeats_of(expected).items():
        counts = name.replace("_accuracy_", "_correct_")
        if name not in table.column_names and counts not in table.column_names:
            continue  # not a final metric
        for k in range(repeats):
            if counts in layout["counts"]:
                values = pc.list_element(table[counts], k).to_numpy() / layout["counts"][counts]
                values = values.astype(np.float32)
            else:
                values = pc.list_element(table[name], k).to_numpy()
            sums[f"{name}_{k}"] = count_and_sum(values)
    return table.num_rows, sums


def with_pandas(file, expected):
    table = pd.read_feather(file)
    sums = cell_sums(*[list(table[name]) for name in CELL_COLUMNS])
    for name, repeats in repeats_of(expected).items():
        values = np.stack(table[name].to_numpy()).astype(np.float64) if len(table) else np.zeros((0, repeats))
        for k in range(repeats):
            sums[f"{name}_{k}"] = count_and_sum(values[:, k])
    return len(table), sums


def with_polars(file, expected):
    table = pl.read_ipc(file, memory_map=False)
    sums = cell_sums(*[table[name].to_list() for name in CELL_COLUMNS])
    for name, repeats in repeats_of(expected).items():
        for k in range(repeats):
            column = table[name].arr.get(k).cast(pl.Float64)
            sums[f"{name}_{k}"] = (column.count(), column.sum())
    return table.height, sums


def with_duckdb_over_arrow(file, expected):
    runs = pa.ipc.open_file(file).read_all()  # noqa: F841 (DuckDB finds it by this name)
    names = [(name, k) for name, repeats in repeats_of(expected).items() for k in range(repeats)]
    terms = [f"count({name}[{k + 1}]), sum({name}[{k + 1}]::DOUBLE)" for name, k in names]
    count, *values = duckdb.sql(f"SELECT count(*), {', '.join(terms)} FROM runs").fetchone()
    pairs = zip(values[::2], values[1::2])
    return count, {f"{name}_{k}": (n, total or 0.0) for (name, k), (n, total) in zip(names, pairs)}


def with_duckdb(file, expected):
    return sql_sums(f"'{file}'", expected)


def with_duckdb_csv(file, expected):
    # Every operation list is text, also the empty one of input -> output.
    return sql_sums(f"read_csv('{file}', types = {{'operations': 'VARCHAR'}})", expected, cast=True)


def sql_sums(source, expected, cast=False):
    names = [name for name in expected["columns"] if name not in CELL_COLUMNS]
    terms = {
        "module_hash": "('0x' || module_hash[:8])::BIGINT",
        "operations": "length(coalesce(operations, ''))",
        **{name: name for name in CELL_COLUMNS[1:3] + CELL_COLUMNS[4:]},
        # Text has no type of its own: numbers of a float column are the shortest that read as that float.
        **{name: f"{name}::{expected['columns'][name]['type'] if cast else 'DOUBLE'}::DOUBLE" for name in names},
    }
    provenances = duckdb.sql(f"SELECT DISTINCT provenance FROM {source}").fetchall()
    assert provenances == [(expected["provenance"],)], provenances
    parts = ", ".join(f"count({term}), sum({term})" for term in terms.values())
    count, *values = duckdb.sql(f"SELECT count(*), {parts} FROM {source}").fetchone()
    return count, {name: (n, total or 0) for name, n, total in zip(terms, values[::2], values[1::2])}


def with_pandas_parquet(file, expected):
    metadata = pq.read_schema(file).metadata
    assert json.loads(metadata[b"nasbench.provenance"]) == expected["provenance"]
    table = pd.read_parquet(file)
    sums = cell_sums(*[list(table[name]) for name in CELL_COLUMNS])
    for name in expected["columns"]:
        if name not in CELL_COLUMNS:
            sums[name] = count_and_sum(table[name].to_numpy())
    return len(table), sums


READERS = {
    ".arrow": {"pyarrow": with_pyarrow, "pandas": with_pandas, "polars": with_polars, "DuckDB": with_duckdb_over_arrow},
    ".parquet": {"DuckDB": with_duckdb, "pandas": with_pandas_parquet},
    ".csv": {"DuckDB": with_duckdb_csv},
}


def readers_of(file):
    ending = file[file.rindex(".") :]
    if ending == ".arrow" and b"nasbench.compact" in pa.ipc.open_file(file).schema.metadata:
        return {"pyarrow": with_pyarrow_compact}
    return READERS[ending]


def main():
    sums_file, *files = sys.argv[1:]
    with open(sums_file, encoding="utf-8") as stream:
        expected = json.load(stream)
    failures = 0
    for file in files:
        for tool, read in readers_of(file).items():
            rows, sums = read(file, expected)
            wrong = [] if rows == expected["rows"] else [f"{rows} rows, expected {expected['rows']}"]
            for name, (count, total) in sums.items():
                wanted = expected["columns"][name]
                if count != wanted["count"] or not math.isclose(total, wanted["sum"], rel_tol=TOLERANCE):
                    wrong.append(f"{name}: {count} values with sum {total}, expected {wanted}")
            failures += bool(wrong)
            print(f"{'FAIL' if wrong else 'ok  '} {tool}: {file}, {rows} rows, {len(sums)} columns")
            for line in wrong[:5]:
                print(f"     {line}")
    sys.exit(1 if failures else 0)


main()
