"""What pictures and words say of courses and events whose days are not known: open, never none and never ongoing."""

import json
from dataclasses import replace

import pytest
from small_series import small
from test_open_courses import prednisolone, treated

from casekit import charts, records
from casekit.charts.drug_timeline import drug_timeline, drug_timeline_frames
from casekit.charts.infections import infections, infections_frames
from casekit.charts.panel import window
from casekit.charts.picture import about, day_zero
from casekit.views.patient_rows import patient_rows
from casekit.views.story import story
from casekit.views.timeline_words import in_words

AZATHIOPRINE = "A,azathioprine,immunosuppressant,100,mg,daily,oral"
MYCOPHENOLATE = "A,mycophenolate_mofetil,immunosuppressant,1000,mg,daily,oral"
HYDROXYCHLOROQUINE = "A,hydroxychloroquine,antimalarial,200,mg,daily,oral"
OPEN = "Whether immunosuppressants were taken until the end is not known: "


def told(series):
    return story(charts.timeline_frames(series), "A")


def bars(series, drug):
    drugs = charts.timeline_frames(series).drugs
    return drugs.loc[drugs["drug"] == drug, ["start", "end", "when"]].to_numpy().tolist()


def spec(series):
    return json.dumps(charts.timeline(charts.timeline_frames(series), "A").to_dict(validate=False))


def test_a_course_with_an_open_end_reaches_as_far_as_it_may_and_says_so():
    # observed to day 400: the bar ends on the day after
    assert bars(treated(f"{AZATHIOPRINE},-50,,unknown"), "azathioprine") == [[-50, 401, "day −50, end not known"]]
    assert bars(treated(f"{AZATHIOPRINE},-50,,20 to 40"), "azathioprine") == [[-50, 41, "day −50, end not known"]]
    assert bars(treated(f"{AZATHIOPRINE},-50,,"), "azathioprine") == [[-50, 401, "day −50 to now, ongoing"]]


def test_a_single_dose_without_an_end_is_over_that_day():
    given = treated("A,cd19_car_t,car_t,1000000,cells/kg,once,iv,100,,")
    assert [100, 101, "day 100 (week 14, month 3.3)"] in bars(given, "cd19_car_t")


@pytest.mark.parametrize("course", [f"{AZATHIOPRINE},-50,,unknown", f"{AZATHIOPRINE},,,unknown"])
def test_nobody_is_called_free_of_drugs_that_may_go_on(course):
    series = treated(course)
    assert charts.timeline_frames(series).drug_free.empty
    assert drug_timeline_frames(series).parts["free"].empty
    known = "end not known" if ",-50," in course else "day not known"
    assert f"{OPEN}azathioprine ({known})." in told(series)


def test_bars_fade_only_where_an_end_is_not_known():
    assert "gradient" in spec(treated(f"{AZATHIOPRINE},-50,,unknown"))
    assert "gradient" not in spec(treated(f"{AZATHIOPRINE},-50,,"))
    frames = drug_timeline_frames(treated(f"{AZATHIOPRINE},-50,,unknown", prednisolone("20,-50,,unknown")))
    drawn = json.dumps(drug_timeline(frames).to_dict(validate=False))
    assert "gradient" in drawn
    assert "0 to 20 mg/day, not known" in drawn


@pytest.mark.parametrize(
    ("cells", "steps"),
    [
        ("20,-50,,unknown", [(-50, -49, "20 mg/day"), (-49, 401, "0 to 20 mg/day, not known")]),
        (",-50,", [(-50, 401, "dose not known")]),
        ("20,,,unknown", [(-36525, 401, "0 to 20 mg/day, not known")]),
    ],
)
def test_a_dose_that_is_not_known_is_not_an_empty_lane(cells, steps):
    row = prednisolone(cells + "," * (3 - cells.count(","))).replace(",,mg,", ",,,")
    series = treated(row)
    frames = charts.timeline_frames(series)
    assert list(frames.glucocorticoid[["start", "end", "tip"]].itertuples(index=False, name=None)) == steps
    assert steps[-1][2] in dict(in_words(frames, "A"))["Glucocorticoid"]
    assert "datum.mg === null" in spec(series)


def test_an_ongoing_course_without_a_dose_is_taken_to_the_end():
    row = prednisolone(",-50,,").replace(",,mg,", ",,,")
    assert "Immunosuppressants were taken until the end of observation." in told(treated(row))


