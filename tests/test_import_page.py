"""From a file to the timeline: the page of the import notebook, the saved report, and the instructions."""

import csv

from casekit import records
from casekit.importers.report import ImportReport, Reported


def test_no_cell_of_the_saved_report_is_run_by_a_spreadsheet(tmp_path):
    entry = Reported("@a.csv", 3, "=col", '=HYPERLINK("http://x") is no number', "Kept.", "text result")
    ImportReport("spreadsheet", {"@a.csv": 1}, {"@a.csv": 1}, (entry,)).save(tmp_path)
    with (tmp_path / "import-report.csv").open(encoding="utf-8") as file:
        (row,) = csv.DictReader(file)
    assert row["file"] == "'@a.csv"
    assert row["field"] == "'=col"
    assert row["problem"] == "'" + entry.problem
    assert row["row"] == "3"


def test_the_series_kept_in_memory_are_few(tmp_path):
    series = records.example().patient("SLE-01")
    folders = [records.to_folder(series, tmp_path / str(place)) for place in range(records.KEPT + 1)]
    first, *_, last = [records.load(folder) for folder in folders]
    assert records.load(folders[-1]) is last
    assert records.load(folders[0]) is not first
    assert records.load(folders[0]) is records.load(folders[0])
