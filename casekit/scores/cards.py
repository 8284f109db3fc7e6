"""The explanation of one score or verdict as a card for a notebook, and the same as plain text."""

from html import escape
from typing import Any

import pandas as pd

from casekit import catalogue
from casekit.records import CaseSeries
from casekit.scores.explanation import explain

MARKS = {"met": "✓ met", "not met": "✕ not met", "unknown": "? not known"}
HEADS = {
    "condition": "Condition",
    "needed": "What counts",
    "observed": "Observed",
    "observed_day": "On day",
    "verdict": "Verdict",
    "points": "Points",
    "flips": "What would change it",
    "origin": "Where it is written",
}
SYNTHETIC = "Synthetic data: no real patient."
STYLE = """<style>
.ck-why { font: 14px/1.45 system-ui, sans-serif; color: #1b2733; max-width: 75em; border: 1px solid #b4bec8;
  border-radius: 6px; padding: 12px 16px; overflow-x: auto; background: #ffffff; }
.ck-why h3 { margin: 0 0 4px; font-size: 16px; } .ck-why p { margin: 4px 0; }
.ck-why table { border-collapse: collapse; margin: 8px 0; }
.ck-why th, .ck-why td { text-align: left; vertical-align: top; padding: 4px 10px 4px 0; }
.ck-why td { border-top: 1px solid #e6eaee; }
.ck-why .met { color: #0f5f59; font-weight: 600; white-space: nowrap; }
.ck-why .not { color: #9c3608; font-weight: 600; white-space: nowrap; }
.ck-why .open { color: #3c4650; font-weight: 600; white-space: nowrap; }
.ck-why small { color: #52606d; }
</style>"""
CLASSES = {"met": "met", "not met": "not", "unknown": "open"}


def explanation_card(series: CaseSeries, instrument: str, *, patient_id: str, day: int, **parameters: Any) -> str:
    """The explanation as one piece of HTML that needs nothing else; every value in it is escaped.

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
        A ``<section>`` with heading, result, one row per condition, and the source.

    Examples
    --------
    >>> import casekit as ck
    >>> card = explanation_card(ck.example(), "doris_2021", patient_id="SLE-01", day=180)
    >>> "met: remission" in card
    True
    """
    table = explain(series, instrument, patient_id=patient_id, day=day, **parameters)
    columns = _columns(table)
    head = "".join(f'<th scope="col">{HEADS[name]}</th>' for name in columns)
    body = "".join("<tr>" + "".join(_cell(name, row[name]) for name in columns) + "</tr>" for row in _rows(table))
    below = "".join(f"<p><small>{escape(line)}</small></p>" for line in _below(table, parameters))
    return (
        f'{STYLE}<section class="ck-why"><h3>{escape(_heading(table))}</h3>'
        f"<p><strong>{escape(str(table.attrs['result']))}</strong></p>"
        f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{below}</section>"
    )


def explanation_text(series: CaseSeries, instrument: str, *, patient_id: str, day: int, **parameters: Any) -> str:
    """The explanation as plain text: a heading, the result, a few lines per condition, and the source.

    Examples
    --------
    >>> import casekit as ck
    >>> text = explanation_text(ck.example(), "doris_2021", patient_id="SLE-01", day=180)
    >>> text.splitlines()[:2]
    ['DORIS remission (2021) · SLE-01, day 178', 'met: remission']
    """
    table = explain(series, instrument, patient_id=patient_id, day=day, **parameters)
    lines = [_heading(table), str(table.attrs["result"])]
    for row in _rows(table):
        points = f" · points {row['points']}" if row.get("points") else ""
        lines.append(f"{MARKS[row['verdict']]} · {row['condition']}{points}")
        told = {name: _text(row[name]) for name in ("observed", "observed_day", "origin", "flips")}
        lines += [f"    {HEADS[name]}: {value}" for name, value in told.items() if value]
    return "\n".join([*lines, *_below(table, parameters)])


def _columns(table: pd.DataFrame) -> list[str]:
    return [name for name in HEADS if name in table.columns]


def _rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(key): value for key, value in row.items()} for row in table.to_dict("records")]


def _heading(table: pd.DataFrame) -> str:
    declared = catalogue.instrument(table.attrs["instrument"])
    return f"{declared['name']} ({declared['version']}) · {table.attrs['patient_id']}, day {table.attrs['day']}"


def _cell(name: str, value: Any) -> str:
    if name == "verdict":
        return f'<td class="{CLASSES[value]}">{MARKS[value]}</td>'
    return f"<td>{escape(_text(value))}</td>"


def _text(value: Any) -> str:
    """A value as it is printed: nothing for what is not known, days without decimals."""
    if value is None or (not isinstance(value, str) and pd.isna(value)):
        return ""
    return f"{value:g}" if isinstance(value, float) else str(value)


def _below(table: pd.DataFrame, parameters: dict[str, Any]) -> list[str]:
    """Source, what is uncertain, the parameters in force, and whether the data are synthetic."""
    declared = catalogue.instrument(table.attrs["instrument"])
    source = declared["source"]
    defaults = {name: entry["default"] for name, entry in declared.get("parameters", {}).items()}
    lines = [f"Source: {source['cite']}" + (f", doi {source['doi']}" if "doi" in source else "")]
    lines += [f"Uncertain: {source['uncertain']}"] if "uncertain" in source else []
    lines += [f"Known ambiguity: {text}" for text in declared.get("ambiguity", ())]
    lines += [f"Parameter {name}: {value}" for name, value in {**defaults, **parameters}.items()]
    return lines + ([SYNTHETIC] if table.attrs["synthetic"] else [])
