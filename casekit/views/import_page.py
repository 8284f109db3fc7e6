"""From a file to a series: which file, what its columns mean, where day 0 is, the account, and where it is kept."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import ipywidgets as widgets

from casekit import importers, records
from casekit.errors import CaseKitError
from casekit.importers.day_zero import RULES
from casekit.importers.mapping import FILE as MAPPING
from casekit.importers.mapping import read_mapping_text
from casekit.records.schema import TABLES
from casekit.records.workbook import book_sheets, is_workbook
from casekit.scores.sanity import accepted_notes, sanity
from casekit.views import html
from casekit.views.address import is_published
from casekit.views.safe import guarded

REFUSED = "import page: found a published page; expected JupyterLab. Viewers look; reading files is for analysts."
NOTES = {"rule": "Rule", "patient_id": "Patient", "day": "Day", "found": "What stands there", "todo": "What to do"}
SHOWN = 30
SHIPPED = "Nothing was read yet: the cells below show the shipped series, which is synthetic."
NOTHING_TO_SAVE = "save: found the shipped series; expected one that was read here. Choose a file and press “Read”."
FOLDER = "~/casekit/my-series"  # the notebooks lie among the files of the program, which people commit and share
APART = "Not inside the folder of the program, so that no patient is committed, shared or published with it."
KEEP = {
    "keep_dates": "Keep real dates",
    "keep_text": "Keep free text",
    "hash_ids": "Replace patient ids by pseudonyms",
}
LISTED = "or paste a list: one patient and date a line, such as 001, 2024-01-13; it counts before the rule above"
PROPOSED = "Proposed, not confirmed: correct what is wrong, then read."
PROPOSED_AGAIN = "Proposed again: what was corrected stays. To begin afresh, empty the mapping and propose."
LOOK = {"description_width": "150px"}
OWN_FORM = "This is casekit's own form: it needs no mapping and no rule for day 0. Press “Read”."


class ImportPage(widgets.VBox):
    """The way from a file to `series`; until a file was read that is the shipped one.

    Attributes
    ----------
    series : CaseSeries
        What was read last without a problem.
    report : ImportReport or None
        Its account; None for the shipped series and for one in casekit's own form.
    """

    def __init__(self) -> None:
        if is_published():
            raise CaseKitError(REFUSED)
        self.series, self._was_read = records.example(), False
        self.report: importers.ImportReport | None = None
        self._proposed = self._read_with = ""
        self._uploaded = TemporaryDirectory(prefix="casekit-")  # the reader wants paths; gone with the page
        self._upload = widgets.FileUpload(multiple=True, description="Choose files", layout=_wide("220px"))
        self._path = widgets.Text(description="or file or folder", style=LOOK, layout=_wide("640px"))
        self._rule = widgets.Combobox(
            description="Day 0",
            placeholder="infusion when there is one; or column: NAME, a column with dates in the mapping",
            options=[rule for rule in RULES if rule != "list: FILE"],
            ensure_option=False,
            style=LOOK,
            layout=_wide("640px"),
        )
        self._list = widgets.Textarea(description="List", placeholder=LISTED, rows=3, style=LOOK, layout=_wide("640px"))
        self._keep = {name: widgets.Checkbox(description=words, indent=False) for name, words in KEEP.items()}
        self._folder = widgets.Text(value=FOLDER, description="Folder", style=LOOK, layout=_wide("640px"))
        self._mapping = widgets.Textarea(description="Mapping", rows=14, style=LOOK, layout=_wide("calc(100% - 8px)"))
        self._said = widgets.HTML(html.note(SHIPPED))
        self._account, self._odd, self._saved = widgets.HTML(), widgets.HTML(), widgets.HTML()
        super().__init__(self._parts(), layout=widgets.Layout(width="100%", overflow="visible"))
        self.add_class("ck-page")

    def say(self, sentence: str) -> None:
        """Show a sentence above the account, line by line as it was written."""
        self._said.value = _lines(sentence)

    def _parts(self) -> list[widgets.Widget]:
        """Return what the page consists of, from top to bottom."""
        safely = guarded(self.say)
        propose = widgets.Button(description="Propose the mapping", layout=_wide("220px"))
        read = widgets.Button(description="Read", button_style="primary", layout=_wide("220px"))
        propose.on_click(safely(lambda _button: self.propose()))
        read.on_click(safely(lambda _button: self.read()))
        save = widgets.Button(description="Save", layout=_wide("220px"))
        save.on_click(guarded(self._say_saved)(lambda _button: self.save()))
        return [
            *(widgets.HTML(html.STYLE), _step("1", "Choose the file"), self._upload, self._path),
            *(_step("2", "What do its columns and names mean? Correct every line that is wrong"), propose),
            *(self._mapping, _step("3", "From which day are days counted?"), self._rule, self._list),
            *(_step("4", "Read, and look at what was kept and what was not"), *self._keep.values(), read),
            *(self._said, self._account, self._odd),
            *(
                _step("5", "Keep the series, its report and the mapping"),
                widgets.HTML(html.note(APART)),
                self._folder,
                save,
                self._saved,
            ),
        ]

    def propose(self) -> None:
        """Write what the columns and names probably mean into the mapping; what somebody corrected there stays."""
        source = self._source()
        if _is_own(source):
            self.say(OWN_FORM)
            return
        corrected = self._mapping.value not in ("", self._proposed)
        mapping = read_mapping_text(self._mapping.value) if corrected else None
        self._mapping.value = importers.propose(source, mapping=mapping)
        if mapping is None:
            self._proposed = self._mapping.value
        self.say(PROPOSED_AGAIN if corrected else PROPOSED)

    def read(self) -> None:
        """Read the source; what cannot be read is told in words, and the series before it stays."""
        self._account.value = self._odd.value = self._saved.value = ""
        source = self._source()
        if _is_own(source):
            series, report = records.load(source), None
        else:
            mapping = read_mapping_text(self._mapping.value)
            listed = self._list.value.strip()
            rule = importers.listed_days(listed) if listed else self._rule.value.strip() or None
            keep = {name: box.value for name, box in self._keep.items()}
            series, report = importers.read(source, mapping=mapping, index=rule, **keep)
        notes = sanity(series, accepted_notes(source))
        self.series, self.report, self._was_read = series, report, True
        self._read_with = self._mapping.value
        self.say(f"{series!r}. Run the cells below to see it.")
        self._account.value = f'<div class="ck">{report._repr_html_()}</div>' if report else ""
        self._odd.value = _noted(notes)

    def save(self) -> None:
        """Write the series as CSV files into a new folder, with its report and the mapping it was read with."""
        if not self._was_read:
            raise CaseKitError(NOTHING_TO_SAVE)
        folder = records.to_folder(self.series, Path(self._folder.value.strip()).expanduser())
        if self.report:
            self.report.save(folder)
            (folder / MAPPING).write_text(self._read_with, encoding="utf-8")
        self._say_saved(f"Saved in {folder.resolve()}. Read it again with: ck.load({str(folder)!r})")

    def _say_saved(self, sentence: str) -> None:
        """Show a sentence below the button that saves."""
        self._saved.value = _lines(sentence)

    def _source(self) -> Path:
        """Return the uploaded file or the folder of all of them, or the path that was written."""
        folder = Path(self._uploaded.name)
        written = self._path.value.strip()
        if written:
            return Path(written).expanduser()
        if not self._upload.value:
            raise CaseKitError("file: found none; expected a file or a path. Choose a file, or write its path.")
        for old in folder.iterdir():
            old.unlink()
        for file in self._upload.value:
            (folder / Path(file["name"]).name).write_bytes(file["content"])
        names = list(folder.iterdir())
        return names[0] if len(names) == 1 else folder


def import_page() -> ImportPage:
    """Return the page that leads from a file to a series; refuses where viewers are.

    Raises
    ------
    CaseKitError
        On a published page.

    Examples
    --------
    >>> import_page().series.metadata.synthetic
    True
    """
    return ImportPage()


def _is_own(source: Path) -> bool:
    """Whether a source is a folder of casekit or a workbook made from its template."""
    if is_workbook(source):
        return set(TABLES) <= {sheet.name for sheet in book_sheets(source)}
    return (source / "patients.csv").is_file() and (source / "series.toml").is_file()


def _noted(notes: Any) -> str:
    """Return what a careful reader would ask about the series, the first of many."""
    if notes.empty:
        return '<div class="ck"><p>No sanity rule found anything to ask about.</p></div>'
    more = f", the first {SHOWN} of {len(notes)}: casekit.sanity(series)" if len(notes) > SHOWN else ""
    rows = notes[list(NOTES)].astype(object).fillna("").head(SHOWN).to_numpy().tolist()
    return html.table(f"What a careful reader would ask{more}", list(NOTES.values()), rows)


def _lines(sentence: str) -> str:
    """Return a sentence as notes, line by line as it was written."""
    return "".join(html.note(line) for line in sentence.splitlines())


def _step(number: str, words: str) -> widgets.HTML:
    """Return the heading of one step."""
    return widgets.HTML(f'<div class="ck"><h2>{number}. {html.safe(words)}</h2></div>')


def _wide(width: str) -> widgets.Layout:
    """Return a layout of that width."""
    return widgets.Layout(width=width)
