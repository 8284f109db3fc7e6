"""What published pages may reveal of real patients: nothing that nobody has accepted with a reason."""

import json
import re
import shutil
from dataclasses import replace

import pandas as pd
import pytest
from small_series import small

from casekit import records
from casekit.cli import main
from casekit.errors import CaseKitError, DefinitionError
from casekit.publish import export
from casekit.publish.disclosure import Review, cleared, published_review, review, undeclared
from casekit.publish.disclosure_cells import Finding
from casekit.publish.disclosure_policy import View, policy
from casekit.publish.disclosure_report import report_html, report_text
from casekit.publish.disclosure_text import has_date, identifiers
from casekit.publish.export_site import export_site
from casekit.publish.published import DASHBOARDS, Page, published
from casekit.publish.serving import serve

HEAD = "patient_id,disease,subtype,sex,age_years,last_known_day,end_reason\n"
ALIKE = HEAD + "".join(f"P{number},SLE,,female,30,100,data cut\n" for number in range(1, 6))
INFUSED = "patient_id,drug,category,start_day,reason\n" + "".join(
    f"P{number},cd19_car_t,car_t,0,\n" for number in range(1, 6)
)
EVENTS = "patient_id,kind,name,start_day,end_day,ongoing,grade,grade_system,outcome\n"
MEASUREMENTS = "patient_id,day,variable,value,comparator,unit,lower,upper,origin\n"
COURSE = '[[accepted]]\nseries = "Small"\nrule = "individual course"\nviews = ["patient"]\nwhy = "all consented"\n'


def real(**tables):
    """Five patients who look alike, with single tables replaced; said to be real, invented for this test."""
    given = {"patients": ALIKE, "treatments": INFUSED, "measurements": MEASUREMENTS, "events": EVENTS, **tables}
    return small(synthetic=False, **given)


def rules_of(series, view="patient"):
    """The rules by which a view is refused, with the field of each."""
    return {(one.rule, one.field) for one in review(series, [view]).refused}


def with_policy(folder, text):
    """A folder with the policy of the project and more exceptions."""
    shutil.copy(DASHBOARDS / "policy.toml", folder)
    with (folder / "policy.toml").open("a", encoding="utf-8") as file:
        file.write(text)
    return folder


def notebook(place, *sources, outputs=(), kind="code"):
    """A page with cells of these sources."""
    stored = {"outputs": list(outputs), "execution_count": None} if kind == "code" else {}
    cells = [{"cell_type": kind, "metadata": {}, "source": source, "id": str(i), **stored} for i, source in
             enumerate(sources)]  # fmt: skip
    place.write_text(json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}), "utf-8")
    return Page("patient", place, "One patient", "A page.")


def test_five_patients_who_look_alike_are_only_refused_for_their_courses():
    assert rules_of(real()) == {("individual course", "day by day")}


def test_a_synthetic_series_passes_and_the_report_says_why(capsys):
    assert main(["publish-check"]) == 0
    said = capsys.readouterr().out
    assert "may be published" in said
    assert "synthetic = true" in said


def test_the_same_series_said_to_be_real_is_refused(tmp_path, capsys):
    records.to_folder(real(), tmp_path / "series")
    assert main(["publish-check", str(tmp_path / "series")]) == 1
    assert "REFUSED individual course: day by day in patient" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("patients", "expected"),
    [
        (ALIKE.replace("P1,", "1961-03-04,"), ("identifier", "patients.patient_id")),
        (ALIKE.replace("P1,", "Erika Muster,"), ("identifier", "patients.patient_id")),
        (ALIKE.replace("P1,", "00412345,"), ("identifier", "patients.patient_id")),
        (
            HEAD + "".join(f"{who},SLE,,female,30,100,\n" for who in ("AB", "CD", "EF", "GH", "IJ")),
            ("initials", "patients.patient_id"),
        ),
        (ALIKE.replace("P1,SLE,,", "P1,SLE,seen by Dr. Muster,"), ("identifier", "patients.subtype")),
        (ALIKE.replace("P1,SLE,,", "P1,SLE,since 03/2019,"), ("date", "patients.subtype")),
        (ALIKE.replace("P1,SLE,,", "P1,SLE,nephritis in a nurse,"), ("free text", "patients.subtype")),
        (ALIKE.replace(",30,", ",31,"), ("exact age", "patients.age_years")),
        (ALIKE.replace(",30,", ",95,"), ("age above 89", "patients.age_years")),
    ],
)
def test_what_stands_in_the_table_of_patients_is_refused(patients, expected):
    infused = INFUSED
    for number, line in enumerate(patients.splitlines()[1:], start=1):
        infused = infused.replace(f"P{number},", line.partition(",")[0] + ",")
    assert expected in rules_of(real(patients=patients, treatments=infused))


