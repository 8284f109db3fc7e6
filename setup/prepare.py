"""Makes the virtual environment in .venv and puts the pinned packages into it; quick when nothing changed.

    python setup/prepare.py run     what the dashboards need
    python setup/prepare.py test    the same, and what the tests need

Needs nothing but Python. It never touches packages outside .venv.
"""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
OLDEST = (3, 11)
UV = "uv==0.13.9"  # installs the same packages as pip, several times faster
REQUIREMENTS = {"run": ["requirements.txt"], "test": ["requirements.txt", "requirements-test.txt"]}
NO_VENV = """casekit: this Python ({python}) cannot make a virtual environment: venv and ensurepip are missing.
On Debian or Ubuntu: apt-get install python3-venv (as root). Then give the same command again.
Or name another Python: make PYTHON=/path/to/python3.12 …"""
NO_PACKAGES = """casekit: the packages could not be installed. The lines above say why.
Most often the machine cannot reach pypi.org: check the connection or the proxy (HTTPS_PROXY).
Then give the same command again."""


class SetupError(Exception):
    """Why the setup stops, and what to do, as a sentence."""


def say(text: str) -> None:
    """Tell the person waiting what is being done."""
    print(f"casekit: {text}", flush=True)


def run(*words: str | Path, quiet: bool = False) -> bool:
    """Whether the command ended well; with `quiet` it prints nothing at all."""
    sink = subprocess.DEVNULL if quiet else None
    return subprocess.run(list(map(str, words)), cwd=ROOT, stdout=sink, stderr=sink, check=False).returncode == 0


def fingerprint(kind: str) -> str:
    """A text that changes when .venv has to be filled again: other pins, another Python, another folder."""
    import tomllib  # here, so that an older Python comes as far as being told that it is too old

    texts = [(ROOT / name).read_text(encoding="utf-8") for name in REQUIREMENTS[kind]]
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    parts = [str(ROOT), *texts, repr(declared["build-system"]), repr(declared["project"])]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def stamp(kind: str) -> Path:
    """The file that holds the fingerprint of the last complete installation."""
    return VENV / f"casekit-{kind}.stamp"


def is_current(kind: str) -> bool:
    """Whether .venv already holds exactly what `kind` asks for and its Python still starts."""
    written = stamp(kind).read_text(encoding="utf-8") if stamp(kind).is_file() else ""
    return written == fingerprint(kind) and run(PYTHON, "-c", "", quiet=True)


def make_venv() -> None:
    """A new, empty .venv, unless a usable one made for this folder is there."""
    usable = (
        f"import os, pip, sys; sys.exit(not os.path.samefile(sys.prefix, {str(VENV)!r}) or sys.version_info < {OLDEST})"
    )
    if PYTHON.is_file() and run(PYTHON, "-c", usable, quiet=True):
        return
    say(f"making the virtual environment .venv with Python {platform.python_version()} …")
    shutil.rmtree(VENV, ignore_errors=True)
    if not run(sys.executable, "-m", "venv", VENV, quiet=True):
        shutil.rmtree(VENV, ignore_errors=True)
        raise SetupError(NO_VENV.format(python=sys.executable))


def has_own_index() -> bool:
    """Whether pip is told to use another package index; uv would not know about it."""
    asked = [str(PYTHON), "-m", "pip", "config", "list"]
    configured = subprocess.run(asked, capture_output=True, text=True, check=False).stdout
    return any(line.partition("=")[0].endswith(".index-url") for line in configured.splitlines())


def install_with_uv(files: list[str]) -> bool:
    """Whether uv could be had and installed everything; pip, tried next, says what is wrong."""
    if has_own_index() or not run(PYTHON, "-m", "pip", "install", "-q", "--disable-pip-version-check", UV, quiet=True):
        return False
    options: list[str | Path] = ["-q", "--system-certs", "--compile-bytecode", "--python", PYTHON]
    return run(PYTHON, "-m", "uv", "pip", "install", *options, *files, quiet=True)


def install(kind: str) -> None:
    """Fill .venv with the pinned packages, by uv when possible, else by pip."""
    files = [word for name in REQUIREMENTS[kind] for word in ("-r", name)]
    say(f"installing packages for '{kind}' (about 1 minute, needs the internet once) …")
    started = time.monotonic()
    if not install_with_uv(files):
        say("installing with pip instead of uv (about 2 minutes) …")
        if not run(PYTHON, "-m", "pip", "install", "-q", "--disable-pip-version-check", *files):
            raise SetupError(NO_PACKAGES)
    for filled in ["run", kind]:
        stamp(filled).write_text(fingerprint(filled), encoding="utf-8")
    say(f"packages are ready ({time.monotonic() - started:.0f} s)")


def main(words: list[str]) -> int:
    """0 when .venv holds everything, 1 with a sentence when it cannot be made, 2 for a wrong call."""
    if len(words) != 1 or words[0] not in REQUIREMENTS:
        print(__doc__)
        return 2
    if sys.version_info < OLDEST:
        say(f"needs Python 3.11 or newer; this is {platform.python_version()}. Another one: make PYTHON=/path/to/it …")
        return 1
    try:
        if not is_current(words[0]):
            make_venv()
            install(words[0])
    except SetupError as reason:
        print(reason, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
