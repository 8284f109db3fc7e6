"""Courses and events whose day or end is not known: what depends on them is not known either, and never "none"."""

import pytest
from test_scoring import visit

import casekit as ck
from casekit import records
from casekit.charts import timeline_frames
from casekit.errors import DataError
from casekit.scores import daily_glucocorticoid
from casekit.scores.occurrences import occurrence
from casekit.views.story import story

HEAD = "patient_id,drug,category,dose,dose_unit,frequency,route,start_day,end_day,day_range"
ALWAYS = ["A,cd19_car_t,car_t,1000000,cells/kg,once,iv,0,0,", "A,cotrimoxazole,anti_infective,960,mg,daily,oral,-5,,"]
EVENTS = "patient_id,kind,name,start_day,end_day,ongoing,day_range"
# Prednisolone; the visit is on day 180: at most 5 mg a day (DORIS), none at all, "steroid-free by day 180".
PREDNISOLONE = [
    ("20,,,unknown", "unknown", "unknown", "unknown"),  # on days not known
    ("20,-50,,unknown", "unknown", "unknown", "unknown"),  # begun on day -50, end not known
    ("5,-50,,unknown", "met", "unknown", "unknown"),  # 5 mg or none: DORIS allows both
    ("20,-50,,170 to 190", "unknown", "unknown", "unknown"),  # over between day 170 and 190
    ("20,-50,,150 to 170", "met", "met", "yes"),  # over by day 170 at the latest
    ("20,-50,,185 to 190", "not met", "not met", "no"),  # still taken on day 185
    ("20,,200,-60 to -40", "not met", "not met", "no"),  # begun by day -40, until day 200
    ("20,,150,unknown", "met", "met", "yes"),  # whenever it began, over on day 150
    ("20,-50,,", "not met", "not met", "no"),  # ongoing
]


def treated(*courses, events=(), visits=(180,)):
    """One patient with lupus, complete visits without activity, an anti-infective, and these courses and events."""
    made = [visit(day) for day in visits]
    return records.from_text(
        patients="patient_id,disease,sex,last_known_day\nA,SLE,female,400",
        treatments="\n".join([HEAD, *ALWAYS, *courses]),
        assessments="patient_id,day,variable,value,attributed_to,origin\n" + "\n".join(items for items, _ in made),
        measurements="patient_id,day,variable,value,unit,lower,upper,origin\n" + "\n".join(labs for _, labs in made),
        events="\n".join([EVENTS, *events]),
    )


def prednisolone(cells):
    dose, start, end, days = cells.split(",")
    return f"A,prednisolone,glucocorticoid,{dose},mg,daily,oral,{start},{end},{days}"


@pytest.mark.parametrize(("cells", "low_dose", "no_dose", "free"), PREDNISOLONE)
def test_a_dose_that_may_be_over_is_neither_taken_nor_none(cells, low_dose, no_dose, free):
    series = treated(prednisolone(cells))
    assert ck.judge(series, "doris_2021")["low_glucocorticoid"].tolist() == [low_dose]
    assert ck.judge(series, "drug_free_remission")["verdict"].tolist() == [no_dose]
    assert occurrence(series, "steroid-free by day 180")["answer"].tolist() == [free]


def test_the_known_part_of_a_dose_is_its_lower_bound():
    # 20 mg known and a second one without a dose: 20 mg or more, so certainly above 5 mg
    series = treated(prednisolone("20,-50,,"), "A,methylprednisolone,glucocorticoid,,,daily,iv,-50,,")
    assert ck.judge(series, "doris_2021")["low_glucocorticoid"].tolist() == ["not met"]
    doses = daily_glucocorticoid(series)
    assert doses[["low", "high"]].to_numpy().tolist() == [[20, float("inf")]]
    assert doses["mg_per_day"].isna().all()


def test_a_course_with_an_open_end_is_sure_on_its_first_day_only():
    doses = daily_glucocorticoid(treated(prednisolone("20,-50,,unknown")))
    assert doses[["start_day", "low", "high"]].to_numpy().tolist() == [[-50, 20, 20], [-49, 0, 20]]


def test_what_may_be_over_is_explained_with_its_bounds():
    told = ck.explain(treated(prednisolone("20,-50,,unknown")), "doris_2021", patient_id="A", day=180)
    [row] = told[told["condition"].str.contains("rednisolone|lucocorticoid")].to_dict("records")
    assert "0 to 20 mg" in row["observed"]
    assert row["verdict"] == "unknown"


@pytest.mark.parametrize(
    ("course", "verdict"),
    [
        ("A,azathioprine,immunosuppressant,100,mg,daily,oral,-50,,unknown", "unknown"),  # stable, or over
        ("A,azathioprine,immunosuppressant,100,mg,daily,oral,,,unknown", "unknown"),
        ("A,azathioprine,immunosuppressant,100,mg,daily,oral,-50,,185 to 190", "met"),  # running, since 230 days
        ("A,azathioprine,immunosuppressant,100,mg,daily,oral,,300,160 to 170", "not met"),  # begun 10 to 20 days before
    ],
)
def test_an_immunosuppressant_that_may_be_over_leaves_its_state_open(course, verdict):
    assert ck.judge(treated(course), "doris_2021")["stable_immunosuppressant"].tolist() == [verdict]


