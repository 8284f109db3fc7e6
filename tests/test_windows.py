"""How long a value may be carried to a visit: to the last day of the window it counts, the day after it is missing."""

import pytest

from casekit import records
from casekit.scores import declaration
from casekit.scores.conversions import multiples_of
from casekit.scores.visits import visits_of

VISIT = 200
# Instrument, disease, value carried, its unit, days; SLEDAI-2K by its authors, all others house rules.
WINDOWS = [
    *((name, "SLE", "platelets_10e9_l", "10^9/L", 10) for name in ("sledai_2k", "clinical_sledai", "doris_2021")),
    *((name, "SLE", "platelets_10e9_l", "10^9/L", 10) for name in ("lldas_2016", "sri_4", "off_treatment_remission")),
    ("complement_normalisation", "SLE", "c3_g_l", "g/L", 10),
    ("renal_response", "SLE", "egfr_ml_min", "mL/min/1.73m2", 30),
    ("tis_2016", "IIM", "ck_u_l", "U/L", 14),
    ("eustar_2017", "SSc", "crp_mg_l", "mg/L", 14),
    ("eustar_2017", "SSc", "dlco_pct_pred", "%", 90),
    ("eustar_decrease", "SSc", "crp_mg_l", "mg/L", 14),
    ("escsg_2003", "SSc", "esr_mm_h", "mm/h", 14),
    ("escsg_2003", "SSc", "dlco_pct_pred", "%", 90),
    ("criss_2016", "SSc", "fvc_pct_pred", "%", 30),
    ("criss_revised", "SSc", "fvc_pct_pred", "%", 30),
    ("ild_progression", "SSc", "dlco_pct_pred", "%", 30),
    ("car_hematotox", "SLE", "crp_mg_l", "mg/L", 14),
]
ASSESSED = {"SLE": "arthritis,no", "IIM": "md_global_0_10,1", "SSc": "delta_skin,no"}
# What makes a day a visit where it is not an assessment of the disease.
OTHERS = {
    "criss_2016": "assessment md_global_0_10,1",
    "criss_revised": "assessment md_global_0_10,1",
    "complement_normalisation": "measurement c4_g_l,0.2,g/L",
    "renal_response": "measurement upcr_mg_g,100,mg/g",
    "ild_progression": "measurement fvc_pct_pred,80,%",
    "car_hematotox": "treatment fludarabine,lymphodepletion",
}


def carried(instrument: str, disease: str, variable: str, unit: str, age: int) -> bool:
    """Whether a value of that age stands at the visit (CAR-HEMATOTOX: on the first day of lymphodepletion)."""
    kind, anchor = OTHERS.get(instrument, f"assessment {ASSESSED[disease]}").split(" ", 1)
    day = -5 if kind == "treatment" else VISIT
    rows = {kind: f"\nA,{day},{anchor}"}
    series = records.from_text(
        patients=f"patient_id,disease,sex,last_known_day\nA,{disease},female,400",
        treatments="patient_id,start_day,drug,category\nA,0,cd19_car_t,car_t" + rows.get("treatment", ""),
        assessments="patient_id,day,variable,value" + rows.get("assessment", ""),
        measurements=f"patient_id,day,variable,value,unit\nA,{day - age},{variable},9,{unit}"
        + rows.get("measurement", ""),
    )
    frame = visits_of(series, declaration.read(instrument), multiples_of(instrument, {})).frame.set_index("day")
    return variable in frame and bool(frame[variable].notna().loc[day])


@pytest.mark.parametrize(("instrument", "disease", "variable", "unit", "days"), WINDOWS)
def test_a_value_is_carried_to_the_end_of_the_window(
    instrument: str, disease: str, variable: str, unit: str, days: int
) -> None:
    assert carried(instrument, disease, variable, unit, 0)
    assert carried(instrument, disease, variable, unit, days)
    assert not carried(instrument, disease, variable, unit, days + 1)
    assert not carried(instrument, disease, variable, unit, -1)
