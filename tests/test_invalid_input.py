"""What cannot be never becomes a number: refused through every door, with item, value and what is expected.

The doors are a case typed in (`calculate`), a table (`score_table`, pandas and Polars) and a series that is loaded.
"""

import math
from typing import Any

import pandas as pd
import polars as pl
import pytest

import casekit as ck
from casekit import records

Row = tuple[str, dict[str, Any], tuple[str, ...]]

TYPED: list[Row] = [
    ("mrss", {"face": 4}, ("mrss_face", "found 4", "a whole number from 0 to 3")),
    ("mrss", {"face": -1}, ("mrss_face", "found -1", "from 0 to 3")),
    ("mrss", {"face": 1.5}, ("mrss_face", "found 1.5", "a whole number")),
    ("mrss", {"face": "two"}, ("mrss_face", "found 'two'", "a whole number")),
    ("mrss", {"face": "2"}, ("mrss_face", "found '2'", "a whole number")),
    ("mrss", {"face": True}, ("mrss_face", "found True", "a whole number")),
    ("mrss", {"face": [1, 2]}, ("mrss_face", "found [1, 2]", "one value is expected")),
    ("mrss", {"face": 4, "chest": 9}, ("mrss_face", "mrss_chest", "2 problems")),
    ("mrss", {"nose": 1}, ("nose", "is not known")),
    ("sledai_2k", {"present": ["nose"]}, ("nose", "is not known")),
    ("sledai_2k", {"arthritis": 2}, ("arthritis", "found 2", "yes or no")),
    ("sledai_2k", {"arthritis": "perhaps"}, ("arthritis", "found 'perhaps'", "yes or no")),
    ("sledai_2k", {"seizure": True, "attribution": {"nose": "drug"}}, ("nose", "is not known")),
    ("sledai_2k", {"seizure": True, "attribution": {"seizure": 1}}, ("seizure", "found 1", "other than the disease")),
    ("crs_astct_2019", {"oxygen": 2}, ("oxygen", "found 2", "one of none, low_flow_nasal")),
    ("crs_astct_2019", {"oxygen": "mask"}, ("oxygen", "found 'mask'", "one of none, low_flow_nasal")),
    ("doris_2021", {"prednisolone_eq_mg_day": -5}, ("prednisolone_eq_mg_day", "found -5", "from 0")),
    ("doris_2021", {"prednisolone_eq_mg_day": False}, ("prednisolone_eq_mg_day", "found False", "a number")),
    ("doris_2021", {"steroids": [{"drug": "prednisone", "mg_day": -5}]}, ("mg_day", "found -5", "from 0")),
    ("doris_2021", {"clinical_sledai": 102}, ("clinical_sledai", "found 102", "from 0 to 101")),
    ("eustar_2017", {"crp_mg_l": math.inf}, ("crp_mg_l", "found inf", "from 0 to 1000 mg/L")),
    ("eustar_2017", {"crp": {"value": 1, "unit": "mmol/L"}}, ("crp_mg_l", "mmol/L", "mg/L, mg/dL")),
    ("eustar_2017", {"crp": {"value": True, "unit": "mg/L"}}, ("crp_mg_l", "found True", "a number")),
    ("tis_2016", {"md_global": [math.inf, 2]}, ("md_global_0_10", "found inf", "from 0 to 10")),
]


@pytest.mark.parametrize(("instrument", "inputs", "words"), TYPED)
def test_a_typed_value_that_cannot_be_is_refused(
    instrument: str, inputs: dict[str, Any], words: tuple[str, ...]
) -> None:
    with pytest.raises(ck.CaseKitError) as refused:
        ck.calculate(instrument, inputs)
    assert [word for word in words if word not in str(refused.value)] == []


def test_a_typed_value_that_pandas_has_for_missing_is_not_assessed() -> None:
    """NaN is what a row of a pandas frame holds where nothing is known: an interval, never a number."""
    got = ck.calculate("mrss", {"face": math.nan, "chest": None})
    assert (got.low, got.high, got.value) == (0, 51, None)


