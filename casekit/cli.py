"""The command line: check, score and publish a series without writing Python.

It only translates words into calls and answers into text; it computes nothing itself.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from casekit.errors import CaseKitError, UnknownName

if TYPE_CHECKING:
    import pandas as pd

    from casekit.records import CaseSeries

OK, DATA_PROBLEM, WRONG_CALL = 0, 1, 2
PORTS = range(2**16)
SYNTHETIC = "Synthetic data: no row describes a real person."
PURPOSE = "Read, score and show a clinical case series. Nothing leaves this machine."
EXAMPLES = """\
examples:
  casekit check data/cd19-car-t                               every problem in a series, with file, row and column
  casekit score data/cd19-car-t sledai_2k                     a score at every visit of every patient
  casekit score data/cd19-car-t doris_2021 --out doris.csv    the same as a table for other programs
  casekit score visits/ sledai_2k --engine polars --out scored   a folder of Parquet, one row per visit
  casekit claims                                              published figures, recomputed from the tables
  casekit import exports/ggswim --out data/my-series          another format becomes a series
  casekit serve                                               read-only pages on http://127.0.0.1:8866
  casekit lab                                                 the notebooks in JupyterLab

exit code: 0 all went well, 1 a problem in the data, 2 a wrong call
"""


def main(words: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code.

    Parameters
    ----------
    words : sequence of str, optional
        The words after ``casekit``; those of the command line when not given.

    Examples
    --------
    >>> main(["check", "no/such/folder"])
    no/such/folder: found no such folder; expected a folder with patients.csv, treatments.csv, ...
    no/such/folder: 1 problem
    1
    """
    arguments = _parser().parse_args(words)
    try:
        code = int(arguments.command(arguments))
        sys.stdout.flush()
    except UnknownName as error:
        return _refuse(error, WRONG_CALL)
    except CaseKitError as error:
        return _refuse(error, DATA_PROBLEM)
    except BrokenPipeError:  # the reader, `head` for one, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK
    except KeyboardInterrupt:
        return OK
    return code


def _parser() -> argparse.ArgumentParser:
    """The commands, their arguments and their help."""
    form = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser("casekit", description=PURPOSE, epilog=EXAMPLES, formatter_class=form)
    commands = parser.add_subparsers(title="commands", metavar="command", required=True)

    check = commands.add_parser("check", help="list every problem in a series")
    check.add_argument("path", help="folder with patients.csv, treatments.csv, …, series.toml")
    check.set_defaults(command=_check)

    score = commands.add_parser("score", help="compute an instrument for all patients and visits")
    score.add_argument("path", help="folder of the series")
    score.add_argument("instrument", help="id of the instrument, e.g. sledai_2k, doris_2021, tis_2016")
    score.add_argument("--out", type=Path, metavar="PLACE", help="write a CSV file; with --engine a folder of Parquet")
    score.add_argument(
        "--engine", metavar="NAME", help="the folder holds Parquet, one row per visit: pandas, polars, duckdb, pyspark"
    )
    score.set_defaults(command=_score)

    claims = commands.add_parser("claims", help="recompute the published figures from the tables")
    claims.add_argument("path", nargs="?", help="folder of the series; the shipped series when left out")
    claims.set_defaults(command=_claims)

    importing = commands.add_parser("import", help="turn another format into a series")
    importing.add_argument("path", help="folder or file in the other format")
    importing.add_argument("--format", metavar="NAME", help="name of the format; recognised when left out")
    importing.add_argument("--out", type=Path, metavar="FOLDER", help="write the series into this new folder")
    importing.set_defaults(command=_import)

    serve = commands.add_parser("serve", help="publish the dashboards, read-only, on this machine only")
    serve.add_argument("--port", type=_port, default=8866, help="default 8866; 0 takes any free port")
    serve.set_defaults(command=_serve)

    lab = commands.add_parser("lab", help="open the notebooks in JupyterLab")
    lab.set_defaults(command=_lab)
    return parser


def _port(text: str) -> int:
    """The number of a port."""
    if not text.isdecimal() or int(text) not in PORTS:
        raise argparse.ArgumentTypeError(f"found {text}; expected a number from 0 to {PORTS[-1]}")
    return int(text)


def _check(arguments: argparse.Namespace) -> int:
    """Print every problem; 1 when there is one."""
    from casekit import records

    problems = records.check(arguments.path)
    for problem in problems:
        print(problem)
    noun = "problem" if len(problems) == 1 else "problems"
    print(f"{arguments.path}: {len(problems) or 'no'} {noun}")
    return DATA_PROBLEM if problems else OK


def _score(arguments: argparse.Namespace) -> int:
    """Print the computed instrument, or write it."""
    from casekit import records

    if arguments.engine:
        return _score_folder(arguments)
    series = records.load(arguments.path)
    result = _computed(series, arguments.instrument)
    if arguments.out:
        _write(result.assign(synthetic="yes" if _is_synthetic(series) else "no"), arguments.out)
    else:
        _show(result, series)
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


def _claims(arguments: argparse.Namespace) -> int:
    """Print published beside computed; 1 when one of them differs."""
    from casekit import records, scores

    series = records.load(arguments.path) if arguments.path else records.example()
    result = scores.claims(series)
    if result.empty:
        print("The series names no publication, so there is no figure to recompute.")
        return OK
    _show(result.drop(columns="source"), series)
    return DATA_PROBLEM if (result["verdict"] == "differs").any() else OK


def _import(arguments: argparse.Namespace) -> int:
    """Print what was read and what was not, and write the series when asked."""
    from casekit import importers, records

    if arguments.out and arguments.out.exists():
        raise CaseKitError(f"{arguments.out}: found something there; expected a new folder. Give another name.")
    series, report = importers.read(arguments.path, arguments.format)
    print(report)
    if arguments.out:
        records.to_folder(series, arguments.out)
        print(f"written to {arguments.out}")
    return OK


def _serve(arguments: argparse.Namespace) -> int:
    """Serve the dashboards until interrupted."""
    from casekit import publish

    return publish.serve(port=arguments.port)


def _lab(_: argparse.Namespace) -> int:
    """Open JupyterLab until it is closed."""
    from casekit import publish

    return publish.lab()


def _is_synthetic(series: "CaseSeries") -> bool:
    """Whether the series says that its data are made up."""
    return bool(series.metadata["synthetic"])


def _show(table: "pd.DataFrame", series: "CaseSeries") -> None:
    """Print every row of a table, under a line that says when the data are synthetic."""
    if _is_synthetic(series):
        print(SYNTHETIC)
    print(table.to_string(index=False, na_rep="", max_colwidth=80))


def _write(table: "pd.DataFrame", file: Path) -> None:
    """Write a table as CSV, or say why that is not possible."""
    try:
        table.to_csv(file, index=False)
    except OSError as error:
        raise CaseKitError(f"{file}: cannot be written: {error.strerror or error}. Choose another place.") from error
    print(f"{len(table)} rows written to {file}")


def _refuse(error: CaseKitError, code: int) -> int:
    """Print the explanation and return the exit code."""
    print(f"casekit: {error}", file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main())