@pytest.mark.parametrize(
    ("table", "row", "expected"),
    [
        ("treatments", "P1,prednisolone,glucocorticoid,1,moved to Bamberg", ("free text", "treatments.reason")),
        ("treatments", "P1,other: drug of Mrs Muster,other,1,", ("free text", "treatments.drug")),
        ("measurements", "P1,1,c3_g_l,1,,g/L,,,lab 2023-05-02", ("date", "measurements.origin")),
        ("measurements", "P1,1,c3_g_l,1,,g/L,,,a@example.org", ("identifier", "measurements.origin")),
        ("events", "P1,infection,covid_19,9,,,,,called 0911 1234567", ("identifier", "events.outcome")),
    ],
)
def test_what_stands_in_the_other_tables_is_refused(table, row, expected):
    given = {"treatments": INFUSED, "measurements": MEASUREMENTS, "events": EVENTS}[table]
    found = rules_of(real(**{table: f"{given}{row}\n"}), "series")
    assert expected in found


def test_a_text_that_enough_patients_share_is_a_code_and_no_free_text():
    rows = "".join(f"P{number},1,c3_g_l,1,,g/L,,,serum bank\n" for number in range(1, 6))
    assert ("free text", "measurements.origin") not in rules_of(real(measurements=MEASUREMENTS + rows))
    four = "".join(rows.splitlines(keepends=True)[:4])
    assert ("free text", "measurements.origin") in rules_of(real(measurements=MEASUREMENTS + four))


def test_a_column_that_a_series_adds_is_free_text():
    table = real().patients.assign(site="the only clinic with cells")
    table.loc[1:, "site"] = "elsewhere"
    series = replace(real(), patients=table)
    assert ("free text", "patients.site") in rules_of(series, "series")


def test_a_data_cut_to_the_day_tells_the_day_of_every_infusion():
    told = real().metadata
    for cut, refused in [("2025-03-31", True), ("March 2025", True), ("2025", False)]:
        series = replace(real(), metadata=replace(told, data_cut=cut))
        assert (("date", "series.data_cut") in rules_of(series)) is refused


def test_one_patient_who_looks_different_is_alone_and_leaves_the_others_too_few():
    # five alike, of whom one is now a man: 1 and 4 alike, both below 5
    refused = review(real(patients=ALIKE.replace("P1,SLE,,female", "P1,SLE,,male")), ["patient", "cohort"]).refused
    rare = [one for one in refused if one.rule == "rare combination"]
    assert [one.view for one in rare] == ["patient"]  # the page of all patients does not show the sex
    assert rare[0].found.startswith("5 of 5 patients")
    assert rare[0].todo.startswith("Without sex it would be 0")


@pytest.mark.parametrize("view", ["cohort", "sle", "iim", "ssc", "safety", "b-cells", "claims"])
def test_exact_counts_of_a_page_are_refused(view):
    assert ("small count", "counts") in rules_of(real(), view)


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("views.counts_page(ck.series()).outcomes()", ""),
        ("views.counts_page(ck.series(), smallest=6).outcomes()", ""),
        ("views.counts_page(ck.series(), smallest=4).outcomes()", "counts from 4, of which those below 5 are small"),
        ("views.counts_page(ck.series(), least).outcomes()", "counts from 0"),
        ("views.counts_page(ck.series(), **{'smallest': 1}).outcomes()", "counts from 0"),
        ("import casekit as ck\nfrom casekit import views", ""),
        ("from mymodule import table\ntable", "from mymodule import table"),
        ("import casekit as ck, mymodule", "mymodule"),
        ("from . import table", "from . import table"),
        ("views.group_page(ck.series()).table('table_one')", "views.group_page"),
        ("ck.series()", "ck.series()"),
        ("vars(views.counts_page(ck.series()))", "vars("),
        ("%whos", "a command for IPython"),
    ],
)
def test_a_page_of_hidden_counts_shows_nothing_else(tmp_path, cell, said):
    page = replace(notebook(tmp_path / "a.ipynb", cell), name="counts")
    found = [str(one) for one in review(real(), ["counts"], [page]).refused]
    assert bool(found) is bool(said)
    assert all("(small count)" in one for one in found)
    assert not said or said in found[0]


