"""What every import goes through: names, results, units, day 0, days, privacy, and the same judgement as any series.

The account is kept by the core alone. A row of the source counts as kept when something in the series leads back to it;
every other row must have been reported, or the import is refused as faulty.
"""

from collections import Counter
from dataclasses import replace

import pandas as pd

from casekit import catalogue
from casekit.importers.ages import fill_ages
from casekit.importers.dates import looks_like_dates
from casekit.importers.day_zero import DayZero, day_zero
from casekit.importers.gathered import DATES, PLACE, Gathered
from casekit.importers.mapping import SourceMapping
from casekit.importers.naming import NOT_STATED, name_everything
from casekit.importers.placing import place
from casekit.importers.privacy import identifies
from casekit.importers.pseudonyms import hash_ids
from casekit.importers.report import ImportReport, Reported
from casekit.importers.reported_scores import disagreements
from casekit.importers.results import fit_units, read_results
from casekit.importers.settling import own_name, settle
from casekit.importers.work import LEFT_OUT, Options, Work, column, further_columns
from casekit.records import CaseSeries, Metadata, series_of
from casekit.records.metadata import metadata_from

SEXES = {
    "female": ("f", "female", "w", "woman", "weiblich", "femme"),
    "male": ("m", "male", "man", "männlich", "homme"),
    "unknown": ("", "u", "unk", "unknown", "not reported", "unspecified", "na"),
}
NAMED_ANYWHERE = "patients named in any row"
AT_ONE_TIME = {
    "measurements": (["patient_id", "day", "hour", "variable"], ["value", "comparator", "unit"]),
    "assessments": (["patient_id", "day", "variable"], ["value"]),
}


def finish(gathered: Gathered, mapping: SourceMapping, options: Options) -> tuple[CaseSeries, ImportReport]:
    """The series of what a format gathered, and the account of every row of its source.

    Raises
    ------
    DataError
        When the source as a whole cannot be a series.
    """
    work = Work(gathered, mapping, options)
    _keep_private(work)
    _patients(work)
    _drop_repeated(work)
    name_everything(work)
    read_results(work)
    fit_units(work)
    zero = day_zero(work)
    place(work, zero)
    fill_ages(work, zero)
    _forget_dates(work)
    _set_contradictions_apart(work)
    for name, rows in work.tables.items():
        if name != "patients" and not rows.empty:
            source = rows["file"] + " row " + rows["row"].astype(str)
            work.tables[name] = rows.assign(origin=column(rows, "origin").mask(column(rows, "origin") == "", source))
    reading = settle(work, _about(work, zero))
    series = series_of(reading)
    work.reported += disagreements(work, series)
    return series, _report(work, zero)


def _about(work: Work, zero: DayZero) -> Metadata:
    """The metadata of the source with what the mapping and the rule for day 0 say."""
    said = metadata_from({**work.gathered.about, **work.mapping.series})
    return replace(said, index_event=zero.event, day_zero_rule=zero.rule)


def _keep_private(work: Work) -> None:
    """Leave out free text and what identifies a person, and hash the ids when asked."""
    for table, rows in work.tables.items():
        free = (
            [] if work.options.keep_text else [name for name in work.gathered.free_text.get(table, ()) if name in rows]
        )
        personal = [name for name in further_columns(table, rows) if identifies(name)]
        for names, kind, problem in ((free, "free text", "free text"), (personal, "identifier", "may name a person")):
            for name in names:
                filled = int((rows[name] != "").sum())
                work.reported.append(Reported(table, None, name, f"{problem}, {filled} cells", "Left out.", kind))
        work.tables[table] = rows.drop(columns=[*free, *personal])
    if work.options.key is not None:
        hash_ids(work, work.options.key)


def _patients(work: Work) -> None:
    """One row per patient, with the words for sex; rows of patients in no table are reported or make a patient."""
    rows = work.tables["patients"]
    named = {who for name, each in work.tables.items() if name != "patients" for who in each["patient_id"] if who}
    missing = sorted(named - set(rows["patient_id"]))
    if work.gathered.unknown_patients == "add" and missing:
        added = pd.DataFrame([(NAMED_ANYWHERE, 0, who) for who in missing], columns=[*PLACE, "patient_id"])
        rows = pd.concat([rows, added], ignore_index=True).fillna("")
        work.assumptions.append(
            f"the source has no row of its own for {len(missing)} patients; sex and disease are not known"
        )
    elif missing:
        _report_unknown_patients(work, set(missing))
    sex = column(rows, "sex").map(
        lambda text: next((word for word, of in SEXES.items() if text.casefold() in of), text)
    )
    unreadable = ~sex.isin([*SEXES, "other"])
    work.report(
        rows[unreadable], "sex", "value", lambda cells: (f'"{cells["sex"]}" is no known word', "Became unknown.")
    )
    disease = column(rows, "disease")
    work.tables["patients"] = rows.assign(
        sex=sex.mask(unreadable, "unknown"), disease=disease.mask(disease == "", NOT_STATED)
    )


