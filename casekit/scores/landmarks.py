"""Days that only scores know: the return of B cells, the first response of each patient."""

import pandas as pd

from casekit import catalogue
from casekit.records import COMPUTED_DAYS, CaseSeries
from casekit.scores.aplasia import both_readings
from casekit.scores.scoring import judge


def b_cell_return(series: CaseSeries) -> pd.Series:
    """Day of the first sample with B cells again, by patient_id.

    Patients still in aplasia are left out, and those in whom a detection limit leaves the day open.
    """
    day = "reconstitution_day"
    days = {name: low[day] for name, (low, high) in both_readings(series).items() if low[day] == high[day]}
    return pd.Series(days, dtype="float64").dropna().rename("reconstitution_day").rename_axis("patient_id")


def first_response(series: CaseSeries) -> pd.Series:
    """Day of the first visit after infusion that meets the endpoint of the patient's disease, by patient_id."""
    found = [_first_met(series, str(name)) for name in series.patients["disease"].unique()]
    every: pd.Series = pd.concat([pd.Series(dtype="Int64"), *(days for days in found if not days.empty)])
    return every.rename_axis("patient_id")


def _first_met(series: CaseSeries, disease: str) -> pd.Series:
    endpoint = catalogue.disease(disease).endpoint
    if endpoint is None:
        return pd.Series(dtype="Int64")
    verdicts = judge(series.select(disease=disease), endpoint)
    met = verdicts[(verdicts["verdict"] == "met") & (verdicts["day"] > 0)]
    return met.sort_values("day").groupby("patient_id")["day"].first()


COMPUTED_DAYS["b_cell_return"] = b_cell_return
COMPUTED_DAYS["first_remission"] = first_response
COMPUTED_DAYS["first_response"] = first_response
