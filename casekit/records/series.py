"""A case series in memory: five tables and what they are; frozen, and safe to hand out."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from html import escape
from typing import Any

import pandas as pd

from casekit.errors import UnknownName
from casekit.records.alignment import checked_days, event_days, shifted
from casekit.records.metadata import Metadata
from casekit.records.schema import TABLES

# A day that has to be computed from a score is put here by the package above (see casekit/scores/landmarks.py):
# the records know no scores.
COMPUTED_DAYS: dict[str, Callable[["CaseSeries"], pd.Series]] = {}


class HandedOut:
    """A table of the series: whoever reads it gets a copy-on-write copy and cannot change the series."""

    def __set_name__(self, owner: type, name: str) -> None:
        self.slot = f"_{name}"

    def __get__(self, series: "CaseSeries | None", owner: type) -> pd.DataFrame:
        if series is None:
            raise AttributeError(self.slot)
        table: pd.DataFrame = vars(series)[self.slot]
        return table.copy(deep=False)

    def __set__(self, series: "CaseSeries", table: pd.DataFrame) -> None:
        vars(series)[self.slot] = table.copy(deep=False)


@dataclass(frozen=True, eq=False, repr=False)
class CaseSeries:
    r"""Patients and what happened to them, in five tables; day 0 is `metadata.index_event`.

    Parameters
    ----------
    patients, treatments, measurements, assessments, events : DataFrame
        The tables as declared in `definitions/tables.toml`. Reading one gives a copy, so that changing it leaves
        the series as it is.
    metadata : Metadata
        Title, licence, whether the patients are invented, data cut and sources.
    unaligned : tuple of str
        Patients without the event the series was aligned to; their days are empty.
    before_alignment : CaseSeries or None
        The series in its own days when this one was aligned: scores are computed there and shifted afterwards.
    day_zero : Series or None
        Day of the event by patient_id, when this series was aligned.
    unplaced : mapping of str to DataFrame
        Rows of each table whose day or value is not known: kept, but in no picture and no score.

    Examples
    --------
    >>> from casekit import records
    >>> series = records.from_text(
    ...     patients="patient_id,disease,sex,last_known_day\nA,SLE,female,90\nB,SSc,male,60",
    ...     treatments="patient_id,drug,category,start_day\nA,cd19_car_t,car_t,0\nB,cd19_car_t,car_t,0",
    ... )
    >>> series
    CaseSeries "Untitled series": 2 patients (1 SLE, 1 SSc), synthetic data
    >>> series.select(disease="SLE").patients["patient_id"].tolist()
    ['A']
    """

    metadata: Metadata
    patients: HandedOut = HandedOut()
    treatments: HandedOut = HandedOut()
    measurements: HandedOut = HandedOut()
    assessments: HandedOut = HandedOut()
    events: HandedOut = HandedOut()
    unaligned: tuple[str, ...] = ()
    before_alignment: "CaseSeries | None" = None
    day_zero: pd.Series | None = None
    unplaced: Mapping[str, pd.DataFrame] = field(default_factory=dict)

    @property
    def tables(self) -> dict[str, pd.DataFrame]:
        """The five tables by name."""
        return {name: getattr(self, name) for name in TABLES}

    @property
    def whole_tables(self) -> dict[str, pd.DataFrame]:
        """The five tables by name, the rows whose day or value is not known at the end."""
        apart = {name: rows for name, rows in self.unplaced.items() if len(rows)}
        return {
            name: pd.concat([table, apart[name]], ignore_index=True) if name in apart else table
            for name, table in self.tables.items()
        }

    def select(self, **by: Any) -> "CaseSeries":
        """The series of the patients for whom every named column of `patients` has one of the given values.

        Parameters
        ----------
        **by
            Column of `patients` = a value or a list of values, such as ``disease="SLE"`` or ``sex=["female"]``.

        Raises
        ------
        UnknownName
            When there is no such column, or no patient in this series has such a value.

        Examples
        --------
        >>> from casekit import records
        >>> records.example().select(disease=["IIM", "SSc"])
        CaseSeries "...": 7 patients (3 IIM, 4 SSc), synthetic data...
        """
        patients = self.patients
        keep = pd.Series(data=True, index=patients.index)
        for column, wanted in by.items():
            if column not in patients:
                raise UnknownName("column of patients", column, patients.columns, "series.patients.columns")
            values = [wanted] if isinstance(wanted, str) or not pd.api.types.is_list_like(wanted) else list(wanted)
            _refuse_unknown_values(patients[column], values)
            keep &= patients[column].isin(values)
        return self._keep(patients["patient_id"][keep])

    def patient(self, patient_id: str) -> "CaseSeries":
        """The series of this one patient.

        Raises
        ------
        UnknownName
            When the series has no such patient.

        Examples
        --------
        >>> from casekit import records
        >>> records.example().patient("SLE-01").patients["disease"].tolist()
        ['SLE']
        """
        known = self.patients["patient_id"]
        if patient_id not in set(known):
            raise UnknownName("patient", patient_id, known, 'series.patients["patient_id"]')
        return self._keep(known[known == patient_id])

    def align(self, event: str, days: pd.Series | Mapping[str, int] | None = None) -> "CaseSeries":
        """The series with every day counted from an event of each patient.

        Parameters
        ----------
        event : str
            ``infusion``; a drug, a category of drugs, the name or the kind of an event, meaning its first day, or with
            ``last_`` before it its last day (``last_glucocorticoid``); or a computed day such as ``b_cell_return``.
        days : Series or mapping, optional
            Day of the event by patient_id, when it stands in no table.

        Returns
        -------
        CaseSeries
            With the same rows; patients without the event are in ``unaligned`` and their days are empty.

        Examples
        --------
        >>> from casekit import records
        >>> aligned = records.example().patient("SLE-01").align("leukapheresis")
        >>> aligned.events.query("name == 'leukapheresis'")["start_day"].tolist()
        [0]
        """
        if days is None and event in COMPUTED_DAYS:
            days = COMPUTED_DAYS[event](self.before_alignment or self)
        source = self.before_alignment or self
        event_day = event_days(source.tables, event, COMPUTED_DAYS) if days is None else pd.Series(days, dtype=object)
        day_zero = checked_days(event_day, event)
        ids = source.patients["patient_id"]
        tables: dict[str, Any] = shifted(source.tables, day_zero)
        return replace(
            self,
            **tables,
            metadata=replace(self.metadata, index_event=event),
            unaligned=tuple(ids[~ids.isin(day_zero.index)]),
            before_alignment=source,
            day_zero=day_zero,
            unplaced=shifted(source.unplaced, day_zero),
        )

    def _keep(self, patient_ids: pd.Series) -> "CaseSeries":
        """The series of these patients."""
        kept = set(patient_ids)
        tables: dict[str, Any] = {
            name: table[table["patient_id"].isin(kept)].reset_index(drop=True) for name, table in self.tables.items()
        }
        unplaced = {name: table[table["patient_id"].isin(kept)] for name, table in self.unplaced.items()}
        before = self.before_alignment
        return replace(
            self,
            **tables,
            unaligned=tuple(name for name in self.unaligned if name in kept),
            unplaced={name: table.reset_index(drop=True) for name, table in unplaced.items()},
            before_alignment=None if before is None else before._keep(patient_ids),  # noqa: SLF001  # the same class
        )

    def _counts(self) -> str:
        """How many patients there are, in all and per disease."""
        per_disease = self.patients["disease"].value_counts(sort=False)
        number = len(self.patients)
        listed = ", ".join(f"{count} {disease}" for disease, count in per_disease.items())
        return f"{number} patient{'' if number == 1 else 's'}" + (f" ({listed})" if listed else "")

    def _facts(self) -> list[str]:
        """What a reader should know before looking at a row."""
        about = self.metadata
        return [
            self._counts(),
            "synthetic data" if about.synthetic else "data of real patients",
            *([f"data cut {about.data_cut}"] if about.data_cut else []),
            *([f"day 0 is {about.index_event}"] if about.index_event != "infusion" else []),
            *([f"without it: {', '.join(self.unaligned)}"] if self.unaligned else []),
        ]

    def __repr__(self) -> str:
        return f'CaseSeries "{self.metadata.title}": {", ".join(self._facts())}'

    def _repr_html_(self) -> str:
        """A heading, the facts and the size of each table, for a notebook."""
        cells = "".join(f"<td>{len(table):,}</td>" for table in self.tables.values())
        heads = "".join(f"<th>{name}</th>" for name in TABLES)
        return (
            f"<p><strong>{escape(self.metadata.title)}</strong><br>{escape(' · '.join(self._facts()))}</p>"
            f"<table><thead><tr>{heads}</tr></thead><tbody><tr>{cells}</tr></tbody></table>"
        )


def _refuse_unknown_values(column: pd.Series, wanted: list[Any]) -> None:
    """Refuse values that no patient of the series has."""
    known = column.dropna().unique().tolist()
    for value in wanted:
        if value not in known:
            raise UnknownName(f"{column.name} in this series", value, map(str, known))
