"""The JavaScript of the chart view with Vega inside, built once, so that no page asks the internet for it."""

import hashlib
import os
import tempfile
from functools import cache
from importlib.metadata import version
from pathlib import Path

SOURCE = Path(__file__).with_name("vega_view.js")


@cache
def bundle() -> str:
    """Return the complete script of the chart view, building it at the first use after an upgrade."""
    for folder in _folders():
        built = folder / _name()
        if built.is_file():
            return built.read_text(encoding="utf-8")
    return _build()


def _build() -> str:
    """Bundle the script with Vega, Vega-Lite and Vega-Embed and keep the result where it can be written."""
    import vl_convert
    from altair.utils._importers import vl_version_for_vl_convert

    script = str(
        vl_convert.javascript_bundle(SOURCE.read_text(encoding="utf-8"), vl_version=vl_version_for_vl_convert())
    )
    for folder in _folders():
        if _kept(folder, script):
            break
    return script


def _kept(folder: Path, script: str) -> bool:
    """Write the script into the folder in one step and say whether that was possible."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / ".gitignore").write_text("*\n", encoding="utf-8")
        with tempfile.NamedTemporaryFile("w", dir=folder, delete=False, encoding="utf-8") as part:
            part.write(script)
        Path(part.name).replace(folder / _name())
    except OSError:
        return False
    return True


def _folders() -> tuple[Path, Path]:
    """Return where the built script may lie: beside this file, or in the user's cache."""
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return SOURCE.parent / "built", home / "casekit"


@cache
def digest() -> str:
    """Return the name of this version of the script; it changes with every part that went into it."""
    source = hashlib.sha256(SOURCE.read_bytes()).hexdigest()[:10]
    return f"altair{version('altair')}-vlc{version('vl-convert-python')}-{source}"


def engine_place() -> str:
    """Return the name under which the views of a page find the script; another version has another name."""
    return f"casekit-vega-{digest()}"


def _name() -> str:
    """Return the file name of this version of the script."""
    return f"vega_view-{digest()}.js"


if __name__ == "__main__":
    bundle()
