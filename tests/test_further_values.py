"""Every measured variable can be seen on the timeline, also under a name of its own: never two units on one axis."""

import json

import pytest
import vl_convert

from casekit import records
from casekit.charts.further_values import further_frame, further_names, named
from casekit.views import State, prepared
from casekit.views.address import restore, written
from casekit.views.controls import lane_controls
from casekit.views.patient import PatientPage
from casekit.views.patient_address import CHOICES
from casekit.views.prepared import rows_of, spec_key, timeline_spec

ODD = "other: it's \"odd\" \\ datum'"


@pytest.fixture(scope="module")
def series():
    return records.from_text(
        patients="patient_id,disease,sex,last_known_day\nA,SLE,female,100\nB,SLE,male,90",
        treatments="patient_id,drug,category,start_day,end_day\nA,cd19_car_t,car_t,0,0\nB,cd19_car_t,car_t,0,0",
        measurements="""patient_id,day,variable,value,unit,lower,upper,value_text
            A,1,other: Lipase,40,U/L,10,60,
            A,9,other: Lipase,70,U/L,10,60,
            A,20,other: Lipase,0.9,ukat/L,,,
            B,3,other: Lipase,30,U/L,10,60,
            A,2,crp_mg_l,12,mg/L,0,5,
            A,3,"other: it's ""odd"" \\ datum'",3,,,,
            A,4,other: Swab,,,,,negative
            A,5,c3_g_l,0.8,g/L,0.9,1.8,""",
    )


def test_what_was_measured_is_offered_by_name_with_its_unit(series):
    # complement C3 is measured too, although it has a lane in lupus; a result in words has none
    names = ["other: Lipase · U/L", "other: Lipase · ukat/L", "crp_mg_l", ODD, "c3_g_l"]
    assert further_names(series) == names
    assert [label for label, _ in named(names)] == [
        "C-reactive protein", "Complement C3", "it's \"odd\" \\ datum'", "Lipase · U/L", "Lipase · ukat/L",
    ]  # fmt: skip


def test_two_units_are_two_lanes(series):
    found = further_frame(series, ["other: Lipase · U/L", "other: Lipase · ukat/L"])
    values = found.groupby("variable")["value"].apply(list).to_dict()
    assert values == {"other: Lipase · U/L": [40, 70, 30], "other: Lipase · ukat/L": [0.9]}
    assert found["tip"].tolist() == ["40 U/L", "70 U/L", "0.9 ukat/L", "30 U/L"]
    assert found["state"].tolist()[:2] == ["within the reference range", "high"]


def test_any_name_is_drawn(series):
    spec = timeline_spec(series, spec_key(series, "A", [ODD, "crp_mg_l", "other: Lipase · ukat/L"]), None)
    drawn = vl_convert.vegalite_to_svg(
        {**spec, "params": [{**each, "value": "B"} if each["name"] == "patient" else each for each in spec["params"]]}
    )
    assert "odd" in drawn
    assert drawn.count("not measured in this patient") == 3 + 1  # those three, and C3
    drawn = vl_convert.vegalite_to_svg(dict(spec))
    assert drawn.count("not measured in this patient") == 0
    assert "ukat/L" in drawn


def test_a_value_that_another_disease_has_a_lane_for_is_listed_and_drawn_once():
    # C-reactive protein has a lane in systemic sclerosis, so that the frames of this series hold A's three results
    series = records.from_text(
        patients="patient_id,disease,sex,last_known_day\nA,SLE,female,100\nB,SSc,male,90",
        treatments="patient_id,drug,category,start_day,end_day\nA,cd19_car_t,car_t,0,0\nB,cd19_car_t,car_t,0,0",
        measurements="patient_id,day,variable,value,unit,lower,upper\n"
        "A,2,crp_mg_l,12,mg/L,0,5\nA,9,crp_mg_l,8,mg/L,0,5\nA,30,crp_mg_l,1,mg/L,0,5\nB,3,crp_mg_l,4,mg/L,0,5",
    )
    listed = rows_of(series, "infusion", "A", ("crp_mg_l",)).rows
    assert listed.loc[listed["what"] == "CRP", "found"].tolist() == ["12 mg/L", "8 mg/L", "1 mg/L"]
    lane = timeline_spec(series, spec_key(series, "A", ["crp_mg_l"]), None)["datasets"]["values_crp_mg_l"]
    assert [row["day"] for row in lane] == [2, 9, 30]


def test_nothing_is_added_unasked(series):
    plain = timeline_spec(series, spec_key(series, "A"), None)
    assert "crp_mg_l" not in json.dumps(plain)
    assert plain["usermeta"]["key"] == "SLE"


def test_the_page_its_address_and_its_table_follow_the_choice(series):
    page = PatientPage(series)
    assert "other: Lipase · U/L" not in set(rows_of(series, "infusion", "A").rows["what"])
    assert page.address.restore("patient=A&values=crp_mg_l|other:+Lipase+·+U/L") == ""
    assert page.state.further == ("crp_mg_l", "other: Lipase · U/L")
    assert page.picture.key == "SLE\ncrp_mg_l\nother: Lipase · U/L"
    listed = rows_of(series, "infusion", "A", page.state.further).rows
    assert listed.loc[listed["what"] == "Lipase", "found"].tolist() == ["40 U/L", "70 U/L"]
    assert "“other: Nothing”, which does not exist" in page.address.restore("values=other: Nothing")


def test_a_name_that_holds_the_sign_between_names_is_one_name():
    wanted = ("other: A|B", "other: Share · %", "other: 5%7C")
    measured = "".join(f"A,3,{name.removesuffix(' · %')},3,{'%' if '·' in name else ''}\n" for name in wanted)
    series = records.from_text(
        patients="patient_id,disease,sex,last_known_day\nA,SLE,female,100",
        treatments="patient_id,drug,category,start_day,end_day\nA,cd19_car_t,car_t,0,0",
        measurements=f"patient_id,day,variable,value,unit\n{measured}",
    )
    state = State(series)
    state.further = wanted
    text, again = written(state, CHOICES), State(series)
    assert restore(again, CHOICES, text) == ""
    assert again.further == wanted
    assert restore(again, CHOICES, "values=other: Share · %") == ""  # as a person writes it
    assert again.further == ("other: Share · %",)


def test_a_list_chooses_and_a_check_box_leaves(series):
    page = PatientPage(series)
    box = lane_controls(page.state, page.say).children[1]
    chooser, chosen = box.children
    chooser.value = "crp_mg_l"
    chooser.value = ODD
    assert page.state.further == ("crp_mg_l", ODD)
    assert chooser.value == ""
    assert [each.description for each in chosen.children] == ["C-reactive protein", "it's \"odd\" \\ datum'"]
    chosen.children[0].value = False
    assert page.state.further == (ODD,)
    assert len(chosen.children) == 1


def test_a_large_series_is_drawn_in_parts_of_one_disease(series, monkeypatch):
    # 7 results with a number and 2 patients: with at most 4 results a picture holds one patient
    monkeypatch.setattr(prepared, "MOST_RESULTS", 4)
    large = series.select(disease="SLE")
    assert [spec_key(large, who) for who in "AB"] == ["A", "B"]
    assert prepared.part_of(large, "B").patients["patient_id"].tolist() == ["B"]
    page = PatientPage(large)
    assert {row["patient_id"] for row in page.picture._make(page.picture.key)["datasets"]["patients"]} == {"A"}
    page.state.step(1)
    assert page.picture.key == "B"
    assert page.state.patients == ["A", "B"]
    assert page.state.without_zero == []
