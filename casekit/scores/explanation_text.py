"""The explanation of one score or verdict as plain text, and the lines that stand around it in any form."""

from typing import Any

import pandas as pd

from casekit import catalogue
from casekit.records import CaseSeries
from casekit.scores.explanation import explain

MARKS = {"met": "✓ met", "not met": "✕ not met", "unknown": "? not known"}
TOLD = {
    "observed": "Observed",
    "observed_day": "On day",
    "origin": "Where it is written",
    "flips": "What would change it",
}
SYNTHETIC = "Synthetic data: no real patient."


def explanation_text(series: CaseSeries, instrument: str, *, patient_id: str, day: int, **parameters: Any) -> str:
    """The explanation as plain text: a heading, the result, a few lines per condition, and the source.

    Parameters
    ----------
    series : CaseSeries
    instrument : str
    patient_id : str
    day : int
        Day of the visit; the nearest visit within 31 days is taken.
    **parameters
        Parameters of the instrument.

    Returns
    -------
    str
        Lines for a terminal, a letter or a log.

    Examples
    --------
    >>> import casekit as ck
    >>> text = explanation_text(ck.example(), "doris_2021", patient_id="SLE-01", day=180)
    >>> text.splitlines()[:2]
    ['DORIS remission (2021) · SLE-01, day 178', 'met: remission']
    """
    table = explain(series, instrument, patient_id=patient_id, day=day, **parameters)
    lines = [heading(table), str(table.attrs["result"])]
    for row in table.to_dict("records"):
        lines.append(f"{outcome(row)} · {row['condition']}")
        lines += [f"    {head}: {value}" for name, head in TOLD.items() if (value := printed(row[name]))]
    return "\n".join([*lines, source_line(table), *notes(table, parameters), *synthetic_line(table)])


def heading(table: pd.DataFrame) -> str:
    """The instrument with its version, the patient and the day of an explanation."""
    declared = catalogue.instrument(table.attrs["instrument"])
    return f"{declared['name']} ({declared['version']}) · {table.attrs['patient_id']}, day {table.attrs['day']}"


def outcome(row: dict[Any, Any]) -> str:
    """The verdict of a condition, or the points of an item; both ends of the points while they are open."""
    if not row.get("points"):
        return MARKS[row["verdict"]]
    points = str(row["points"]).replace("-", "−")
    points = "1 point" if points == "1" else f"{points} points"
    return f"? {points}" if row["points"].count("–") else points


def printed(value: Any) -> str:
    """A value as it is printed: nothing for what is not known, days without decimals."""
    if value is None or (not isinstance(value, str) and pd.isna(value)):
        return ""
    return f"{value:g}" if isinstance(value, float) else str(value)


def source_line(table: pd.DataFrame) -> str:
    """Where the instrument was published."""
    source = catalogue.instrument(table.attrs["instrument"])["source"]
    return f"Source: {source['cite']}" + (f", doi {source['doi']}" if "doi" in source else "")


def notes(table: pd.DataFrame, parameters: dict[str, Any]) -> list[str]:
    """What is uncertain, and the parameters in force."""
    declared = catalogue.instrument(table.attrs["instrument"])
    source = declared["source"]
    defaults = {name: entry["default"] for name, entry in declared.get("parameters", {}).items()}
    lines = [f"Uncertain: {source['uncertain']}"] if "uncertain" in source else []
    lines += [f"Known ambiguity: {text}" for text in declared.get("ambiguity", ())]
    return lines + [f"Parameter {name}: {value}" for name, value in {**defaults, **parameters}.items()]


def synthetic_line(table: pd.DataFrame) -> list[str]:
    """The line that says the data are synthetic; none for others."""
    return [SYNTHETIC] if table.attrs["synthetic"] else []
