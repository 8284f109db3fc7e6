"""Rows without a day belong to the series: a new cut and the hash know them; a lock of an editor is no table."""

import casekit as ck
from casekit import records
from casekit.publish.provenance import data_hash

TREATMENTS = "patient_id,drug,category,start_day,day_range\nA,cd19_car_t,car_t,0,"


def _series(more=""):
    return records.from_text(
        patients="patient_id,disease,sex,last_known_day\nA,SLE,female,90", treatments=TREATMENTS + more
    )


def test_a_course_on_a_day_not_known_is_a_change_and_changes_the_hash():
    old, new = _series(), _series("\nA,prednisolone,glucocorticoid,,unknown")
    changed = ck.diff(old, new).changes
    assert changed[["change", "name"]].to_numpy().tolist() == [["new", "prednisolone"]]
    assert data_hash(old) != data_hash(new)


def test_the_lock_of_an_editor_is_no_table(tmp_path):
    folder = records.to_folder(_series(), tmp_path / "series")
    (folder / ".#patients.csv").symlink_to("somebody@somewhere.1234")
    assert records.load(folder).patients["patient_id"].tolist() == ["A"]