DAY = pd.Timestamp("2026-01-01").to_pydatetime()
TABLES: list[Row] = [
    ("mrss", {"mrss_face": [1, 4]}, ("mrss_face", "found 4", "a whole number from 0 to 3")),
    ("mrss", {"mrss_face": [-1, 1]}, ("mrss_face", "found -1", "from 0 to 3")),
    ("mrss", {"mrss_face": [0.0, 1.5]}, ("mrss_face", "a fraction", "a whole number")),
    ("mrss", {"mrss_face": ["2", "x"]}, ("mrss_face", "String", "a whole number")),
    ("mrss", {"mrss_face": [True, False]}, ("mrss_face", "Boolean", "a whole number")),
    ("mrss", {"mrss_face": [DAY, DAY]}, ("mrss_face", "Datetime", "a whole number")),
    ("mrss", {"nose": [1, 2]}, ("no column of mrss", "mrss_face")),
    ("mrss", {"face": [1, 2]}, ("face", "the column mrss_face")),
    ("sledai_2k", {"arthritis": [2.0, 0.0]}, ("arthritis", "found 2", "yes or no")),
    ("sledai_2k", {"arthritis": ["yes", "no"]}, ("arthritis", "String", "yes or no")),
    (
        "sledai_2k",
        {"arthritis": [1, 1], "arthritis_other_cause": [2, 0]},
        ("arthritis_other_cause", "found 2", "yes or no"),
    ),
    (
        "sledai_2k",
        {"arthritis": [1, 1], "arthritis_other_cause": ["drug", "CRS"]},
        ("arthritis_other_cause", "String", "yes or no"),
    ),
    ("sledai_2k", {"c3_g_l": [1.0, 1.0], "c3_g_l_lower": [-1.0, 0.9]}, ("c3_g_l_lower", "found -1", "from 0")),
    ("crs_astct_2019", {"oxygen": ["mask", "none"]}, ("oxygen", "'mask'", "one of none, low_flow_nasal")),
    ("doris_2021", {"prednisolone_eq_mg_day": [-5.0, 0.0]}, ("prednisolone_eq_mg_day", "found -5", "from 0")),
    ("doris_2021", {"clinical_sledai": [102.0, 0.0]}, ("clinical_sledai", "found 102", "from 0 to 101")),
    ("eustar_2017", {"crp_mg_l": [math.inf, 1.0]}, ("crp_mg_l", "found inf", "from 0 to 1000 mg/L")),
    ("eustar_2017", {"crp_mg_dl": [1.5, 1.0]}, ("crp_mg_dl", "the column crp_mg_l in mg/L")),
    (
        "upcr",
        {"upcr_mg_g": [40.0, 40.0], "upcr_mg_g_comparator": ["=<", "<"]},
        ("upcr_mg_g_comparator", "'=<'", "<, >"),
    ),
]


@pytest.mark.parametrize("make", [pd.DataFrame, pl.DataFrame], ids=["pandas", "polars"])
@pytest.mark.parametrize(("instrument", "columns", "words"), TABLES)
def test_a_table_with_what_cannot_be_is_refused(
    make: Any, instrument: str, columns: dict[str, Any], words: tuple[str, ...]
) -> None:
    with pytest.raises(ck.DataError) as refused:
        ck.score_table(make(columns), instrument)
    assert [word for word in words if word not in str(refused.value)] == []


LOADED: list[Row] = [
    ("mrss", {"assessments": "A,30,mrss_face,4"}, ("mrss_face", '"4"', "a whole number from 0 to 3")),
    ("mrss", {"assessments": "A,30,mrss_face,two"}, ("mrss_face", '"two"', "a whole number")),
    ("mrss", {"assessments": "A,30,mrss_face,nan"}, ("mrss_face", '"nan"', "a whole number")),
    ("mrss", {"assessments": "A,30,mrss_face,True"}, ("mrss_face", '"True"', "a whole number")),
    ("mrss", {"assessments": "A,30,mrss_nose,1"}, ("mrss_nose", "is not known", "definitions/variables.toml")),
    ("eustar_2017", {"assessments": "A,30,digital_ulcers,2"}, ("digital_ulcers", '"2"', "yes or no")),
    ("eustar_2017", {"measurements": "A,30,crp_mg_l,-1,mg/L,"}, ("crp_mg_l", "-1", "from 0 to 1000 mg/L")),
    ("eustar_2017", {"measurements": "A,30,crp_mg_l,inf,mg/L,"}, ("value", '"inf"', "a number")),
    ("eustar_2017", {"measurements": "A,30,crp_mg_l,yes,mg/L,"}, ("value", '"yes"', "a number")),
    ("eustar_2017", {"measurements": "A,30,crp_mg_l,1,mmol/L,"}, ("crp_mg_l", '"mmol/L"', "mg/L or mg/dL")),
    ("eustar_2017", {"measurements": "A,30,crp_mg_l,1,,"}, ("unit", "an empty cell", "mg/L or mg/dL")),
    ("eustar_2017", {"measurements": "A,30,crp_mg_l,3,mg/L,=<"}, ("comparator", '"=<"', "< or >")),
    ("doris_2021", {"treatments": "A,prednisone,glucocorticoid,-5,mg,daily,oral,1,5"}, ("dose", '"-5"', "from 0")),
]
HEADERS = {
    "treatments": "patient_id,drug,category,dose,dose_unit,frequency,route,start_day,end_day",
    "measurements": "patient_id,day,variable,value,unit,comparator",
    "assessments": "patient_id,day,variable,value",
}


@pytest.mark.parametrize(("instrument", "rows", "words"), LOADED)
def test_a_series_with_what_cannot_be_is_not_loaded(
    instrument: str, rows: dict[str, str], words: tuple[str, ...]
) -> None:
    tables = {name: f"{header}\n{rows.get(name, '')}" for name, header in HEADERS.items()}
    with pytest.raises(ck.DataError) as refused:
        ck.score(
            records.from_text(patients="patient_id,disease,sex,last_known_day\nA,SSc,female,400", **tables), instrument
        )
    assert [word for word in words if word not in str(refused.value)] == []
