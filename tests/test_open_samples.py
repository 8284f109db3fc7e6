"""B cells beside a detection limit above the threshold: who was gone is not known, and neither is what follows."""

import pytest
from small_series import small

from casekit.scores import b_cell_return, first_response, score
from casekit.scores.occurrences import occurrence

HEAD = "patient_id,day,variable,value,comparator,unit"
OPEN = ["A,7,cd19_b_cells_per_ul,20,<,/uL", "A,80,cd19_b_cells_per_ul,20,<,/uL"]
PNEUMONIA = "patient_id,kind,name,start_day,end_day,ongoing\nA,infection,pneumonia,40,45,no"


def counted(*rows):
    return small(measurements="\n".join([HEAD, *rows]), events=PNEUMONIA)


@pytest.mark.parametrize("asked", ["B cells back before day 90", "B cells back", "infection during aplasia"])
def test_samples_on_either_side_of_the_threshold_leave_everything_open(asked):
    # threshold 10: below 20 may be 5 or 15 on both days
    series = counted(*OPEN)
    assert occurrence(series, asked).set_index("patient_id").loc["A", "answer"] == "unknown"
    assert "A" not in b_cell_return(series)


def test_what_holds_in_every_reading_is_known():
    # gone on day 7 and 30 (0), below 20 on day 60, back on day 80 (50): pneumonia on day 40 may lie after a return
    rows = ["A,7,cd19_b_cells_per_ul,0,,/uL", "A,30,cd19_b_cells_per_ul,0,,/uL"]
    rows += ["A,60,cd19_b_cells_per_ul,20,<,/uL", "A,80,cd19_b_cells_per_ul,50,,/uL"]
    series = counted(*rows)
    found = {asked: occurrence(series, asked).set_index("patient_id").loc["A", "answer"] for asked in
             ("B cells back before day 90", "infection during aplasia")}  # fmt: skip
    # back by day 80 at the latest; after the last certain sample on day 30 nobody knows whether on day 40
    assert found == {"B cells back before day 90": "yes", "infection during aplasia": "unknown"}
    assert score(series, "b_cell_aplasia")[["low", "high"]].to_numpy().tolist() == [[53, 73]]  # 60 - 7, 80 - 7


def test_a_series_without_patients_has_no_response():
    assert first_response(
        small(
            patients="patient_id,disease,sex,last_known_day",
            treatments="patient_id,drug,category,start_day",
            events="patient_id,kind,name,start_day",
            measurements=HEAD,
        )
    ).empty
