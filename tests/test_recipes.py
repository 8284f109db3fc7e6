"""The recipes for many viewers: what can be checked of them where no systemd, container or nginx runs."""

import configparser
import re
import shutil
import subprocess
import sys

import pytest

from casekit.cli import _parser
from casekit.publish.published import DASHBOARDS, PROJECT

DEPLOY = DASHBOARDS / "deploy"


def commands():
    """Every `casekit serve` that a file of the recipes starts."""
    for file in sorted(DEPLOY.iterdir()):
        text = file.read_text("utf-8") if file.is_file() else ""
        for words in re.findall(r"casekit serve (--[^\n]+)", text):
            yield (
                file.name,
                words.replace("%i", "8866").replace("${CASEKIT_HOST}", "h").replace("${CASEKIT_VIEWERS}", "9"),
            )


def test_the_recipes_start_the_server_with_words_it_knows():
    found = dict(commands())
    assert {"Containerfile", "casekit@.service"} <= set(found)
    for words in found.values():
        assert _parser().parse_args(["serve", *words.split()]).behind_proxy


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="the unit is read by systemd-analyze")
def test_the_unit_is_hardened(tmp_path):
    unit = tmp_path / "casekit-8866.service"
    text = (DEPLOY / "casekit@.service").read_text("utf-8")
    unit.write_text(text.replace("%i", "8866").replace("/opt/casekit/.venv/bin/casekit", sys.executable), "utf-8")
    words = ["systemd-analyze", "security", "--offline=true", "--threshold=20", "--no-pager", str(unit)]
    asked = subprocess.run(words, capture_output=True, text=True, check=False)
    assert asked.returncode == 0, asked.stdout[-200:] + asked.stderr  # exposure of at most 2.0 of 10


def unit():
    """The unit as systemd reads it; a word may stand more than once, the last one counts here."""
    parser = configparser.RawConfigParser(strict=False, interpolation=None)
    parser.optionxform = str
    parser.read(DEPLOY / "casekit@.service", encoding="utf-8")
    return parser


def test_the_unit_is_one_that_systemd_can_read_and_writes_to_its_own_folder_only():
    told = unit()
    assert told.sections() == ["Unit", "Service", "Install"]
    service = told["Service"]
    assert service["ExecStart"].startswith(f"{service['WorkingDirectory']}/.venv/bin/casekit serve ")
    assert set(re.findall(r"\$\{(\w+)\}", service["ExecStart"])) == {"CASEKIT_HOST", "CASEKIT_VIEWERS"}
    assert f"XDG_STATE_HOME=/var/lib/{service['StateDirectory']}" in service["Environment"].split()
    assert (service["ProtectSystem"], service["IPAddressDeny"], service["CapabilityBoundingSet"]) == (
        "strict",
        "any",
        "",
    )


def test_the_container_copies_what_is_there_and_runs_as_nobody_in_particular():
    lines = (DEPLOY / "Containerfile").read_text("utf-8").splitlines()
    copied = [name for line in lines if line.startswith("COPY ") for name in line.split()[1:-1]]
    assert {"casekit", "data", "notebooks", "dashboards", "requirements.txt"} <= set(copied)
    assert [name for name in copied if not (PROJECT / name).exists()] == []
    assert {line.split()[0] for line in lines if line and not line.startswith("#")} <= {
        *("FROM", "RUN", "WORKDIR", "COPY", "USER", "ENV", "ENTRYPOINT", "CMD")
    }
    assert lines.index("USER casekit") > max(place for place, line in enumerate(lines) if line.startswith("RUN"))


def test_the_proxy_sends_on_what_the_server_needs():
    text = re.sub(r"#[^\n]*", "", (DEPLOY / "nginx.conf").read_text("utf-8"))
    assert text.count("{") == text.count("}")
    bare = re.split(r"[;{}]", text)
    assert bare[-1].strip() == ""  # every directive ends
    started = re.findall(r"casekit@(\d+)", (DEPLOY / "casekit@.service").read_text("utf-8"))
    assert re.findall(r"server 127\.0\.0\.1:(\d+);", text) == started  # the workers of the unit, and only they
    sent = dict(re.findall(r"proxy_set_header (\S+)\s+(\S+);", text))
    assert (sent["Host"], sent["Upgrade"], sent["Authorization"]) == ("$host", "$http_upgrade", '""')
    assert "auth_basic " in text
    assert "access_log off;" in text