def test_a_list_without_immunosuppressants_and_no_list_are_told_apart():
    assert "No immunosuppressant or glucocorticoid is recorded." in told(treated())
    bare = treated()
    cells = bare.treatments[bare.treatments["category"] == "car_t"]
    nothing = replace(bare, treatments=cells)
    assert "No medication is recorded beside the cells and what belongs to them." in told(nothing)


def test_nobody_is_called_free_while_a_drug_in_no_list_is_taken():
    going_on = treated("A,other: Decortin,other,20,mg,daily,oral,-50,,")
    assert f"{OPEN}Decortin (in no list of drugs)." in told(going_on)
    assert charts.timeline_frames(going_on).drug_free.empty
    undated = treated("A,other: Decortin,other,20,mg,daily,oral,,,unknown")
    assert f"{OPEN}Decortin (in no list of drugs)." in told(undated)


def test_a_drug_in_no_list_that_was_over_before_the_infusion_is_no_drug_after_it():
    # observed to day 400: 13 months
    over = told(treated("A,other: Decortin,other,20,mg,daily,oral,-436,-4,"))
    assert "No immunosuppressant or glucocorticoid since the infusion (13 months)." in over


def test_what_is_recorded_without_a_day_is_told():
    events = ["A,infection,pneumonia,,,no,unknown", "A,adverse_event,crs,,,no,0 to 20"]
    found = told(treated(prednisolone("20,,-20,unknown"), events=events))
    assert "CRS on a day not known." in found
    assert "On days not known: Prednisolone, Pneumonia." in found


@pytest.mark.parametrize(
    ("event", "sentence"),
    [
        ("A,adverse_event,crs,5,7,no,", "CRS from day 5 to day 7."),
        ("A,adverse_event,crs,5,5,no,", "CRS on day 5."),
        ("A,adverse_event,crs,5,,no,", "CRS from day 5, end not known."),
        ("A,adverse_event,crs,5,,yes,", "CRS from day 5 to day 400, ongoing."),  # observed to day 400
    ],
)
def test_a_side_effect_without_an_end_is_not_told_as_one_day(event, sentence):
    assert sentence in told(treated(events=[event]))


@pytest.mark.parametrize(
    ("days", "sentence"),
    [
        ("30,60,", "given after the infusion: from day 30 to day 60"),
        ("30,,unknown", "given after the infusion: from day 30, end not known"),
        ("30,,", "given after the infusion: from day 30 to day 400, ongoing"),
        ("-30,,unknown", "perhaps given after the infusion: from day −30, end not known"),
    ],
)
def test_immunoglobulin_without_an_end_is_not_told_as_if_it_had_one(days, sentence):
    series = treated(f"A,immunoglobulin_iv,immunoglobulin,30,g,monthly,iv,{days}")
    [found] = [words for words in told(series) if words.startswith("Immunoglobulin")]
    assert f" {sentence}; no indication recorded." in found


def test_a_drug_for_a_side_effect_whose_end_is_not_known_says_so():
    head = "patient_id,drug,category,start_day,end_day,day_range,reason"
    series = records.from_text(
        patients="patient_id,disease,sex,last_known_day\nA,SLE,female,400",
        treatments=f"{head}\nA,cd19_car_t,car_t,0,0,,\nA,tocilizumab,anticytokine,6,,6 to 9,CRS",
        events="patient_id,kind,name,start_day,end_day,ongoing\nA,adverse_event,crs,5,7,no",
    )
    assert "CRS from day 5 to day 7, treated with tocilizumab from day 6, end not known." in told(series)