def _report_unknown_patients(work: Work, missing: set[str]) -> None:
    """Report and leave out the rows of patients who stand in no patient table."""
    for name, rows in work.tables.items():
        wrong = rows["patient_id"].isin(missing)
        if name != "patients" and wrong.any():
            work.report(
                rows[wrong],
                "patient_id",
                "unknown id",
                lambda cells: (f'"{cells["patient_id"]}" is no patient', LEFT_OUT),
            )
            work.drop(name, wrong)


def _drop_repeated(work: Work) -> None:
    """Keep one of each set of rows that agree in every cell."""
    for name, rows in work.tables.items():
        again = rows.drop(columns=list(PLACE)).duplicated()
        work.report(rows[again], None, "duplicate", lambda _: ("repeats an earlier row in every cell", "Kept once."))
        work.drop(name, again)


def _forget_dates(work: Work) -> None:
    """Real dates are not kept unless asked; a further column that holds nothing but dates goes with them."""
    if work.options.keep_dates:
        return
    dated = any(each in rows for rows in work.tables.values() for each in DATES.values())
    for name, rows in work.tables.items():
        work.tables[name] = rows.drop(columns=[each for each in DATES.values() if each in rows])
        for each in further_columns(name, work.tables[name]):
            if looks_like_dates(rows[each]):
                filled = int((rows[each] != "").sum())
                entry = Reported(
                    name, None, each, f"real dates, {filled} cells", "Left out; ask to keep dates.", "column"
                )
                work.reported.append(entry)
                work.tables[name] = work.tables[name].drop(columns=each)
    if dated:
        work.assumptions.append("real dates became days; they are not in the series")


def _set_contradictions_apart(work: Work) -> None:
    """Different results of one thing at one time all keep their own name, so that no score rests on their order."""
    for name, (moment, what) in AT_ONE_TIME.items():
        rows = work.tables[name]
        if rows.empty:
            continue
        known = pd.DataFrame({each: column(rows, each) for each in (*moment, *what)})
        known = known[(known["day"] != "") & (known["value"] != "") & ~known["variable"].map(catalogue.is_other)]
        distinct = known.drop_duplicates().duplicated(moment, keep=False)
        marked = known.merge(
            known.loc[distinct[distinct].index, moment].drop_duplicates(), on=moment, how="left", indicator=True
        )
        wrong = known.index[marked["_merge"].to_numpy() == "both"]
        work.report(rows.loc[wrong], "value", "conflict", _contradiction)
        rows.loc[wrong, "variable"] = [own_name(name, each) for each in rows.loc[wrong, "variable"]]


def _contradiction(cells: dict[str, str]) -> tuple[str, str]:
    """The words for a result that another one of the same time contradicts."""
    told = f"{cells['variable']} {cells['value']} of {cells['patient_id']} on day {cells['day']}"
    return f"{told}; another row says otherwise", "All kept under their own name, so that no score uses them."


def _follow_joined(work: Work, kept: set[tuple[str, int]]) -> None:
    """Rows that became cells of another row share what became of it."""
    for (file, row), host in work.gathered.joined.items():
        if host in kept:
            kept.add((file, row))
        else:
            problem = f"belongs to {host[0]} row {host[1]}, which is not in the series"
            work.reported.append(Reported(file, row, None, problem, LEFT_OUT))


def _report(work: Work, zero: DayZero) -> ImportReport:
    """The account: what leads back to a row of the source is kept, everything else must have been reported."""
    kept = {place for rows in work.tables.values() for place in zip(rows["file"], rows["row"], strict=True)}
    _follow_joined(work, kept)
    reported = [
        replace(entry, kind="value") if entry.rejects and (entry.file, entry.row) in kept else entry
        for entry in dict.fromkeys(work.reported)  # a row that is cells of two tables is told once
    ]
    found = Counter(file for file, _ in kept)
    counts = {file: found[file] for file in work.gathered.rows_read}
    names = tuple(dict.fromkeys(work.names))
    return ImportReport(
        work.gathered.source_format, work.gathered.rows_read, counts, tuple(reported), tuple(work.assumptions),
        f"{zero.event}: {zero.rule}; {len(zero.at)} of {len(work.tables['patients'])} patients have one", names,
    )  # fmt: skip
