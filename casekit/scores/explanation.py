"""Why a score or verdict is what it is: one row per condition, with what was seen, when, and where it is written."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from casekit import catalogue
from casekit.errors import CaseKitError, UnknownName
from casekit.records import CaseSeries
from casekit.scores import wording
from casekit.scores.declaration import Instrument, Rule, read, rules_of
from casekit.scores.evaluation import VERDICTS, Scored, evaluated
from casekit.scores.flips import GATE, flips_of
from casekit.scores.scoring import observations, scored_visits
from casekit.scores.time_course_explanation import time_course_rows
from casekit.scores.validity import checked_parameters
from casekit.units import shown

# A visit asked for by a round day ("day 180") is looked for this far around.
NEAR_DAYS = 31
COLUMNS = ["condition", "needed", "observed", "observed_day", "verdict", "points", "origin", "flips"]
NOT_ASSESSED = "not assessed"


def explain(series: CaseSeries, instrument: str, *, patient_id: str, day: int, **parameters: Any) -> pd.DataFrame:
    """What each condition or item of an instrument asked for and what was seen at one visit.

    Parameters
    ----------
    series : CaseSeries
    instrument : str
    patient_id : str
    day : int
        Day of the visit; the nearest visit within 31 days is taken and its day stands in ``.attrs["day"]``. An
        instrument with one result per course takes any day, a dose of glucocorticoid the very day.

    Returns
    -------
    DataFrame
        One row per condition or item: condition, needed, observed, observed_day, verdict (``met``, ``not met``,
        ``unknown``), points (for sums; two numbers when open), origin, flips (what would change the result, or
        whether the answer matters at all). Where everything hangs on a condition of its own (a gate) that comes first.

    Raises
    ------
    UnknownName
        When the series has no such patient.
    CaseKitError
        When there is no visit near that day.

    Examples
    --------
    >>> import casekit as ck
    >>> ck.explain(ck.example(), "doris_2021", patient_id="SLE-01", day=180)["verdict"].unique().tolist()
    ['met']
    """
    declared = catalogue.instrument(instrument)
    _refuse_unknown(series, patient_id)
    checked_parameters(declared, parameters)
    if series.before_alignment is not None:
        return _explained_in_aligned_days(series, instrument, patient_id, day, parameters)
    if {"time_course", "conversion"} & set(declared):
        day, result, told_rows = time_course_rows(series, instrument, patient_id, day, parameters)
        table = _table(series, told_rows, patient_id=patient_id, day=day, instrument=instrument, result=result)
        return table.drop(columns="points")
    scored = scored_visits(series, instrument, **parameters)
    chosen = scored.instrument
    visit = _visit(scored.frame, instrument, patient_id, day)
    bounds = scored.items(visit.index[0])
    seen = observations(series, instrument, **parameters)
    seen = seen[(seen["patient_id"] == patient_id) & (seen["day"] == visit["day"].iloc[0])]
    told = flips_of(scored, visit)
    rows = [_row(item, bounds[item["id"]], visit, seen, graded=chosen.is_graded) for item in chosen.items]
    rows = [{**row, "flips": told.get(item["id"], "")} for row, item in zip(rows, chosen.items, strict=True)]
    if chosen.gate and scored.gate is not None:
        rows.insert(0, {**_gate_row(chosen, scored.gate.loc[visit.index[0]], visit, seen), "flips": told[GATE]})
    low, high = float(scored.low[visit.index[0]]), float(scored.high[visit.index[0]])
    day, result = int(visit["day"].iloc[0]), result_words(scored, low, high)
    table = _table(series, rows, patient_id=patient_id, day=day, instrument=instrument, result=result)
    return table.drop(columns="points") if chosen.is_yes_or_no else table


def _table(series: CaseSeries, rows: Sequence[Mapping[str, Any]], **about: Any) -> pd.DataFrame:
    """The rows of an explanation, with what it is about beside them."""
    table = pd.DataFrame(rows, columns=COLUMNS)
    table.attrs.update(about)
    table.attrs["synthetic"] = bool(series.metadata.get("synthetic"))
    return table


def _explained_in_aligned_days(
    series: CaseSeries, instrument: str, patient_id: str, day: int, parameters: Mapping[str, Any]
) -> pd.DataFrame:
    """The explanation from the series' own days, with its days counted from the event it is aligned to."""
    if series.before_alignment is None or series.day_zero is None or patient_id in series.unaligned:
        raise CaseKitError(f"{patient_id}: has no day 0 in this alignment. Explain it in the series before alignment.")
    zero = int(series.day_zero[patient_id])
    table = explain(series.before_alignment, instrument, patient_id=patient_id, day=day + zero, **parameters)
    shifted = table.assign(observed_day=table["observed_day"] - zero)
    shifted.attrs = {**table.attrs, "day": table.attrs["day"] - zero}
    return shifted


