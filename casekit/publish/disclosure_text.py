"""What in a text may tell who somebody is: e-mail, telephone, long numbers, names with a title, dates."""

import re
from collections.abc import Iterable

REFERENCE = re.compile(r"\b(?:doi:?\s*)?10\.\d{4,}/\S+|https?://\S+", re.IGNORECASE)  # publications are no persons
MONTHS = (
    "jan(?:uary|uar)?|feb(?:ruary|ruar)?|mar(?:ch)?|märz?|apr(?:il)?|ma[iy]|june?|juni?|july?|juli?|aug(?:ust)?|"
    "sept?(?:ember)?|o[ck]t(?:ober)?|nov(?:ember)?|de[cz](?:ember)?"
)
DATES = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"(?<!\d)(?:19|20)\d\d[-./]\d{1,2}(?:[-./]\d{1,2})?(?!\d)",
        r"(?<![\d.])\d{1,2}[./-]\d{1,2}[./-](?:(?:19|20)\d\d|\d\d)(?!\.?\d)",
        r"(?<!\d)(?:0?[1-9]|1[0-2])/(?:19|20)\d\d(?!\d)",
        r"(?<!\d)(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?!\d)",
        rf"(?<!\w)(?:\d{{1,2}}(?:st|nd|rd|th)?\.?\s+)?(?:{MONTHS})\.?,?\s+(?:\d{{1,2}},?\s+)?(?:19|20)\d\d(?!\d)",
    )
)
IDENTIFIERS = {
    "an e-mail address": re.compile(r"[\w.+-]+@[\w-]+\.\w{2,}"),
    "a telephone number": re.compile(r"(?<![\w.])(?:\+|00?)\d[\d ()/-]{6,}\d(?![\w.])"),
    "a number as long as that of a record": re.compile(r"(?<![\w.,])\d{6,}(?![\w.,]\d|\w)"),
    "a name with a title": re.compile(
        r"\b(?:Mrs?|Ms|Dr|Prof|Herr|Frau|Hr|Fr|Mme|Mlle|Sra?)\.?\s+[A-ZÄÖÜÉ][a-zäöüßé]{2,}"
    ),
}
RECORD = re.compile(r"\d{5,}")
NAME = re.compile(r"[A-ZÄÖÜÉ][a-zäöüßé]+(?:[ ,_-]+[A-ZÄÖÜÉ][a-zäöüßé]+)+")
LETTERS = re.compile(r"[A-Za-zÄÖÜäöü]{2,3}|(?:[A-ZÄÖÜ]\.\s?){2,3}")


def has_date(text: str) -> bool:
    """Return whether a text holds a day or a month of a calendar year; a year alone does not count.

    Examples
    --------
    >>> [has_date(text) for text in ("seen 2023-05-02", "3.4.21", "since March 2020", "in 2020", "1:320", "0.45")]
    [True, True, True, False, False, False]
    """
    plain = REFERENCE.sub(" ", text)
    return any(pattern.search(plain) for pattern in DATES)


def identifiers(text: str) -> list[str]:
    """Return what kinds of direct identifiers a text holds; a name without a title cannot be told from other words.

    Examples
    --------
    >>> identifiers("call Frau Beispiel, 0911 12345")
    ['a telephone number', 'a name with a title']
    >>> identifiers("anti-Ro60, 1:1280, doi 10.1056/NEJMoa2308917")
    []
    """
    plain = REFERENCE.sub(" ", text)
    return [kind for kind, pattern in IDENTIFIERS.items() if pattern.search(plain)]


def names_somebody(patient_id: str) -> str:
    """Return what a patient id looks like when it is more than a name within the series.

    Examples
    --------
    >>> [names_somebody(one) for one in ("SLE-01", "1961-03-04", "Erika Muster", "00412345")]
    ['', 'a date', 'a name', 'the number of a record']
    """
    if has_date(patient_id):
        return "a date"
    if NAME.fullmatch(patient_id):
        return "a name"
    found = identifiers(patient_id)
    return "the number of a record" if RECORD.search(patient_id) else (found[0] if found else "")


def may_be_initials(patient_ids: Iterable[str]) -> bool:
    """Return whether patients are called by two or three letters each.

    Examples
    --------
    >>> may_be_initials(["AB", "K.M."]), may_be_initials(["A1", "A2"])
    (True, False)
    """
    known = [*patient_ids]
    return bool(known) and all(LETTERS.fullmatch(one.strip()) for one in known)
