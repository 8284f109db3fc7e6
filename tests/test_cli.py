"""The command line: what is printed where, and the exit code."""

import csv
import subprocess
import sys
from pathlib import Path

import pytest

from casekit import records
from casekit.cli import main

ROOT = Path(__file__).parent.parent
SHIPPED = ROOT / "data" / "cd19-car-t"
TABLES = {
    "patients": """patient_id,disease,sex,last_known_day
001,SLE,female,90""",
    "treatments": """patient_id,drug,category,start_day
001,cd19_car_t,car_t,0""",
    "measurements": """patient_id,day,variable,value,unit
001,0,crp_mg_l,4.5,mg/L""",
    "assessments": """patient_id,day,variable,value
001,0,arthritis,yes""",
    "events": """patient_id,kind,name,start_day""",
}
BROKEN = TABLES["measurements"] + "\n001,n.d.,crp_mg_l,much,mg/L"


def folder(place, synthetic="true", **changed):
    """A folder with one patient, the named tables replaced."""
    for name, text in (TABLES | changed).items():
        (place / f"{name}.csv").write_text(text + "\n", encoding="utf-8")
    (place / "series.toml").write_text(f'title = "One patient"\nsynthetic = {synthetic}\n', encoding="utf-8")
    return str(place)


def test_check_says_that_a_good_series_has_no_problem(tmp_path, capsys):
    assert main(["check", folder(tmp_path)]) == 0
    assert capsys.readouterr().out == f"{tmp_path}: no problems\n"


def test_check_prints_every_problem_and_fails(tmp_path, capsys):
    assert main(["check", folder(tmp_path, measurements=BROKEN)]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0] for line in lines[:-1]] == [
        "measurements.csv row 3, column day",
        "measurements.csv row 3, column value",
    ]
    assert lines[-1] == f"{tmp_path}: 2 problems"


def test_score_prints_a_row_per_visit_and_says_synthetic(tmp_path, capsys):
    assert main(["score", folder(tmp_path), "sledai_2k"]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("Synthetic data: no row describes a real person.\n")
    header, row = (line.split() for line in printed.splitlines()[1:3])
    assert header[:4] == ["patient_id", "day", "low", "high"]
    assert row[:3] == ["001", "0", "4.0"]  # arthritis alone has 4 points; the rest was not assessed


def test_score_does_not_call_real_data_synthetic(tmp_path, capsys):
    assert main(["score", folder(tmp_path, synthetic="false"), "sledai_2k"]) == 0
    assert "ynthetic" not in capsys.readouterr().out


@pytest.mark.parametrize(("synthetic", "word"), [("true", "yes"), ("false", "no")])
def test_score_writes_a_file_that_says_whether_it_is_synthetic(tmp_path, capsys, synthetic, word):
    out = tmp_path / "scores.csv"
    assert main(["score", folder(tmp_path, synthetic=synthetic), "sledai_2k", "--out", str(out)]) == 0
    assert capsys.readouterr().out == f"1 rows written to {out}\n"
    (row,) = csv.DictReader(out.read_text(encoding="utf-8").splitlines())
    assert (row["patient_id"], row["synthetic"]) == ("001", word)


def test_an_instrument_of_conditions_gives_verdicts(capsys):
    assert main(["score", str(SHIPPED), "doris_2021"]) == 0
    assert capsys.readouterr().out.splitlines()[1].split()[:3] == ["patient_id", "day", "verdict"]


def test_claims_of_the_shipped_series_agree(capsys):
    assert main(["claims"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[1].split()[:1] == ["claim"]
    assert len(lines) > 20  # 19 figures are certain


def test_a_claim_that_differs_is_a_problem(tmp_path, capsys):
    for file in SHIPPED.glob("*.*"):
        lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
        kept = [line for line in lines if not line.startswith("SLE-01,")]
        (tmp_path / file.name).write_text("".join(kept), encoding="utf-8")
    assert main(["claims", str(tmp_path)]) == 1
    row = next(line.split() for line in capsys.readouterr().out.splitlines() if line.split()[0] == "n_total")
    assert row[-6:-2] == ["15", "14", "patients", "differs"]  # one of the 15 published patients was left out


def test_a_series_without_a_publication_has_no_claims(tmp_path, capsys):
    assert main(["claims", folder(tmp_path)]) == 0
    assert "names no publication" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "code", "expected"),
    [
        (["check", "no/such/folder"], 1, "no such folder"),
        (["score", "no/such/folder", "sledai_2k"], 1, "no such folder"),
        (["score", str(SHIPPED), "sledai"], 2, "sledai_2k"),
        (["score", str(SHIPPED), "sledai_2k", "--out", "no/such/folder/s.csv"], 1, "cannot be written"),
        (["import", "no/such/folder"], 1, "no/such/folder"),
        (["import", "no/such/folder", "--format", "gswim"], 2, "ggswim"),
    ],
)
def test_a_problem_is_told_as_text(words, code, expected):
    answer = subprocess.run([sys.executable, "-m", "casekit.cli", *words], capture_output=True, text=True, check=False)
    assert answer.returncode == code
    assert expected in answer.stdout + answer.stderr
    assert "Traceback" not in answer.stderr


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["score"],
        ["score", "somewhere"],
        ["dance"],
        ["check", "a", "b"],
        ["serve", "--port", "many"],
        ["serve", "--viewers", "0"],
        ["serve", "--viewers", "-1"],
        ["serve", "--port", "65536"],
        ["serve", "--port", "-1"],
    ],
)
def test_a_wrong_call_ends_with_2(words, capsys):
    with pytest.raises(SystemExit) as end:
        main(words)
    assert end.value.code == 2
    assert "usage: casekit" in capsys.readouterr().err


def test_help_shows_an_example_for_every_command(capsys):
    with pytest.raises(SystemExit) as end:
        main(["--help"])
    assert end.value.code == 0
    examples = capsys.readouterr().out.partition("examples:")[2]
    assert [
        word for word in ["check", "score", "claims", "import", "serve", "lab"] if f"casekit {word}" not in examples
    ] == []


def test_import_reports_and_writes_a_series_that_is_good(tmp_path, capsys):
    source, out = tmp_path / "source", tmp_path / "out"
    source.mkdir()
    for name, text in {
        "patient_data": "pt_id,disease_assessment,start_time,end_time\n007,CRi,0.9,2.0",
        "infusion_events": "pt_id,time_from_initial_infusion,label,glyph,colour\n007,1.0,First Reinfusion,o,#999999",
        "end_study_events": "pt_id,time_from_initial_infusion,label,glyph\n007,8.5,Deceased,x",
    }.items():
        (source / f"{name}.csv").write_text(text + "\n", encoding="utf-8")
    assert main(["import", str(source), "--format", "ggswim", "--out", str(out)]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("ggswim: 3 rows read, 3 kept, 0 reported")
    assert printed.endswith(f"written to {out}\n")
    assert records.load(out).patients["patient_id"].tolist() == ["007"]


def test_import_never_writes_over_something(tmp_path, capsys):
    assert main(["import", folder(tmp_path), "--out", str(tmp_path)]) == 1
    assert "expected a new folder" in capsys.readouterr().err


def test_the_installed_command_is_there():
    command = Path(sys.executable).with_name("casekit.exe" if sys.platform == "win32" else "casekit")
    answer = subprocess.run([command, "--help"], capture_output=True, text=True, check=False)
    assert answer.returncode == 0
    assert "casekit serve" in answer.stdout


def test_a_reader_that_stops_early_is_no_error():
    command = f'"{sys.executable}" -m casekit.cli check no/such/folder | true'
    answer = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert answer.stderr == ""
