"""casekit diff: what a new data cut changes, value by value, and which results change with it."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from casekit.commands.answer import OK, show, write

if TYPE_CHECKING:
    from casekit.records import CaseSeries
    from casekit.scores.cuts import Difference


def add(commands: Any) -> None:
    """Add the command to the command line."""
    diff = commands.add_parser("diff", help="what a new data cut changes: values, and scores, verdicts and claims")
    diff.add_argument("old", help="the series as it was")
    diff.add_argument("new", help="the series as it is")
    diff.add_argument(
        "--out", type=Path, metavar="FOLDER", help="write changes.csv and results.csv into this new folder"
    )
    diff.set_defaults(command=run)


def run(arguments: argparse.Namespace) -> int:
    """Print or write every difference."""
    from casekit import records
    from casekit.scores.cuts import diff

    old, new = records.load(arguments.old), records.load(arguments.new)
    found = diff(old, new)
    if arguments.out:
        _write(found, new, arguments.out)
    elif found:
        show(found.changes, new)
        print()
        print(found.results.to_string(index=False, na_rep="", max_colwidth=80))
    counts = [f"{len(found.changes)} values new, changed or gone", f"{len(found.results)} results changed"]
    print("The same values in both." if not found else "; ".join(counts))
    return OK


def _write(found: "Difference", series: "CaseSeries", folder: Path) -> None:
    """Write both tables; each row says whether the data are made up."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, table in (("changes", found.changes), ("results", found.results)):
        write(table.assign(synthetic="yes" if series.metadata.synthetic else "no"), folder / f"{name}.csv")
