"""The table of missing values names what was not assessed, never a condition that would read as a finding."""

import casekit as ck
from casekit.charts.missing_basis import missing_basis_frames


def test_items_stand_in_place_of_the_conditions_they_leave_open():
    rows = missing_basis_frames(ck.example().select(disease="SLE")).rows
    missing = rows.set_index(["patient_id", "day", "criterion"])["missing"]
    # no urine sediment on day 548: three items of the SLEDAI-2K, whichever criterion asks for the score
    sediment = "Urinary casts; Haematuria; Pyuria"
    assert missing["SLE-01", 548, "DORIS remission"] == sediment
    assert missing["SLE-01", 548, "Drug-free remission"] == sediment
    # neither complement nor new activity was judged on day 364; DORIS needs neither and is met
    assert missing["SLE-05", 364, "LLDAS"] == "Low complement; New lupus activity versus the previous assessment"
    assert ("SLE-05", 364, "DORIS remission") not in missing.index
