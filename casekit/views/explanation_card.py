"""The explanation of one score or verdict at one visit as a card: what counts, what was seen, what would change it."""

from collections.abc import Iterable
from html import escape
from pathlib import Path
from typing import Any

import pandas as pd

from casekit.charts.words import as_rows, number
from casekit.records import CaseSeries
from casekit.scores import explain
from casekit.scores.explanation_text import heading, notes, outcome, printed, source_line, synthetic_line
from casekit.views.html import Markup

STYLE = f"<style>{Path(__file__).with_suffix('.css').read_text(encoding='utf-8')}</style>"
FLIPS = "What would change the result"
CLASSES = {"✓": "met", "✕": "not", "?": "open"}


def explanation_card(series: CaseSeries, instrument_id: str, patient_id: str, day: int, **parameters: Any) -> Markup:
    """The explanation of a sum, worst grade, verdict or change as one piece of HTML that needs nothing else.

    Parameters
    ----------
    series : CaseSeries
    instrument_id : str
    patient_id : str
    day : int
        Day of the visit; the nearest visit within 31 days is taken.
    **parameters
        Parameters of the instrument.

    Returns
    -------
    Markup
        A ``<section>``: heading, result, what is not known, one row per condition or item (what counts; what was
        observed with value, unit, day and origin; points or verdict; what would change it), source and known
        ambiguities. Items of a sum that give no points are folded away. Every value in it is escaped.

    Raises
    ------
    UnknownName
        When there is no such patient or instrument.
    CaseKitError
        When there is no visit near that day.

    Examples
    --------
    >>> import casekit as ck
    >>> card = explanation_card(ck.example(), "doris_2021", "SLE-01", 180)
    >>> "met: remission" in card
    True
    """
    told = explain(series, instrument_id, patient_id=patient_id, day=day, **parameters)
    rows = as_rows(told)
    quiet = [row for row in rows if _is_quiet(row)]
    shown = [row for row in rows if not _is_quiet(row)]
    parts = [
        f"<h3>{escape(heading(told))}</h3>",
        f'<p class="result">{escape(str(told.attrs["result"]))}</p>',
        _not_known(rows),
        _table(shown, told) if shown else "<p>Nothing counted.</p>",
        _folded(f"{_items(len(quiet))} without points", _table(quiet, told)) if quiet else "",
        _below(told, parameters),
    ]
    return Markup(f'{STYLE}<section class="ck-why">{"".join(parts)}</section>')


def _is_quiet(row: dict[str, Any]) -> bool:
    """Whether an item gives no points, hangs on nothing, and nobody attributed a finding to another cause."""
    return row.get("points") == "0" and not row["flips"] and "does not count" not in row["observed"]


def _items(count: int) -> str:
    return "1 item" if count == 1 else f"{count} items"


def _not_known(rows: Iterable[dict[str, Any]]) -> str:
    """The conditions that keep the result open."""
    names = ", ".join(str(row["condition"]) for row in rows if outcome(row).startswith("?"))
    return f'<p class="open">Not known: {escape(names)}</p>' if names else ""


def _table(rows: Iterable[dict[str, Any]], told: pd.DataFrame) -> str:
    result = "Points" if "points" in told else "Verdict"
    rows = list(rows)
    names = ["Condition", "What counts", "Observed", result]
    names += [FLIPS] if any(row["flips"] for row in rows) else []
    head = "".join(f'<th scope="col">{name}</th>' for name in names)
    body = "".join(_row(row, int(told.attrs["day"]), len(names)) for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _row(row: dict[str, Any], visit: int, columns: int) -> str:
    came_out = outcome(row)
    cells = [
        f"<td>{escape(str(row['condition']))}</td>",
        f"<td>{escape(str(row['needed']))}</td>",
        f"<td>{escape(str(row['observed']))}{_from_where(row, visit)}</td>",
        f'<td class="{CLASSES.get(came_out[0], "points")}">{escape(came_out)}</td>',
        f"<td>{escape(str(row['flips']))}</td>",
    ]
    return f"<tr>{''.join(cells[:columns])}</tr>"


def _from_where(row: dict[str, Any], visit: int) -> str:
    """Day and origin of what was observed; a value from before the visit says how far it was carried."""
    if pd.isna(row["observed_day"]):
        return ""
    day = int(row["observed_day"])
    carried = f", {visit - day} day{'' if visit - day == 1 else 's'} before the visit" if day < visit else ""
    origin = printed(row["origin"])
    return f"<small>day {number(day)}{carried}{origin and ' · '}{escape(origin)}</small>"


def _below(told: pd.DataFrame, parameters: dict[str, Any]) -> str:
    """Source and the word synthetic in view, ambiguities and parameters folded."""
    lines = notes(told, parameters)
    listed = "".join(f"<li>{escape(line)}</li>" for line in lines)
    folded = _folded(f"What is uncertain or chosen ({len(lines)})", f"<ul>{listed}</ul>") if lines else ""
    return "".join([f"<small>{escape(line)}</small>" for line in (source_line(told), *synthetic_line(told))]) + folded


def _folded(summary: str, content: str) -> str:
    return f"<details><summary>{escape(summary)}</summary>{content}</details>"
