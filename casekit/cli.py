"""The command line: check, score and publish a series without writing Python.

It only translates words into calls and answers into text; it computes nothing itself.
"""

import argparse
import os
import sys
from collections.abc import Sequence

from casekit.commands import check, claims, diff, export, importing, lab, publish_check, score, serve, template
from casekit.commands.answer import DATA_PROBLEM, OK, WRONG_CALL
from casekit.errors import CaseKitError, UnknownName

COMMANDS = (check, diff, template, score, claims, importing, export, publish_check, serve, lab)
PURPOSE = "Read, score and show a clinical case series. Nothing leaves this machine."
EXAMPLES = """\
examples:
  casekit check data/cd19-car-t                               every problem in a series, with file, row and column
  casekit score data/cd19-car-t sledai_2k                     a score at every visit of every patient
  casekit score data/cd19-car-t doris_2021 --out doris.csv    the same as a table for other programs
  casekit score visits/ sledai_2k --engine polars --out scored   a folder of Parquet, one row per visit
  casekit claims                                              published figures, recomputed from the tables
  casekit diff cuts/2025 cuts/2026                            what a new data cut changes
  casekit template my-series.xlsx                             a workbook to fill in
  casekit import labs.csv --propose mapping.toml              what the columns and names of a table probably mean
  casekit import labs.csv --mapping mapping.toml --out data/my-series   the corrected mapping, applied
  casekit import exports/ggswim --out data/my-series          another format becomes a series
  casekit export SLE-03 --report --out SLE-03.pdf             one patient on one page, for the case conference
  casekit export cohort --out cohort.html                     a page as one interactive file that needs no server
  casekit export --site --out pages                           all pages as files, for a web server or a USB stick
  casekit publish-check data/my-series                        what the published pages would reveal of patients
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
    for command in COMMANDS:
        command.add(commands)
    return parser


def _refuse(error: CaseKitError, code: int) -> int:
    """Print the explanation and return the exit code."""
    print(f"casekit: {error}", file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main())
