"""What is installed, and the sentences of the setup when something is missing."""

import ast
import os
import re
import shutil
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import find_browser
import prepare
import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
PINNED = re.compile(r"(?P<name>[\w-]+)==(?P<version>\S+)  +# \S.*")
FILES = ["requirements.txt", "requirements-test.txt"]
# used when the person has them: other engines for the same score, SAS transport files, a hub
WITH_JUPYTER = {"ipython"}  # the shell of a kernel
WHERE_PRESENT = {"duckdb", "jupyterhub", "polars", "pyarrow", "pyreadstat", "pyspark"}


def entries(name):
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def pins(name):
    found = [PINNED.fullmatch(line) for line in entries(name)]
    return {canonicalize_name(match["name"]): match["version"] for match in found if match}


@pytest.mark.parametrize("name", FILES)
def test_every_requirement_is_pinned_and_says_why(name):
    assert [line for line in entries(name) if not PINNED.fullmatch(line) and line != "-e ."] == []
    assert pins(name)


def test_requirements_alone_are_enough():
    assert entries("requirements.txt")[-1] == "-e ."


def test_what_is_pinned_is_what_the_package_declares():
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"]
    ranges = {canonicalize_name(Requirement(text).name): Requirement(text).specifier for text in declared}
    pinned = pins("requirements.txt")
    assert set(ranges) == set(pinned)
    assert [name for name, version in pinned.items() if version not in ranges[name]] == []


def imported_modules(file):
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield node.module.partition(".")[0]


def foreign_packages(*folders):
    """The packages that files of these folders import, by the name under which they are installed."""
    files = [file for folder in folders for file in (ROOT / folder).rglob("*.py")]
    own = {"casekit"} | {file.stem for folder in ("tests", "setup") for file in (ROOT / folder).glob("*.py")}
    modules = {module for file in files for module in imported_modules(file)}
    homes = packages_distributions()
    return {canonicalize_name(homes[module][0]) for module in modules - set(sys.stdlib_module_names) - own}


def test_every_imported_package_is_a_requirement():
    assert foreign_packages("casekit") - set(pins("requirements.txt")) == WHERE_PRESENT


def test_every_package_that_the_tests_import_is_a_requirement():
    assert foreign_packages("tests", "benchmarks") - set(pins("requirements.txt")) - set(pins(FILES[1])) == WITH_JUPYTER


def with_version(version, words):
    program = f"import sys; sys.version_info = {version}; import prepare; sys.exit(prepare.main({words}))"
    return subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT / "setup", capture_output=True, text=True, check=False
    )


def test_an_old_python_is_told_so():
    answer = with_version((3, 10, 12, "final", 0), ["run"])
    assert answer.returncode == 1
    assert "needs Python 3.11 or newer" in answer.stdout


def test_a_wrong_call_of_the_setup_shows_the_right_ones():
    answer = with_version((3, 12, 1, "final", 0), ["everything"])
    assert answer.returncode == 2
    assert "setup/prepare.py test" in answer.stdout


def test_a_python_without_venv_is_told_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setattr(prepare, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(prepare, "PYTHON", tmp_path / ".venv" / "bin" / "python")
    monkeypatch.setattr(prepare.sys, "executable", str(tmp_path / "no-python"))
    monkeypatch.setattr(prepare, "run", lambda *_, **__: False)
    with pytest.raises(prepare.SetupError, match="apt-get install python3-venv"):
        prepare.make_venv()


def test_another_pin_or_another_folder_asks_for_a_new_installation(tmp_path, monkeypatch):
    for name in [*FILES, "pyproject.toml"]:
        shutil.copy(ROOT / name, tmp_path / name)
    here = prepare.fingerprint("test")
    monkeypatch.setattr(prepare, "ROOT", tmp_path)
    before = prepare.fingerprint("test"), prepare.fingerprint("run")
    assert before[0] != here
    with (tmp_path / "requirements-test.txt").open("a", encoding="utf-8") as requirements:
        requirements.write("one-more==1  # for a test\n")
    assert prepare.fingerprint("test") != before[0]
    assert prepare.fingerprint("run") == before[1]


def test_lint_settings_ask_for_no_new_installation(tmp_path, monkeypatch):
    for name in [*FILES, "pyproject.toml"]:
        shutil.copy(ROOT / name, tmp_path / name)
    monkeypatch.setattr(prepare, "ROOT", tmp_path)
    before = prepare.fingerprint("run")
    settings = (tmp_path / "pyproject.toml").read_text(encoding="utf-8")
    (tmp_path / "pyproject.toml").write_text(settings.replace("line-length = 120", "line-length = 100"), "utf-8")
    assert prepare.fingerprint("run") == before


@pytest.mark.skipif(os.name == "nt", reason="the programs made here are shell scripts")
def test_a_named_browser_comes_first_and_an_empty_shell_is_passed_over(tmp_path, monkeypatch):
    for name, code in {"chromium": 1, "google-chrome": 0, "mine": 0}.items():
        (tmp_path / name).write_text(f"#!/bin/sh\nexit {code}\n", encoding="utf-8")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CASEKIT_BROWSER", raising=False)
    assert find_browser.find() == str(tmp_path / "google-chrome")
    monkeypatch.setenv("CASEKIT_BROWSER", str(tmp_path / "mine"))
    assert find_browser.find() == str(tmp_path / "mine")
    monkeypatch.setenv("CASEKIT_BROWSER", str(tmp_path / "not-there"))
    assert find_browser.find() is None
