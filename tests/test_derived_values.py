"""Values that come from courses of drugs and enzymes: stable or changed, within the standard dose, which enzyme."""

import pytest

import casekit as ck
from casekit import records

VISIT = 200
# Sheet of criteria: range of each enzyme as a multiple of its own upper limit of normal.
MULTIPLES = {"ck_u_l": 15, "aldolase_u_l": 6, "ldh_u_l": 3, "ast_u_l": 3, "alt_u_l": 3}
UPPER = 100
# Golder 2016: highest standard dose in mg, how often.
STANDARD = [
    ("hydroxychloroquine", "antimalarial", 400, "daily"),
    ("methotrexate", "immunosuppressant", 30, "weekly"),
    ("azathioprine", "immunosuppressant", 200, "daily"),
    ("mycophenolate_mofetil", "immunosuppressant", 1500, "twice daily"),
    ("mycophenolic_acid", "immunosuppressant", 1080, "twice daily"),
    ("leflunomide", "immunosuppressant", 20, "daily"),
]
STATES = [
    ("hydroxychloroquine", "antimalarial"),
    ("azathioprine", "immunosuppressant"),
    ("belimumab", "biologic"),
]


def lupus(drug: str, category: str, dose: float, frequency: str, start: int) -> ck.CaseSeries:
    """A patient with one visit, who takes one drug from day `start`."""
    return records.from_text(
        patients="patient_id,disease,sex,last_known_day\nA,SLE,female,400",
        treatments="patient_id,drug,category,dose,dose_unit,frequency,route,start_day\n"
        f"A,cd19_car_t,car_t,,,once,iv,0\nA,{drug},{category},{dose},mg,{frequency},oral,{start}",
        assessments=f"patient_id,day,variable,value\nA,{VISIT},arthritis,no\nA,{VISIT},pga_0_3,0",
    )


@pytest.mark.parametrize(("drug", "category", "dose", "frequency"), STANDARD)
def test_the_highest_standard_dose_is_still_standard(drug: str, category: str, dose: float, frequency: str) -> None:
    for given, expected in [(dose, "met"), (dose + 1, "not met")]:
        verdicts = ck.judge(lupus(drug, category, given, frequency, 0), "lldas_2016")
        assert verdicts["standard_maintenance"].tolist() == [expected], f"{given} mg {frequency}"


@pytest.mark.parametrize(("drug", "category"), STATES)
def test_a_drug_is_stable_after_four_weeks(drug: str, category: str) -> None:
    for days, expected in [(28, "met"), (27, "not met")]:
        verdicts = ck.judge(lupus(drug, category, 100, "daily", VISIT - days), "doris_2021")
        assert verdicts[f"stable_{category}"].tolist() == [expected], f"{days} days"


def myositis(before: dict[str, float], after: dict[str, float]) -> ck.CaseSeries:
    """A patient whose enzymes alone are known, at baseline and once later."""
    rows = [f"A,{day},{name},{value},U/L,{UPPER}" for day, values in [(-5, before), (90, after)]
            for name, value in values.items()]  # fmt: skip
    return records.from_text(
        patients="patient_id,disease,sex,last_known_day\nA,IIM,female,400",
        treatments="patient_id,drug,category,start_day\nA,cd19_car_t,car_t,0",
        assessments="patient_id,day,variable,value\nA,-5,md_global_0_10,8\nA,90,md_global_0_10,8",
        measurements="patient_id,day,variable,value,unit,upper\n" + "\n".join(rows),
    )


def enzyme_points(before: dict[str, float], after: dict[str, float]) -> float:
    """What the enzyme gives on day 90: all else is unknown or unchanged, so it is the least score."""
    return float(ck.score(myositis(before, after), "tis_2016").set_index("day").loc[90, "low"])


@pytest.mark.parametrize(("enzyme", "multiple"), MULTIPLES.items())
def test_improvement_of_an_enzyme_is_divided_by_its_own_range(enzyme: str, multiple: float) -> None:
    start, span = 2.5 * UPPER, multiple * UPPER
    before = {**dict.fromkeys(MULTIPLES, UPPER / 2), enzyme: start}
    # 5 % gives nothing, more than that 2.5; 15 % still 2.5, more than that 5.
    for percent, points in [(5, 0), (5.2, 2.5), (15, 2.5), (15.2, 5)]:
        assert enzyme_points(before, {**before, enzyme: start - span * percent / 100}) == points, f"{percent} %"


def test_the_enzyme_most_abnormal_at_baseline_is_followed() -> None:
    """Aldolase 4 times its limit, CK 3 times; CK falls to normal, aldolase stays: no points."""
    before = {"ck_u_l": 3 * UPPER, "aldolase_u_l": 4 * UPPER}
    assert enzyme_points(before, {"ck_u_l": UPPER, "aldolase_u_l": 4 * UPPER}) == 0
    # Aldolase lower by 3 of 6 times the limit: 50 %.
    assert enzyme_points(before, {"ck_u_l": 3 * UPPER, "aldolase_u_l": UPPER}) == 7.5
