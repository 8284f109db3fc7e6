"""One million SLEDAI-2K visits on pandas, Polars and DuckDB: seconds, ratio to pandas, and memory of the process."""

import resource
import statistics
import time
from collections.abc import Callable
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa

import casekit as ck
from casekit.scores.declaration import columns_of, read

VISITS, RUNS = 1_000_000, 7
PRESENT, MISSING = 0.1, 0.05


def visits(number: int) -> pd.DataFrame:
    """Made-up visits: one in ten findings present, one in twenty values missing."""
    chance = np.random.default_rng(2026)
    owners = {name: owner for name, owner in columns_of(read("sledai_2k")).items() if ck.catalogue.is_variable(owner)}
    frame = {name: column(ck.catalogue.variable(owner), number, chance) for name, owner in owners.items()}
    return pd.DataFrame({name: values for name, values in frame.items() if not name.endswith("_other_cause")})


def column(variable: Any, number: int, chance: np.random.Generator) -> np.ndarray:
    """Values of one variable."""
    if variable.type == "yes_no":
        values = (chance.random(number) < PRESENT).astype("float64")
    else:
        values = chance.uniform(variable.minimum, min(variable.maximum, 300), number)
    values[chance.random(number) < MISSING] = np.nan
    return values


def seconds(score: Callable[[], Any]) -> float:
    """The median of several runs."""
    taken = []
    for _ in range(RUNS):
        start = time.perf_counter()
        score()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)


def main() -> None:
    """Print one line per engine."""
    frame = visits(VISITS)
    polars_frame, arrow = pl.from_pandas(frame), pa.Table.from_pandas(frame)
    ways: dict[str, Callable[[], Any]] = {
        "pandas": lambda: ck.score_table(frame, "sledai_2k"),
        "polars": lambda: ck.score_table(polars_frame.lazy(), "sledai_2k").collect(),
        "duckdb": lambda: ck.score_table(duckdb.from_arrow(arrow), "sledai_2k").to_arrow_table(),
    }
    taken = {}
    print(f"{VISITS:,} visits")
    for name, score in ways.items():
        taken[name] = seconds(score)
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
        ratio = taken["pandas"] / taken[name]
        print(f"{name}: {taken[name]:.2f} s, {ratio:.1f} times as fast as pandas, peak memory {memory:.1f} GB")
    tenth = frame.head(VISITS // 10)
    small = seconds(lambda: ck.score_table(tenth, "sledai_2k"))
    print(f"a tenth of the visits, pandas: {small:.2f} s, {taken['pandas'] / small:.1f} times less")


if __name__ == "__main__":
    main()
