"""B cells beside a detection limit above the threshold: who was gone is not known, and neither is what follows."""

import pytest
from small_series import small

from casekit.charts import timeline_frames
from casekit.charts.b_cell_aplasia import b_cell_aplasia_frames
from casekit.charts.infections import infections_frames
from casekit.scores import b_cell_return, first_response, score
from casekit.scores.occurrences import occurrence
from casekit.views.story import story

HEAD = "patient_id,day,variable,value,comparator,unit"
OPEN = ["A,7,cd19_b_cells_per_ul,20,<,/uL", "A,80,cd19_b_cells_per_ul,20,<,/uL"]
PARTLY = ["A,7,cd19_b_cells_per_ul,0,,/uL", "A,30,cd19_b_cells_per_ul,0,,/uL"]
PARTLY += ["A,60,cd19_b_cells_per_ul,20,<,/uL", "A,80,cd19_b_cells_per_ul,50,,/uL"]
BACK = "A,95,cd19_b_cells_per_ul,50,,/uL"
PNEUMONIA = "patient_id,kind,name,start_day,end_day,ongoing\nA,infection,pneumonia,40,45,no"


def counted(*rows):
    return small(measurements="\n".join([HEAD, *rows]), events=PNEUMONIA)


@pytest.mark.parametrize("asked", ["B cells back before day 90", "B cells back", "infection during aplasia"])
def test_samples_on_either_side_of_the_threshold_leave_everything_open(asked):
    # threshold 10: below 20 may be 5 or 15 on both days
    series = counted(*OPEN)
    assert occurrence(series, asked).set_index("patient_id").loc["A", "answer"] == "unknown"
    assert "A" not in b_cell_return(series)


def test_a_sample_before_the_infusion_says_nothing_about_the_day_of_return():
    # below 20 before the infusion may be on either side of 10; gone on day 7 (0) and back on day 95 (50) all the same
    series = counted("A,-5,cd19_b_cells_per_ul,20,<,/uL", PARTLY[0], BACK)
    assert b_cell_return(series).to_dict() == {"A": 95.0}


def test_what_holds_in_every_reading_is_known():
    # gone on day 7 and 30 (0), below 20 on day 60, back on day 80 (50): pneumonia on day 40 may lie after a return
    series = counted(*PARTLY)
    found = {asked: occurrence(series, asked).set_index("patient_id").loc["A", "answer"] for asked in
             ("B cells back before day 90", "infection during aplasia")}  # fmt: skip
    # back by day 80 at the latest; after the last certain sample on day 30 nobody knows whether on day 40
    assert found == {"B cells back before day 90": "yes", "infection during aplasia": "unknown"}
    assert score(series, "b_cell_aplasia")[["low", "high"]].to_numpy().tolist() == [[53, 73]]  # 60 - 7, 80 - 7


@pytest.mark.parametrize(
    ("rows", "length"),
    [
        # both samples below 20 on either side of 10; to the last sample nothing else is known
        (OPEN, "not known"),
        # gone on day 7 and 30, perhaps back on day 60 (60 - 7), surely on day 80 (80 - 7)
        (PARTLY, "53 to 73 days"),
        # perhaps never gone, and back on day 95: at most 95 - 7
        ([*OPEN, BACK], "not known, at most 88 days"),
        # gone on day 7 and 30, perhaps back on day 60
        (PARTLY[:3], "53 days or more"),
    ],
)
def test_open_samples_leave_the_length_of_aplasia_open_in_words_and_lane(rows, length):
    frames = timeline_frames(counted(*rows))
    said = f"B-cell aplasia (<10/µL): {length}; a detection limit above that leaves samples open."
    assert said in story(frames, "A")
    assert frames.aplasia["label"].tolist() == [f"B-cell aplasia, {length}"]


def test_only_certain_samples_are_drawn_as_aplasia():
    # as above: surely without B cells from day 7 to 30; pneumonia begins on day 40
    aplasia = timeline_frames(counted(*PARTLY)).aplasia
    assert aplasia[["start", "sure_from", "certain", "end"]].to_numpy().tolist() == [[7, 7, 30, 80]]
    assert timeline_frames(counted(*OPEN)).aplasia["certain"].isna().all()
    for rows in (OPEN, PARTLY):
        assert infections_frames(counted(*rows)).rows["b_cells"].tolist() == ["not known"]
    drawn = b_cell_aplasia_frames(counted(*OPEN)).rows
    assert drawn[["onset_day", "days", "sure", "return_day"]].isna().all(axis=None)
    assert drawn["state"].tolist() == ["not known: a detection limit leaves samples open"]


def test_samples_that_are_certain_are_told_as_before():
    # an open sample before the infusion changes nothing: gone on day 7, back on day 95
    rows = ["A,-5,cd19_b_cells_per_ul,20,<,/uL", "A,7,cd19_b_cells_per_ul,0,,/uL", BACK]
    frames = timeline_frames(counted(*rows))
    assert frames.aplasia[["start", "sure_from", "certain", "end"]].to_numpy().tolist() == [[7, 7, 7, 95]]
    assert frames.aplasia["label"].tolist() == ["B-cell aplasia, 88 days"]


def test_an_infection_on_the_last_day_of_an_aplasia_that_goes_on_is_not_one_with_b_cells():
    # last sample without B cells on day 7; A is known to day 200
    pneumonia = PNEUMONIA.replace("40,45", "200,200")
    series = small(measurements=f"{HEAD}\nA,7,cd19_b_cells_per_ul,0,,/uL", events=pneumonia)
    assert infections_frames(series).rows["b_cells"].tolist() == ["not known"]


def test_a_series_without_patients_has_no_response():
    assert first_response(
        small(
            patients="patient_id,disease,sex,last_known_day",
            treatments="patient_id,drug,category,start_day",
            events="patient_id,kind,name,start_day",
            measurements=HEAD,
        )
    ).empty