def test_the_shipped_page_of_counts_may_be_published_of_a_real_series():
    (page,) = [one for one in published().pages if one.name == "counts"]
    assert review(real(), ["counts"], [page]).refused == ()


def test_counts_of_a_real_series_are_exported_with_the_small_ones_hidden(tmp_path):
    # two of 12 women had an infection: with the total shown, 10 would tell the two
    patients = HEAD + "".join(f"P{number},SLE,,female,30,100,data cut\n" for number in range(1, 13))
    infused = INFUSED + "".join(f"P{number},cd19_car_t,car_t,0,\n" for number in range(6, 13))
    ill = EVENTS + "".join(f"P{number},infection,covid_19,9,20,,2,CTCAE 5.0,\n" for number in (1, 2))
    series = real(patients=patients, treatments=infused, events=ill)
    (html,) = export.export("counts", tmp_path / "a.html", "html", series=series)
    rows = dict(re.findall(r"<tr><td>([^<]+)</td><td>([^<]+)</td>", html.read_text("utf-8")))
    assert rows["An infection after the infusion"] == "hidden"
    assert rows["Patients"] == "12"
    assert rows["Women"] == "12 (100 %)"
    assert rows["day 0–30"] == "hidden"  # the infections of two patients
    assert rows["after day 90"] == "0"  # nobody, which is another statement
    (book,) = export.export("counts", tmp_path / "a.xlsx", "xlsx", series=series)
    cells = pd.read_excel(book, sheet_name="After the infusion", index_col=0)["All"]
    assert cells["An infection after the infusion"] == "hidden"


def test_a_view_that_the_policy_does_not_describe_is_refused():
    assert ("not declared", "page") in rules_of(real(), "a-new-page")


def test_an_exception_counts_for_its_series_rule_and_view_only(tmp_path):
    folder = with_policy(tmp_path, COURSE)
    accepted = review(real(), ["patient"], folder=folder)
    assert accepted.refused == ()
    assert accepted.findings[0].accepted == "all consented"
    assert review(real(), ["cohort"], folder=folder).refused
    other = replace(real(), metadata=replace(real().metadata, title="Another"))
    assert review(other, ["patient"], folder=folder).refused


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (COURSE.replace("individual course", "identifier"), "found the rule identifier"),
        (COURSE.replace("all consented", " "), "found no reason"),
        (COURSE.replace('"patient"', '"pateint"'), "found the view pateint"),
        ('[view.more]\nindividuals = true\ncounts = "hidden"\ncolumns = []\n', "who sees them can count them"),
        ('[view.more]\nindividuals = 1\ncolumns = ["sex"]\n', "found the column sex"),
    ],
)
def test_a_policy_that_does_not_say_what_it_must_is_refused(tmp_path, text, said):
    with pytest.raises(DefinitionError, match=said):
        policy(with_policy(tmp_path, text))


def test_the_policy_describes_every_published_page():
    described = policy(DASHBOARDS).views
    assert {page.name for page in published().pages} | {"series"} == set(described)


def test_a_notebook_with_a_stored_output_is_refused_even_for_a_synthetic_series(tmp_path):
    output = {"output_type": "stream", "name": "stdout", "text": "x"}
    page = notebook(tmp_path / "a.ipynb", "1", outputs=[output])
    assert [one.rule for one in review(records.example(), ["patient"], [page]).refused] == ["stored output"]
    clean = notebook(tmp_path / "b.ipynb", "1")
    assert review(records.example(), ["patient"], [clean]).refused == ()


def test_words_of_a_notebook_are_searched(tmp_path):
    page = notebook(tmp_path / "a.ipynb", "Frau Muster was seen on 3.4.2021.", kind="markdown")
    rules = [one.rule for one in review(real(), ["patient"], [page]).refused]
    assert {"identifier", "date"} <= set(rules)


@pytest.mark.parametrize(
    ("code", "refused"),
    [
        ("import casekit as ck\nck.series()", False),
        ("import casekit as ck\nck.example()", True),
        ("import casekit as ck\nck.load('series')", True),
        ("import casekit as ck\nck.load('another')", True),
        ("import casekit as ck\nck.load(folder)", True),
        ("import pandas as pd\npd.read_csv('patients.csv')", True),
        ("%matplotlib inline\n1 + 1", False),
    ],
)
def test_a_notebook_that_reads_other_data_than_was_checked_is_refused(tmp_path, code, refused):
    records.to_folder(small(), tmp_path / "series")
    notebook(tmp_path / "a.ipynb", code)
    declared = 'series = "series"\n[page.a]\nnotebook = "a.ipynb"\ntitle = "A"\nsentence = "A."\n'
    (tmp_path / "published.toml").write_text(declared, encoding="utf-8")
    rules = [one.rule for one in published_review(published(tmp_path)).refused]
    assert rules == (["other data"] if refused else [])


