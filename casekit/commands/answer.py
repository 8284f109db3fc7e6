"""How a command answers: exit codes, tables on the screen and in files, and that data are made up."""

from pathlib import Path
from typing import TYPE_CHECKING

from casekit.errors import CaseKitError

if TYPE_CHECKING:
    import pandas as pd

    from casekit.records import CaseSeries

OK, DATA_PROBLEM, WRONG_CALL = 0, 1, 2
SYNTHETIC = "Synthetic data: no row describes a real person."


def show(table: "pd.DataFrame", series: "CaseSeries") -> None:
    """Print every row of a table, under a line that says when the data are synthetic."""
    if series.metadata.synthetic:
        print(SYNTHETIC)
    print(table.to_string(index=False, na_rep="", max_colwidth=80))


def write(table: "pd.DataFrame", file: Path) -> None:
    """Write a table as CSV that no spreadsheet runs, or say why that is not possible."""
    from casekit.records.formulas import harmless_column

    texts = [str(name) for name in table.select_dtypes(["object", "string"])]
    try:
        table.assign(**{name: harmless_column(table[name]) for name in texts}).to_csv(file, index=False)
    except OSError as error:
        raise CaseKitError(f"{file}: cannot be written: {error.strerror or error}. Choose another place.") from error
    print(f"{len(table)} rows written to {file}")
