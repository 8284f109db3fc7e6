"""What may identify a person: ids hashed with a secret of this machine, identifiers and free text left out."""

import hashlib
import hmac
import os
import re
import secrets
from pathlib import Path

from casekit.errors import CaseKitError

SECRET = Path.home() / ".casekit" / "secret"
SECRET_BYTES = 32
DIGITS = 12
OTHERS = 0o077
NAMES = re.compile(
    r"(first|last|family|given|maiden|sur|full|patient|middle)[ _.]?names?|nach?name|vorname|initials?|e[-_ ]?mail"
    r"|(tele)?phone.*|mobile|address|street|zip(code)?|postcode|ssn|mrn|subject|medical record.*"
    r"|insurance.*|passport.*",
    re.IGNORECASE,
)
COMMENT = re.compile(
    r"\b(kommentare?|bemerkung(en)?|anmerkung(en)?|notiz(en)?|hinweise?|freitext|comments?|remarks?|notes?|narrative)\b",
    re.IGNORECASE,
)
ADDRESS = re.compile(r"\b(?:Fr|Hr|Dr|Prof|Mrs?|Ms)\. ?[^\W\d_]|\b(?:Frau|Herrn?) [^\W\d_]")


def secret(path: Path | None = None) -> bytes:
    """The secret of this machine, made at its first use and readable by its owner alone.

    Raises
    ------
    CaseKitError
        When others can read it: then the hashed ids could be traced back.
    """
    place = path or SECRET
    place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        descriptor = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return _read_secret(place)
    with os.fdopen(descriptor, "wb") as file:
        file.write(secrets.token_bytes(SECRET_BYTES))
    return place.read_bytes()


def _read_secret(place: Path) -> bytes:
    """The secret that is there, when only its owner can read it."""
    if os.name == "posix" and place.stat().st_mode & OTHERS:
        raise CaseKitError(f"{place}: found a secret that others can read; expected mode 600. Run chmod 600 {place}.")
    content = place.read_bytes()
    if len(content) < SECRET_BYTES:
        raise CaseKitError(
            f"{place}: found {len(content)} bytes; expected {SECRET_BYTES}. Delete the file to renew it."
        )
    return content


def hashed(patient_id: str, key: bytes) -> str:
    """A pseudonym that is the same in every import on this machine and cannot be reversed without the secret.

    >>> hashed("001", b"k" * 32) == hashed("001", b"k" * 32), len(hashed("001", b"k" * 32))
    (True, 13)
    """
    return "P" + hmac.new(key, patient_id.encode(), hashlib.sha256).hexdigest()[:DIGITS]


def identifies(name: str) -> bool:
    """Whether a column of that name holds what identifies a person.

    >>> identifies("first_name"), identifies("E-Mail"), identifies("patient_id")
    (True, True, False)
    """
    return NAMES.fullmatch(name.strip()) is not None


def is_comment(name: str) -> bool:
    """Whether a column is called after what somebody writes freely, however short.

    >>> is_comment("Ursache/Kommentar"), is_comment("lab_notes"), is_comment("Antibodies")
    (True, True, False)
    """
    return COMMENT.search(name.replace("_", " ")) is not None


def addresses_a_person(text: str) -> bool:
    """Whether a text names somebody by a form of address.

    >>> addresses_a_person("Fr. Schmidt, nett"), addresses_a_person("dsDNA; Sm")
    (True, False)
    """
    return ADDRESS.search(text) is not None
