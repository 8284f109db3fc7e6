"""The commands of docs/importing.md run as they stand there."""

import re
import shlex
from pathlib import Path

from casekit import cli, importers, records
from casekit.importers.gathered import DATES
from casekit.importers.mapping import read_mapping_text
from casekit.importers.roles import FREE_ROLES

PAGE = Path(__file__).parents[1] / "docs" / "importing.md"
COURSE = """patient_id,sex,infusion_date,date,CRP (mg/L)
001,female,2024-01-13,2024-01-08,12.5
001,female,2024-01-13,2024-02-13,0.6
002,male,2024-02-20,2024-02-15,7.0
"""


def test_every_command_of_the_page_runs(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path("course.csv").write_text(COURSE, encoding="utf-8")
    Path("autumn").mkdir()
    Path("autumn/course.csv").write_text(COURSE + "002,male,2024-02-20,2024-09-15,8.0\n", encoding="utf-8")
    blocks = re.findall(r"```(\w*)\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    lines = [line for language, block in blocks if not language for line in block.splitlines()]
    assert len(lines) == 7
    answers = {line: cli.main(shlex.split(line)[1:]) for line in lines}
    assert set(answers.values()) == {0}, answers
    # 20 February to 15 September 2024: 9 + 31 + 30 + 31 + 30 + 31 + 31 + 15 = 208 days
    assert re.search(r"new .*002.* 208\b", capsys.readouterr().out)
    series = records.load("my-series")
    # 13 January to 13 February 2024 are 31 days; 8 January is 5 days before
    assert sorted(series.measurements["day"]) == [-5, -5, 31]
    assert Path("my-series/import-report.csv").is_file()


def test_the_mapping_of_the_page_is_read_as_it_stands_there(tmp_path):
    (course := tmp_path / "course.csv").write_text(COURSE, encoding="utf-8")
    block = re.search(r"```toml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)[1]
    series, _ = importers.read(course, mapping=read_mapping_text(block))
    assert set(series.measurements["variable"]) == {"crp_mg_l"}
    # 13 January to 13 February 2024 are 31 days; 8 January is 5 days before
    assert sorted(series.measurements["day"]) == [-5, -5, 31]


def test_the_page_lists_every_role_with_what_it_means():
    page = PAGE.read_text(encoding="utf-8")
    assert [
        f"| `{role}` | {words} |" for role, words in FREE_ROLES.items() if f"| `{role}` | {words} |" not in page
    ] == []
    assert [date for date in DATES.values() if f"`{date}`" not in page] == []