def result_words(scored: Scored, low: float, high: float) -> str:
    """The result in words: verdict and label of a criterion, number and band of a score."""
    chosen = scored.instrument
    if chosen.is_yes_or_no:
        word = VERDICTS[low, high]
        return f"{word}: {chosen.labels.get(word, '')}".removesuffix(": ")
    names = " to ".join(dict.fromkeys(filter(None, (chosen.label_of(low), chosen.label_of(high)))))
    return wording.bounds(low, high) + (f" ({names})" if names else "")


def _refuse_unknown(series: CaseSeries, patient_id: str) -> None:
    known = series.patients["patient_id"].tolist()
    if patient_id not in known:
        raise UnknownName("patient", patient_id, known, "series.patients")


def _visit(frame: pd.DataFrame, instrument: str, patient_id: str, day: int) -> pd.DataFrame:
    """The one row of the visit nearest to `day`."""
    own = frame[frame["patient_id"] == patient_id]
    away = (own["day"] - day).abs()
    if own.empty or away.min() > NEAR_DAYS:
        days = ", ".join(map(str, own["day"])) or "none"
        raise CaseKitError(
            f"{patient_id}, {instrument}: found no visit within {NEAR_DAYS} days of day {day}; visits: {days}. "
            "Ask for one of these days."
        )
    return own.loc[[away.idxmin()]]


def _row(
    item: Rule, bounds: tuple[float, float], visit: pd.DataFrame, seen: pd.DataFrame, *, graded: bool = False
) -> dict[str, Any]:
    low, high = bounds
    facts = list(_facts(item, visit, seen))
    days = sorted({int(fact["observed_day"]) for fact in facts if pd.notna(fact.get("observed_day"))})
    origins = dict.fromkeys(str(fact["origin"]) for fact in facts if pd.notna(fact.get("origin")))
    reached = (float(low > 0), float(high > 0))
    return {
        "condition": item.get("label", item["id"]),
        "needed": wording.needed_for(item, graded=graded),
        "observed": "; ".join(str(fact["text"]) for fact in facts) or NOT_ASSESSED,
        "observed_day": days[-1] if days else None,
        "verdict": VERDICTS[reached],
        "points": wording.bounds(low, high),
        "origin": "; ".join(origins),
    }


def _gate_row(chosen: Instrument, gate: pd.Series, visit: pd.DataFrame, seen: pd.DataFrame) -> dict[str, Any]:
    """The condition everything hangs on, as a row; it has no points of its own."""
    item = {"id": GATE, "label": chosen.gate_label or "Anything counts", "when": chosen.gate}
    return {**_row(item, (float(gate["low"]), float(gate["high"])), visit, seen), "points": ""}


def _facts(item: Rule, visit: pd.DataFrame, seen: pd.DataFrame) -> Iterable[dict[str, Any]]:
    """What was seen for each rule of an item."""
    told: set[str] = set()
    if "improvement" in item:
        yield _improvement_fact(item["improvement"], visit, seen)
        return
    for rule in rules_of(item):
        name = str(rule.get("flag") or rule.get("var") or rule.get("score"))
        if name in told:
            continue
        told.add(name)
        if "score" in rule:
            yield _score_fact(rule, visit)
            continue
        before = _baseline_text(rule, visit) if {"change", "at"} & set(_words_about(item, name)) else ""
        recorded = _rows(seen, name)
        yield from ({**row, "text": wording.observed(row) + before} for row in recorded)
        if not recorded and name in visit and (ends := _ends(name, "", visit)) is not None:
            yield _derived_fact(name, ends, visit)
    if item["id"] not in told:
        cause = seen[(seen["variable"] == item["id"]) & seen["attributed_to"].notna()]
        yield from ({**row, "text": wording.observed(row)} for row in cause.to_dict("records"))


def _words_about(item: Rule, name: str) -> list[str]:
    """Every word the rules of an item use about one variable."""
    return [word for rule in rules_of(item) if rule.get("var") == name for word in rule]


def _rows(seen: pd.DataFrame, name: str) -> list[dict[str, Any]]:
    return [
        {str(key): value for key, value in row.items()} for row in seen[seen["variable"] == name].to_dict("records")
    ]


