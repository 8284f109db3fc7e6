"""One rule for detection limits: below one is anything from 0 to just less than it, above one anything just more."""

import pytest

from casekit import records
from casekit.scores import score

HEAD = "patient_id,day,variable,value,comparator,unit,lower"


def counted(*rows):
    """One patient with these measurements."""
    return records.from_text(
        patients="patient_id,disease,sex,last_known_day\nA,SLE,female,200",
        treatments="patient_id,drug,category,start_day\nA,cd19_car_t,car_t,0",
        measurements="\n".join([HEAD, *rows]),
    )


def bounds(series, instrument):
    return score(series, instrument)[["low", "high"]].to_numpy().tolist()


# CTCAE 5.0: neutrophils below 0.5 grade 4, below 1.0 grade 3, below 1.5 grade 2; platelets below 25 grade 4
@pytest.mark.parametrize(
    ("variable", "unit", "lower", "value", "sign", "expected"),
    [
        ("neutrophils_10e9_l", "10^9/L", 1.8, 0.5, "<", [4, 4]),  # all that is less than 0.5
        ("neutrophils_10e9_l", "10^9/L", 1.8, 0.5, "", [3, 3]),
        ("neutrophils_10e9_l", "10^9/L", 1.8, 0.6, "<", [3, 4]),  # 0.55 is grade 3, 0.4 grade 4
        ("neutrophils_10e9_l", "10^9/L", 1.8, 1.5, ">", [0, 1]),  # 1.6 grade 1, 2 grade 0
        ("platelets_10e9_l", "10^9/L", 150, 25, "<", [4, 4]),
        ("platelets_10e9_l", "10^9/L", 150, 25, "", [3, 3]),
    ],
)
def test_a_grade_below_an_edge_is_reached_by_what_lies_below_that_limit(variable, unit, lower, value, sign, expected):
    series = counted(f"A,10,{variable},{value},{sign},{unit},{lower}")
    instrument = "ctcae5_neutrophils" if variable.startswith("neutro") else "ctcae5_platelets"
    assert bounds(series, instrument) == [expected]


def test_neutrophils_below_a_limit_may_have_been_gone():
    rows = [
        f"A,{day},neutrophils_10e9_l,{0.5 if 5 <= day <= 22 else 2},{'<' if 5 <= day <= 22 else ''},10^9/L,"
        for day in range(31)
    ]
    # 18 days just below 0.5: grade 3 (14 or more up to 0.5); gone for 14 days or more (up to 0.1): grade 4
    assert bounds(counted(*rows), "icaht_early") == [[3, 4]]


def test_platelets_above_a_limit_are_at_least_that():
    rows = [f"A,{day},platelets_10e9_l,60,>,10^9/L," for day in range(31)]
    assert bounds(counted(*rows), "t_icaht_early") == [[0, 0]]