def test_a_drug_above_its_standard_dose_decides_whatever_else_is_taken():
    # mycophenolate 2 x 2 g = 4 g a day, above 3 g; belimumab has no highest standard dose in the source
    above = "A,mycophenolate_mofetil,immunosuppressant,2000,mg,twice daily,oral,-50,,"
    other = "A,belimumab,biologic,200,mg,weekly,sc,-50,,"
    assert ck.judge(treated(above, other), "lldas_2016")["standard_maintenance"].tolist() == ["not met"]
    assert ck.judge(treated(other), "lldas_2016")["standard_maintenance"].tolist() == ["unknown"]


@pytest.mark.parametrize(
    ("days", "asked", "answer"),
    [
        (",,no,unknown", "pneumonia", "unknown"),
        (",,no,20 to 40", "pneumonia", "yes"),
        (",,no,-40 to -20", "pneumonia", "no"),
        (",,no,-10 to 20", "pneumonia", "unknown"),
        (",,no,20 to 40", "pneumonia before day 30", "unknown"),
        (",,no,unknown", "infection", "unknown"),
        ("20,,no,", "pneumonia", "yes"),  # the end is not known, the first day is
    ],
)
def test_an_event_on_a_day_not_known_may_have_happened(days, asked, answer):
    found = occurrence(treated(events=[f"A,infection,pneumonia,{days}"]), asked)
    assert found["answer"].tolist() == [answer]


def test_an_event_with_a_first_day_has_no_range_of_first_days():
    # from day -10 to a day between 5 and 20? The range is that of the first day, which stands there already
    with pytest.raises(DataError, match=r"events.*row 2.*day_range.*start_day -10 and day_range 5 to 20"):
        treated(events=["A,infection,pneumonia,-10,,no,5 to 20"])


def test_a_kind_of_event_that_nobody_recorded_can_be_asked():
    assert occurrence(treated(), "infection")["answer"].tolist() == ["no"]


def test_a_course_with_a_start_is_placed_and_every_row_is_kept():
    series = treated(prednisolone("20,-50,,unknown"), prednisolone("5,,,unknown"))
    assert len(series.treatments) == 3
    assert series.unplaced["treatments"]["dose"].tolist() == [5]


# A drug in no list, whose kind nobody said, may be a glucocorticoid or an immunosuppressant; the visit is on day 180.
UNLISTED = "A,other: Decortin,other,20,mg,daily,oral,"


@pytest.mark.parametrize(
    ("days", "answers"),
    [
        ("-50,,", ["unknown", "unknown", "unknown", "unknown"]),  # ongoing
        ("-436,-4,", ["met", "met", "yes", "yes"]),  # over before the infusion: whatever it was
        ("-50,,150 to 170", ["met", "met", "yes", "yes"]),
        (",,unknown", ["unknown", "unknown", "unknown", "unknown"]),
    ],
)
def test_a_drug_in_no_list_leaves_open_what_was_taken(days, answers):
    series = treated(UNLISTED + days)
    free = [occurrence(series, f"{what} by day 180")["answer"].tolist()[0] for what in ("steroid-free", "drug-free")]
    judged = [ck.judge(series, name)["verdict"].tolist()[0] for name in ("doris_2021", "drug_free_remission")]
    assert [*judged, *free] == answers


def test_a_listed_drug_of_another_kind_leaves_nothing_open():
    series = treated("A,ramipril,other,5,mg,daily,oral,-50,,")
    assert ck.judge(series, "drug_free_remission")["verdict"].tolist() == ["met"]


def test_the_drug_in_no_list_is_named():
    why = occurrence(treated(UNLISTED + "-50,,"), "steroid-free by day 180")["why"].tolist()
    assert why == ["decortin is in no list of drugs"]


def test_a_drug_in_no_list_that_is_over_is_told_with_its_end():
    # which of the two came last decides: day -3, not day -60
    earlier = "A,other: Fortecortin,other,4,mg,daily,oral,-90,-60,"
    why = occurrence(treated(earlier, UNLISTED + "-20,-3,"), "steroid-free by month 3")
    assert why[["answer", "why"]].to_numpy().tolist() == [["yes", "decortin until day −3, in no list of drugs"]]


@pytest.mark.parametrize(("route", "answers"), [("topical", ["met", "yes"]), ("oral", ["unknown", "unknown"])])
def test_a_drug_in_no_list_on_the_skin_is_no_systemic_glucocorticoid(route, answers):
    # a listed glucocorticoid on the skin counts nothing either
    series = treated(UNLISTED.replace("oral", route) + "-50,,")
    judged = ck.judge(series, "doris_2021")["low_glucocorticoid"].tolist()
    assert [*judged, *occurrence(series, "steroid-free by day 180")["answer"]] == answers
    open_ended = treated(UNLISTED.replace("oral", route) + "-50,,unknown")
    for told in (series, open_ended):
        assert any("(in no list of drugs)" in sentence for sentence in story(timeline_frames(told), "A")) == (
            route == "oral"
        )
    listed = treated("A,prednisolone,glucocorticoid,20,mg,daily,topical,-50,,")
    assert occurrence(listed, "steroid-free by day 180")["answer"].tolist() == ["yes"]
