"""A result of a source keeps its meaning: confirmed factors by the name they were confirmed for, comparators, words."""

import pandas as pd
import pytest

from casekit.importers.core import finish
from casekit.importers.gathered import Gathered
from casekit.importers.mapping import read_mapping
from casekit.importers.work import Options
from casekit.records import Metadata

CRP = {"id": "crp_mg_l", "unit": "mg/L"}


def read(header, *rows, mapping=None):
    """The series and the report of a table of results of patient A, on the days 1, 2, 3 and so on."""
    results = pd.DataFrame(rows, columns=header.split(","))
    results = results.assign(patient_id="A", day=[str(row + 1) for row in range(len(rows))])
    results = results.assign(file="l.csv", row=range(2, len(rows) + 2))
    patients = pd.DataFrame({"file": ["p.csv"], "row": [2], "patient_id": ["A"]})
    tables = {"patients": patients, "measurements": results}
    source = Gathered("made up", {"p.csv": 1, "l.csv": len(rows)}, tables, Metadata(synthetic=True))
    return finish(source, read_mapping(mapping), Options(day_zero="source"))


def results(series, columns):
    return series.measurements[columns.split()].to_numpy().tolist()


def test_each_name_has_the_factor_confirmed_for_it():
    confirmed = {"variables": {"CRP one": {**CRP, "factor": 10}, "CRP two": {**CRP, "factor": 1}}}
    series, _ = read("variable,value,unit", ("CRP one", "1.2", ""), ("CRP two", "1.2", ""), mapping=confirmed)
    # 1.2 x 10 = 12 under the first name, 1.2 x 1 = 1.2 under the second
    assert results(series, "variable value unit") == [["crp_mg_l", 12, "mg/L"], ["crp_mg_l", 1.2, "mg/L"]]


def test_a_confirmed_factor_holds_for_a_unit_that_would_be_accepted():
    confirmed = {"variables": {"CRP": {**CRP, "factor": 10}}}
    series, _ = read("variable,value,unit,upper", ("CRP", "1.2", "mg/L", "0.5"), mapping=confirmed)
    # the source says mg/L and means mg/dL: 1.2 x 10 = 12, 0.5 x 10 = 5
    assert results(series, "value unit upper value_original unit_original") == [[12, "mg/L", 5, "1.2", "mg/L"]]


def test_one_factor_for_a_name_in_two_units_is_for_the_one_that_needs_it_and_the_other_is_told():
    confirmed = {"variables": {"Ferritin": {"id": "ferritin_ug_l", "unit": "ug/L", "factor": 0.445}}}
    rows = ("Ferritin", "100", "pmol/L"), ("Ferritin", "50", "ug/L")
    series, report = read("variable,value,unit", *rows, mapping=confirmed)
    # 100 x 0.445 = 44.5; 50 ug/L are 50 ug/L
    assert results(series, "variable value unit") == [["ferritin_ug_l", 44.5, "ug/L"], ["ferritin_ug_l", 50, "ug/L"]]
    (told,) = report.of_kind("unit")
    assert told.problem == 'the factor 0.445 is confirmed for Ferritin; results in "ug/L" need none (1)'
    assert told.action == "Kept as they are."


def test_one_factor_for_a_name_in_two_units_that_both_need_one_is_for_neither():
    confirmed = {"variables": {"Ferritin": {"id": "ferritin_ug_l", "unit": "ug/L", "factor": 0.445}}}
    rows = ("Ferritin", "100", "pmol/L"), ("Ferritin", "50", "nmol/L")
    series, report = read("variable,value,unit", *rows, mapping=confirmed)
    assert results(series, "variable value unit") == [
        ["other: Ferritin (pmol/L)", 100, "pmol/L"],
        ["other: Ferritin (nmol/L)", 50, "nmol/L"],
    ]
    assert len(report.of_kind("unit")) == 2


def test_results_that_are_all_items_leave_nothing_of_their_names_behind():
    series, _ = read("variable,value", ("ice_naming", "3"))
    assert series.assessments["value"].tolist() == ["3"]
    assert series.metadata.extra_columns == ()


@pytest.mark.parametrize(
    ("value", "comparator", "read_as", "told"),
    [
        ("0.5", "", [0.5, ""], []),
        ("0.5", "=", [0.5, ""], []),
        ("<0.5", "", [0.5, "<"], []),
        ("> 0.5", "", [0.5, ">"], []),
        ("0.5", "<", [0.5, "<"], []),
        ("<0.5", "<", [0.5, "<"], []),
        # at most 0.5 may be 0.5 itself; the tables know < and > alone, so that is told
        ("<=0.5", "", [0.5, "<"], ['"<=0.5" may be the limit itself']),
        ("≤0.5", "", [0.5, "<"], ['"≤0.5" may be the limit itself']),
        ("0.5", "<=", [0.5, "<"], ['"<=0.5" may be the limit itself']),
        (">= 0.5", "", [0.5, ">"], ['">=0.5" may be the limit itself']),
        ("0.5", "≥", [0.5, ">"], ['"≥0.5" may be the limit itself']),
    ],
)
def test_a_comparator_is_read_alike_wherever_it_stands(value, comparator, read_as, told):
    series, report = read("variable,value,comparator,unit", ("Lipase", value, comparator, "U/L"))
    assert series.measurements[["value", "comparator"]].fillna("").to_numpy().tolist() == [read_as]
    assert [entry.problem for entry in report.of_kind("note")] == told


@pytest.mark.parametrize(
    ("value", "comparator", "words"),
    [("5", "lt", "lt 5"), ("5", "ad", "ad 5"), ("‹5", "", "‹5"), ("<5", ">", "> <5"), ("5", "‹=", "‹= 5")],
)
def test_an_unknown_comparator_makes_no_exact_number(value, comparator, words):
    series, report = read("variable,value,comparator,unit", ("Lipase", value, comparator, "U/L"))
    assert series.measurements.empty
    assert series.unplaced["measurements"]["value_text"].tolist() == [words]
    assert [entry.problem for entry in report.of_kind("text result")] == [f'"{words}" is no number']