def test_courses_counted_from_another_day_keep_what_is_not_known():
    # 13 days from leukapheresis to the infusion
    head = "patient_id,drug,category,dose,dose_unit,frequency,route,start_day,end_day,day_range"
    courses = [f"{AZATHIOPRINE},-50,,", f"{MYCOPHENOLATE},-50,,unknown", f"{HYDROXYCHLOROQUINE},-50,-20,"]
    series = records.from_text(
        patients="patient_id,disease,sex,last_known_day\nA,SLE,female,400",
        treatments="\n".join([head, "A,cd19_car_t,car_t,,,once,iv,0,0,", *courses, prednisolone("20,,-1000,unknown")]),
        events="patient_id,kind,name,start_day,end_day,ongoing\nA,procedure,leukapheresis,-13,-13,no",
    )
    frames = drug_timeline_frames(series.align("leukapheresis"))
    shown = frames.rows.set_index("drug")[["when", "start", "last"]]
    assert shown.loc["azathioprine", "when"] == "day −37 to now, ongoing"
    assert shown.loc["mycophenolate_mofetil", "when"] == "day −37, end not known"
    assert shown.loc["hydroxychloroquine", ["when", "last"]].tolist() == ["day −37 to day −7", -7]
    assert shown.loc[["azathioprine", "mycophenolate_mofetil"], "last"].isna().all()
    assert frames.parts["steps"]["when"].tolist() == ["until day −987, start not known"]
    listed = patient_rows(series, charts.timeline_frames(series), "A").rows.set_index("what")
    assert listed.loc[["Azathioprine", "Mycophenolate mofetil"], "last_day"].isna().all()
    assert listed.loc["Hydroxychloroquine", "last_day"] == -20
    assert listed.loc["prednisolone equivalent", ["day", "last_day"]].isna().tolist() == [True, False]


def test_a_response_that_nobody_can_judge_is_not_called_not_met():
    # an immunosuppressant on days not known leaves remission open at both visits; one drug above the limit does not
    unknown = told(treated(f"{AZATHIOPRINE},,,unknown", visits=(90, 180)))
    assert "DORIS remission: not known at 2 of 2 visits." in unknown
    above = told(treated(prednisolone("20,-50,100,"), f"{AZATHIOPRINE},,,unknown", visits=(90, 180)))
    assert "DORIS remission: not known at 1 of 2 visits, not met at 1." in above


@pytest.mark.parametrize(
    ("event", "axis", "timeline"),
    [
        ("Datum CAR-T Infusion", "the infusion", "the CAR T infusion"),
        ("enrolment", "the enrolment", "the enrolment"),  # nobody said that this was the day of the infusion
    ],
)
def test_every_page_calls_day_0_by_one_name(event, axis, timeline):
    known = small()
    series = replace(known, metadata=replace(known.metadata, index_event=event))
    assert day_zero(about(series)) == axis
    frames = charts.timeline_frames(series)
    assert frames.zero_event == timeline
    assert ("Days are counted from the enrolment." in story(frames, "A")) == (event == "enrolment")


@pytest.mark.parametrize(("event", "first"), [("infusion", -45), ("Datum CAR-T Infusion", -45), ("enrolment", -540)])
def test_pictures_know_the_infusion_by_any_name(event, first):
    # from 45 days before the infusion; without one from the first row, A's azathioprine on day -900, at most 12 x 45
    known = small()
    series = replace(known, metadata=replace(known.metadata, index_event=event))
    drugs, caught = drug_timeline_frames(series), infections_frames(series)
    assert window(drugs)[0] == first
    assert ('"text": "infusion"' in json.dumps(drug_timeline(drugs).to_dict(validate=False))) == (first == -45)
    assert ("CAR T infusion" in json.dumps(infections(caught).to_dict(validate=False))) == (first == -45)


def test_what_is_counted_from_the_enrolment_is_not_told_of_the_infusion():
    # observed to day 400: 13 months; nobody said on which day the cells were given
    known = treated("A,immunoglobulin_iv,immunoglobulin,30,g,monthly,iv,30,60,")
    enrolled = charts.timeline_frames(replace(known, metadata=replace(known.metadata, index_event="enrolment")))
    whole = " ".join([*story(enrolled, "A"), dict(in_words(enrolled, "A"))["Drugs"]])
    assert "infusion" not in whole
    assert "given after day 0: from day 30 to day 60" in whole


def test_drug_free_is_told_in_the_days_of_the_page():
    # the last prednisolone on day 29 after the infusion, so none from day 30 to 400: 12 months; CRS began on day 5
    series = treated(prednisolone("20,-50,29,"), events=["A,adverse_event,crs,5,7,no,"])
    frames = charts.timeline_frames(series.align("crs"))
    assert "No immunosuppressant or glucocorticoid since day 25 (12 months)." in story(frames, "A")
    assert "immunosuppressant: none since day 25 (12 months)" in dict(in_words(frames, "A"))["Drugs"]
