"""Scores a folder of Parquet files, one row per patient and visit, with the engine of the user's choice.

Each engine reads, scores and writes a file by itself; nothing passes through pandas.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from casekit.errors import CaseKitError, UnknownName
from casekit.scores.frames import score_table


@dataclass(frozen=True)
class Progress:
    """How far the scoring of a folder is."""

    file: Path
    done: int
    files: int

    def __str__(self) -> str:
        """The progress as one line."""
        return f"{self.done} of {self.files}: {self.file.name}"


def score_folder(folder: str | Path, instrument: str, engine: str, out: str | Path) -> Iterator[Progress]:
    """Score every Parquet file of `folder` and write it, with the columns low, high, value and missing, to `out`.

    Parameters
    ----------
    folder : path
        Holds Parquet files with one row per patient and visit and one column per variable.
    instrument : str
    engine : str
        ``pandas``, ``polars``, ``duckdb`` or ``pyspark``; the package of that name has to be installed.
    out : path
        A folder; files of the same names are written into it.

    Returns
    -------
    iterator of Progress
        One for each file, when it has been written.

    Raises
    ------
    CaseKitError
        When the folder holds no Parquet file, `out` is the folder itself, or the engine is not installed.
    """
    if engine not in ENGINES:
        raise UnknownName("engine", engine, ENGINES)
    source, target = Path(folder), Path(out)
    files = sorted(source.glob("*.parquet"))
    if not files:
        raise CaseKitError(f"{source}: found no Parquet file; expected files named *.parquet. Name another folder.")
    if source.resolve() == target.resolve():
        raise CaseKitError(
            f"{target}: is the folder that is read; expected another one. Name another folder after --out."
        )
    try:
        run = ENGINES[engine]()
    except ImportError as error:
        raise CaseKitError(f"{engine}: is not installed ({error}). Install it with: pip install {engine}") from error
    target.mkdir(parents=True, exist_ok=True)
    for done, file in enumerate(files, start=1):
        run(file, instrument, target / file.name)
        yield Progress(file, done, len(files))


Run = Callable[[Path, str, Path], None]


def _with_pandas() -> Run:
    import pandas as pd
    import pyarrow as pa
    import pyarrow.parquet

    def run(file: Path, instrument: str, out: Path) -> None:
        scored = score_table(pd.read_parquet(file), instrument)
        pa.parquet.write_table(pa.Table.from_pandas(scored, preserve_index=False), out)

    return run


def _with_polars() -> Run:
    import polars as pl

    def run(file: Path, instrument: str, out: Path) -> None:
        score_table(pl.scan_parquet(file), instrument).sink_parquet(out)

    return run


def _with_duckdb() -> Run:
    import duckdb

    def run(file: Path, instrument: str, out: Path) -> None:
        score_table(duckdb.read_parquet(str(file)), instrument).write_parquet(str(out))

    return run


def _with_pyspark() -> Run:
    from pyspark.sql import SparkSession

    if not has_java():
        raise CaseKitError(
            "pyspark: found no Java; expected Java 17 or newer. "
            "Install it (Debian: apt install openjdk-17-jre-headless), or let JAVA_HOME name its folder."
        )
    session: Any = SparkSession.builder.master("local[*]").appName("casekit")
    for setting, value in ON_THIS_MACHINE.items():
        session = session.config(setting, value)
    session = session.getOrCreate()

    def run(file: Path, instrument: str, out: Path) -> None:
        score_table(session.read.parquet(str(file)), instrument).write.mode("overwrite").parquet(str(out))

    return run


def has_java() -> bool:
    """Whether there is a Java that Spark finds."""
    home = os.environ.get("JAVA_HOME")
    return shutil.which("java", path=f"{home}/bin" if home else None) is not None


# Spark listens on every address of the machine unless told otherwise, and has a page of its own.
ON_THIS_MACHINE = {
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
}
ENGINES: dict[str, Callable[[], Run]] = {
    "pandas": _with_pandas,
    "polars": _with_polars,
    "duckdb": _with_duckdb,
    "pyspark": _with_pyspark,
}