def test_serving_a_real_series_is_refused_before_anything_listens(tmp_path):
    records.to_folder(real(), tmp_path / "series")
    notebook(tmp_path / "a.ipynb", "import casekit as ck\nck.series()")
    declared = 'series = "series"\n[page.patient]\nnotebook = "a.ipynb"\ntitle = "A"\nsentence = "A."\n'
    (tmp_path / "published.toml").write_text(declared, encoding="utf-8")
    with pytest.raises(CaseKitError, match=r"patient, day by day: found 5 courses.*Accept it in policy\.toml"):
        serve(0, folder=with_policy(tmp_path, ""))


@pytest.mark.parametrize(
    "write",
    [
        lambda place: export.export("series", place / "a.xlsx", "xlsx", series=real()),
        lambda place: export.export("P1", place / "a.html", "html", series=real()),
        lambda place: export.export("cohort", place / "a.html", "html", series=real()),
        lambda place: export.export("cohort", place / "a", "svg", series=real()),
        lambda place: export.export_report("P1", place / "a.pdf", "pdf", series=real()),
        lambda place: list(export_site(place / "s", real())),
    ],
    ids=["workbook", "patient", "page", "figures", "report", "site"],
)
def test_every_way_to_export_a_real_series_is_refused_and_nothing_is_written(tmp_path, write):
    with pytest.raises(CaseKitError, match="would reveal of patients"):
        write(tmp_path)
    assert [*tmp_path.rglob("*")] == []


def test_a_file_with_text_of_a_column_that_is_not_declared_is_not_written(tmp_path):
    rows = MEASUREMENTS + "P1,1,c3_g_l,1,,g/L,,,<freezer 7>\n"
    series, view = real(measurements=rows), View("patient", individuals=True, columns=("patients.sex",))
    assert [*undeclared("nothing of it", series, view)] == []
    for content in ("&lt;freezer 7&gt;", '{"origin": "<freezer 7>"}'):
        assert [one.field for one in undeclared(content, series, view)] == ["measurements.origin"]
    folder = with_policy(tmp_path, COURSE)
    refusing = replace(cleared(real(), "patient", folder=folder), series=series, view=view)
    with pytest.raises(CaseKitError, match=r"measurements\.origin"):
        refusing.passed("&lt;freezer 7&gt;")


def test_the_page_of_a_patient_shows_the_free_text_that_the_policy_says():
    texts = {
        "treatments": ["reason", "origin"],
        "measurements": ["specimen", "origin"],
        "events": ["outcome", "origin"],
    }
    own = small(synthetic=False)
    marked = {
        table: getattr(own, table).assign(**{name: f"mark of {table}.{name}" for name in names})
        for table, names in texts.items()
    }
    series = replace(own, **marked)
    page = next(page for page in published().pages if page.name == "patient")
    html = export.offline_html(export.offline_page(page, series))
    for table, names in texts.items():
        assert all(f"mark of {table}.{name}" in html for name in names)
    assert [*undeclared(html, series, policy(DASHBOARDS).views["patient"])] == []
    bare = View("patient", individuals=True, columns=())
    assert {one.field for one in undeclared(html, series, bare)} >= {"treatments.reason", "events.origin"}


def test_the_report_names_field_views_and_remedy_once():
    findings = [Finding("date", view, "series.data_cut", "a <date>", "Write the year.") for view in ("patient", "sle")]
    found = Review("A series", synthetic=False, views=("patient", "sle"), findings=tuple(findings))
    assert "REFUSED date: series.data_cut in patient, sle\n  found a <date>\n  Write the year." in report_text(found)
    html = report_html(found)
    assert "1 thing would be revealed" in html
    assert "a &lt;date&gt;" in html
    assert "<script" not in html


@pytest.mark.parametrize("text", ["1:1280", "doi 10.1136/annrheumdis-2021-221478", "0.45", "ASTCT 2019", "flow"])
def test_laboratory_values_and_references_are_no_identifiers(text):
    assert identifiers(text) == []
    assert not has_date(text)


def test_rows_that_are_kept_without_a_day_are_searched():
    rows = pd.DataFrame({"patient_id": ["P1"], "origin": ["seen 2021-02-03"]})
    assert ("date", "events.origin") in rules_of(replace(real(), unplaced={"events": rows}))