def _score_fact(rule: Rule, visit: pd.DataFrame) -> dict[str, Any]:
    """A nested score in words: its bounds, and the items that count or are open."""
    nested = evaluated(read(rule["score"]).without(rule), visit, {})
    low, high = float(nested.low.iloc[0]), float(nested.high.iloc[0])
    if nested.instrument.is_yes_or_no:
        text = nested.instrument.labels.get(VERDICTS[low, high], VERDICTS[low, high])
    else:
        text = f"{nested.instrument.name} {wording.bounds(low, high)}{_items_text(nested, visit)}"
    return {"text": text + _baseline_text(rule, visit), "observed_day": visit["day"].iloc[0], "origin": None}


def _items_text(nested: Scored, visit: pd.DataFrame) -> str:
    """The items that count, where items are findings, and those that were not assessed."""
    ends = nested.items(visit.index[0])
    labels = {item["id"]: item["label"] for item in nested.instrument.items}
    findings = all("when" in item for item in nested.instrument.items)
    counting = [f"{labels[name]} {low:g}" for name, (low, high) in ends.items() if findings and low == high > 0]
    open_items = [labels[name] for name, (low, high) in ends.items() if low != high]
    parts = [", ".join(counting)] if counting else []
    parts += [f"not assessed: {', '.join(open_items)}"] if open_items else []
    return f" ({'; '.join(parts)})" if parts else ""


def _baseline_text(rule: Rule, visit: pd.DataFrame) -> str:
    ends = _ends(str(rule.get("score") or rule["var"]), "_baseline", visit)
    if ends is None and "var" not in rule:
        return ""
    return f", before infusion {_told(ends)}"


def _derived_fact(name: str, ends: tuple[Any, Any], visit: pd.DataFrame) -> dict[str, Any]:
    """What drug courses or the previous visit say; of courses that may be over, or without a dose, the bounds."""
    low, high = ends
    text = wording.observed({"variable": name, "value": low})
    if low != high:
        label, unit = _measure(name, visit)
        text = f"{label} {f'{low:g} or more' if pd.isna(high) else f'{low:g} to {high:g}'} {unit}"
    origin = "treatments" if catalogue.variable(name).kind == "derived" else "compared with the previous visit"
    return {"text": text, "observed_day": visit["day"].iloc[0], "origin": origin}


def _improvement_fact(rule: Rule, visit: pd.DataFrame, seen: pd.DataFrame) -> dict[str, Any]:
    """A measure before infusion and now, and its improvement in percent of the range."""
    name = str(rule.get("var") or rule["score"])
    before, now = (_ends(name, suffix, visit) for suffix in ("_baseline", ""))
    label, unit = _measure(name, visit)
    span = _span(rule["range"], visit)
    text = f"{label} {_told(before)} → {_told(now)} {unit}".rstrip()
    if before and now and before[0] == before[1] and now[0] == now[1] and span:
        change = (before[0] - now[0]) if rule["better"] == "lower" else (now[0] - before[0])
        text += f": improvement {change / span * 100:.4g} % of {span:g}"
    origins = "; ".join(str(row["origin"]) for row in _rows(seen, name) if pd.notna(row["origin"]))
    return {"text": text, "observed_day": visit["day"].iloc[0], "origin": origins or None}


def _span(declared: float | str, visit: pd.DataFrame) -> float | None:
    """The range of a measure: a number, or the column that holds it."""
    if not isinstance(declared, str):
        return float(declared)
    known = declared in visit and pd.notna(visit[declared].iloc[0])
    return float(visit[declared].iloc[0]) if known else None


def _ends(name: str, suffix: str, visit: pd.DataFrame) -> tuple[float, float] | None:
    """Low and high of a variable or score at this visit or, with the suffix, at baseline."""
    column = f"{name}{suffix}"
    if column in visit and pd.notna(visit[column].iloc[0]):
        return visit[column].iloc[0], visit[column].iloc[0]
    if f"{column}_low" in visit and pd.notna(visit[f"{column}_low"].iloc[0]):
        return float(visit[f"{column}_low"].iloc[0]), float(visit[f"{column}_high"].iloc[0])
    if not suffix and catalogue.is_instrument(name):
        nested = evaluated(read(name), visit, {})
        return float(nested.low.iloc[0]), float(nested.high.iloc[0])
    return None


def _told(ends: tuple[float, float] | None) -> str:
    return NOT_ASSESSED if ends is None else wording.bounds(*ends)


def _measure(name: str, visit: pd.DataFrame) -> tuple[str, str]:
    """Label and unit of a measure; the muscle enzyme goes by its own name."""
    if name == "enzyme" and "enzyme_name" in visit and pd.notna(visit["enzyme_name"].iloc[0]):
        name = str(visit["enzyme_name"].iloc[0])
    if catalogue.is_instrument(name):
        return str(catalogue.instrument(name)["name"]), ""
    declared = catalogue.variable(name)
    return declared.short or declared.label, shown(declared.unit)
