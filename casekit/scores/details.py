"""What an instrument gives beyond its number: the same result in other units, or the steps on the way to it."""

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

from casekit import catalogue
from casekit.scores.declaration import read
from casekit.scores.evaluation import Scored, evaluated

MCID_MRSS = 5.3
G_PER_MG = 0.001


def details_of(scored: Scored) -> dict[str, Any]:
    """The details of the first row; empty for instruments that have none. None stands for what is not known."""
    tell = DETAILS.get(scored.instrument.id)
    return {} if tell is None else tell(scored)


def _upcr(scored: Scored) -> dict[str, float | None]:
    """The ratio in the three units in use; mg per mmol by the factor that is a parameter."""
    mg_g = _known(scored.low, scored.high)
    if mg_g is None:
        return {"mg_g": None, "g_g": None, "mg_mmol": None}
    times = float(scored.instrument.parameters["mg_g_per_mg_mmol"])
    return {"mg_g": mg_g, "g_g": mg_g * G_PER_MG, "mg_mmol": mg_g / times}


def _known(low: pd.Series, high: pd.Series) -> float | None:
    """The first value where both bounds agree."""
    return float(low.iloc[0]) if low.iloc[0] == high.iloc[0] else None


def _at(name: str, suffix: str, scored: Scored) -> float | None:
    """A variable or score at the visit or, with the suffix, at baseline; None when it is not known."""
    column = f"{name}{suffix}"
    if column in scored.frame and pd.notna(scored.frame[column].iloc[0]):
        return float(scored.frame[column].iloc[0])
    if f"{column}_low" in scored.frame:
        return _known(scored.frame[f"{column}_low"], scored.frame[f"{column}_high"])
    if suffix or not catalogue.is_instrument(name):
        return None
    nested = evaluated(read(name), scored.frame, {})
    return _known(nested.low, nested.high)


def _percent(name: str, scored: Scored) -> float | None:
    """Change since baseline in percent of the baseline value; None without both values, or when that was 0."""
    now, before = _at(name, "", scored), _at(name, "_baseline", scored)
    return None if now is None or not before else round((now - before) / before * 100.0, 6)


def _mrss_change(scored: Scored) -> dict[str, Any]:
    change = _known(scored.low, scored.high)
    return {
        "absolute_change": change,
        "relative_change_pct": _percent("mrss", scored),
        "exceeds_mcid_5_3": None if change is None else abs(change) > MCID_MRSS,
    }


def _lung_change(name: str) -> Callable[[Scored], dict[str, Any]]:
    def tell(scored: Scored) -> dict[str, Any]:
        change = _known(scored.low, scored.high)
        return {"absolute_change_points": change, "relative_change_pct": _percent(name, scored)}

    return tell


def _ild_progression(scored: Scored) -> dict[str, Any]:
    return {"fvc_rel_pct": _percent("fvc_pct_pred", scored), "dlco_rel_pct": _percent("dlco_pct_pred", scored)}


def _criss_2016(scored: Scored) -> dict[str, Any]:
    """The logit x (None when an event of step 1 makes it meaningless, or a change is not known) and p."""
    terms = scored.items(scored.low.index[0]).values()
    may_be_open = scored.gate is None or scored.gate["high"].iloc[0] == 1.0
    known = may_be_open and all(low == high for low, high in terms)
    logit = round(scored.instrument.intercept + sum(low for low, _ in terms), 6) if known else None
    return {"x": logit, "p": _known(scored.low, scored.high)}


def _criss_revised(scored: Scored) -> dict[str, Any]:
    improved = _known(scored.low, scored.high)
    return {"n_improved": None if improved is None else int(improved)}


DETAILS: Mapping[str, Callable[[Scored], dict[str, Any]]] = {
    "upcr": _upcr,
    "mrss_change": _mrss_change,
    "fvc_change": _lung_change("fvc_pct_pred"),
    "dlco_change": _lung_change("dlco_pct_pred"),
    "ild_progression": _ild_progression,
    "criss_2016": _criss_2016,
    "criss_revised": _criss_revised,
}
