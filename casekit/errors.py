"""The five errors a page may show as text, and the one sentence a data problem is told in.

Anything that is not a `CaseKitError` is a fault of the program and must surface.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

SHOWN_PROBLEMS = 50
SHOWN_NAMES = 5
SHORTEST_PART = 3


class CaseKitError(Exception):
    """Anything casekit refuses with an explanation a clinician can act on."""


class DefinitionError(CaseKitError):
    """A file in `definitions/` does not say what it must say."""


class UnitError(CaseKitError):
    """A unit is not known, or does not fit the variable."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong in the data: where, what was found, what is expected, what to do.

    Parameters
    ----------
    file : str
        Name of the file, e.g. ``measurements.csv``.
    row : int or None
        Line as a spreadsheet shows it (the header is line 1); None for the whole file.
    column : str or None
        Name of the column; None when no single column is meant.
    found, expected : str
        Phrases that read after the words "found" and "expected".
    todo : str
        One sentence: what to do about it.

    Examples
    --------
    >>> print(Problem("measurements.csv", 41, "value", '"n.d."', "a number", "Leave the cell empty."))
    measurements.csv row 41, column value: found "n.d."; expected a number. Leave the cell empty.
    """

    file: str
    row: int | None
    column: str | None
    found: str
    expected: str
    todo: str

    @property
    def where(self) -> str:
        """The place in words, such as ``events.csv row 7, column grade``."""
        place = self.file if self.row is None else f"{self.file} row {self.row}"
        return place if self.column is None else f"{place}, column {self.column}"

    def __str__(self) -> str:
        """The whole problem as one line."""
        return f"{self.where}: found {self.found}; expected {self.expected}. {self.todo}"


class DataError(CaseKitError):
    """The data are refused; `problems` holds every problem, the message the first ones.

    Examples
    --------
    >>> print(DataError([Problem("patients.csv", 3, "sex", '"f"', "female or male", "Write female.")]))
    1 problem in the data:
    patients.csv row 3, column sex: found "f"; expected female or male. Write female.
    """

    def __init__(self, problems: Iterable[Problem]) -> None:
        """Keep every problem and say the first ones in the message."""
        self.problems: list[Problem] = list(problems)
        super().__init__(problem_list(self.problems))

    def __reduce__(self) -> tuple[type["DataError"], tuple[list[Problem]]]:
        """Pickling rebuilds the error from its problems, not from its message."""
        return DataError, (self.problems,)


def problem_list(problems: Sequence[Problem], shown: int = SHOWN_PROBLEMS) -> str:
    """The problems as text, one per line, with a count of those not shown."""
    noun = "problem" if len(problems) == 1 else "problems"
    lines = [f"{len(problems)} {noun} in the data:", *map(str, problems[:shown])]
    if len(problems) > shown:
        lines.append(f"… and {len(problems) - shown} more; all of them are in .problems.")
    return "\n".join(lines)


def near(name: str, known: Iterable[str]) -> list[str]:
    """The known names that look most like `name`, best first, at most five."""
    by_folded = {str(candidate).casefold(): str(candidate) for candidate in known}
    folded = name.strip().casefold()
    close = get_close_matches(folded, by_folded, n=SHOWN_NAMES, cutoff=0.6)
    holding = [key for key in by_folded if len(folded) >= SHORTEST_PART and folded in key and key not in close]
    return [by_folded[key] for key in (close + sorted(holding))[:SHOWN_NAMES]]


class UnknownName(CaseKitError):
    """A name casekit does not know; the message lists the near ones.

    Parameters
    ----------
    kind : str
        What was asked for, e.g. ``variable``.
    name : str
        The name that is not known.
    known : iterable of str
        All names that are known.
    listing : str, optional
        How to list them all, e.g. ``casekit.variables()``.

    Examples
    --------
    >>> print(UnknownName("disease", "SEL", ["SLE", "IIM", "SSc"], "casekit.diseases()"))
    disease "SEL" is not known; near names: SLE. List all with casekit.diseases().
    """

    def __init__(self, kind: str, name: object, known: Iterable[str], listing: str = "") -> None:
        """Keep what was asked for and what would have been known."""
        self.kind, self.name, self.known, self.listing = kind, str(name), [*known], listing
        super().__init__(f'{kind} "{name}" is not known; {self._hint()}')

    def __reduce__(self) -> tuple[type["UnknownName"], tuple[str, str, list[str], str]]:
        """Pickling rebuilds the error from its parts, not from its message."""
        return UnknownName, (self.kind, self.name, self.known, self.listing)

    def _hint(self) -> str:
        """The near names, or the known ones when they are few, and how to list all."""
        close = near(self.name, self.known)
        if close:
            hint = f"near names: {', '.join(close)}."
        elif self.known and len(self.known) <= SHOWN_NAMES * 4:
            hint = f"known: {', '.join(sorted(self.known))}."
        else:
            hint = "no name is near."
        return f"{hint} List all with {self.listing}." if self.listing else hint
