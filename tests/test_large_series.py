"""A series of many patients: pictures that draw each of them show a part at a time, and say which; counts hold all."""

import pytest

from casekit import records, views
from casekit.charts.gallery import pictures
from casekit.views import group_pictures, group_state


@pytest.fixture
def page(monkeypatch):
    for module in (group_state, group_pictures):
        monkeypatch.setattr(module, "MOST_DRAWN", 2)
    people = "".join(f"P{number},{disease},female,90\n" for number, disease in enumerate(["SLE"] * 4 + ["SSc"]))
    given = "".join(f"P{number},cd19_car_t,car_t,0,0\n" for number in range(5))
    series = records.from_text(
        patients=f"patient_id,disease,sex,last_known_day\n{people}",
        treatments=f"patient_id,drug,category,start_day,end_day\n{given}",
    )
    return views.group_page(series)


def test_each_part_is_drawn_and_together_they_are_everybody(page):
    panel = page.picture("swimmer")
    assert panel._part.options == (("1–2 of 5", 0), ("3–4 of 5", 1), ("5–5 of 5", 2))
    assert panel._part.layout.display == ""
    drawn = []
    for part in range(3):
        panel._part.value = part
        assert page.state.part == part
        rows = set(panel._listed().rows["patient_id"])
        assert rows <= set(page.state.drawn())
        assert panel._caption().startswith(f"{len(page.state.drawn())} of 5 patients")
        drawn += page.state.drawn()
    assert drawn == [f"P{number}" for number in range(5)]


def test_counts_hold_all_patients(page):
    panel = page.picture("table_one")
    assert panel._part.layout.display == "none"
    assert panel._caption().startswith("5 of 5 patients")


def test_what_was_prepared_is_what_the_page_asks_for(page, monkeypatch):
    chosen = {name: pictures()[name] for name in ("swimmer", "missing_basis")}
    monkeypatch.setattr(group_pictures, "pictures", lambda: chosen)
    assert list(views.prepare_groups(page.state.series)) == list(chosen)
    made = group_pictures._specification.cache_info().misses
    for name in chosen:
        page.picture(name).draw()
    assert group_pictures._specification.cache_info().misses == made


def test_pictures_of_all_are_pictures():
    assert set(group_pictures.OF_ALL) <= set(pictures())


def test_a_filter_begins_at_the_first_part_again(page):
    panel = page.picture("swimmer")
    panel._part.value = 2
    page.state.disease = "SSc"
    assert page.state.part == 0
    assert page.state.drawn() == ("P4",)
    assert panel._part.layout.display == "none"


def test_no_part_beyond_the_last_can_be_asked_for(page):
    page.state.part = 99
    assert page.state.part == 2
