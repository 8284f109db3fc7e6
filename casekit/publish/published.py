"""Which notebooks are published, as declared in ``dashboards/published.toml``."""

import json
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from casekit import records
from casekit.errors import DefinitionError
from casekit.views.bundle import engine_place

PROJECT = Path(__file__).resolve().parents[2]
DASHBOARDS = PROJECT / "dashboards"


@dataclass(frozen=True, slots=True)
class Page:
    """One published notebook: the name in its address, its file, and how the landing page introduces it."""

    name: str
    notebook: Path
    title: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Published:
    """All that ``published.toml`` declares: the pages in order, what the series calls itself, and where it is."""

    pages: tuple[Page, ...]
    series: dict[str, Any]
    folder: Path = Path()

    @property
    def synthetic(self) -> bool:
        """Whether the series says that the data were made up; silence is no claim."""
        return self.series.get("synthetic") is True


def published(folder: Path = DASHBOARDS, series: Path | None = None) -> Published:
    """Return the declaration of that folder, checked: every notebook it names exists; or the same of another series."""
    declaration = _read(folder / "published.toml")
    pages = tuple(_page(name, entry, folder) for name, entry in declaration["page"].items())
    missing = [str(page.notebook) for page in pages if not page.notebook.is_file()]
    if missing:
        raise DefinitionError(
            f"published.toml: found no file {', '.join(missing)}; "
            "expected every named notebook to exist. Correct the name."
        )
    place = (series or folder / declaration["series"]).resolve()
    return Published(pages, _told(place), place)


def published_series() -> records.CaseSeries:
    """Return the series that ``published.toml`` names."""
    return records.load(published().folder)


def copy_notebooks(pages: tuple[Page, ...], folder: Path, note: str = "") -> None:
    """Copy the published notebooks, and nothing else, into the folder that is served, with the note for their head."""
    for page in pages:
        notebook = json.loads(page.notebook.read_text(encoding="utf-8"))
        notebook["metadata"] |= {
            "casekit_note": note,
            "casekit_heading": _heading(notebook),
            "casekit_engine": engine_place(),
            "title": f"{page.title} · casekit",
        }
        (folder / f"{page.name}.ipynb").write_text(json.dumps(notebook), encoding="utf-8")


def _heading(notebook: dict[str, Any]) -> str:
    """Return the first line of a notebook, which is its heading."""
    return "".join(notebook["cells"][0]["source"]).partition("\n")[0].removeprefix("# ")


def _page(name: str, entry: dict[str, str], folder: Path) -> Page:
    """Return one declared page with the full path of its notebook."""
    return Page(name, (folder / entry["notebook"]).resolve(), entry["title"], entry["sentence"])


def _told(place: Path) -> dict[str, Any]:
    """Return what a series says about itself; of a folder that says it without reading its tables."""
    about = place / "series.toml"
    return _read(about) if about.is_file() else dict(records.load(place).metadata)


def _read(path: Path) -> dict[str, Any]:
    """Return the TOML file as a dictionary, or say which file is missing or broken."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise DefinitionError(
            f"{path.name}: found no such file in {path.parent}; "
            "expected the project folder. Start casekit from a full copy."
        ) from None
    except tomllib.TOMLDecodeError as error:
        raise DefinitionError(f"{path.name}: found {error}; expected TOML. Correct the file.") from None
