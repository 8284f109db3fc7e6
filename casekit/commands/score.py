"""casekit score: one instrument for all patients and visits, of a series or of a folder of Parquet."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from casekit.commands.answer import OK, show, write
from casekit.errors import UnknownName

if TYPE_CHECKING:
    import pandas as pd

    from casekit.records import CaseSeries


def add(commands: Any) -> None:
    """Add the command to the command line."""
    score = commands.add_parser("score", help="compute an instrument for all patients and visits")
    score.add_argument("path", help="folder of the series")
    score.add_argument("instrument", help="id of the instrument, e.g. sledai_2k, doris_2021, tis_2016")
    score.add_argument("--out", type=Path, metavar="PLACE", help="write a CSV file; with --engine a folder of Parquet")
    score.add_argument(
        "--engine", metavar="NAME", help="the folder holds Parquet, one row per visit: pandas, polars, duckdb, pyspark"
    )
    score.set_defaults(command=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the computed instrument, or write it."""
    from casekit import records

    if arguments.engine:
        return _score_folder(arguments)
    series = records.load(arguments.path)
    result = _computed(series, arguments.instrument)
    if arguments.out:
        write(result.assign(synthetic="yes" if series.metadata.synthetic else "no"), arguments.out)
    else:
        show(result, series)
    return OK


def _score_folder(arguments: argparse.Namespace) -> int:
    """Score a folder of Parquet with the engine asked for, with one line that says how far it is."""
    from casekit.scores.engines import score_folder

    if not arguments.out:
        raise UnknownName("place to write to", "nothing", ["--out FOLDER"])
    for progress in score_folder(arguments.path, arguments.instrument, arguments.engine, arguments.out):
        print(f"\r{progress}", end="", flush=True)
    print(f"\nwritten to {arguments.out}")
    return OK


def _computed(series: "CaseSeries", instrument: str) -> "pd.DataFrame":
    """Verdicts for an instrument made of conditions, intervals for any other."""
    from casekit import catalogue, scores

    if catalogue.instrument(instrument).get("combine") in ("all", "any"):
        return scores.judge(series, instrument)
    return scores.score(series, instrument)
