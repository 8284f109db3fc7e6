"""PDF by Typst: real page layout, the same bytes each time, with its own letters and without a browser or a network."""

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent


def typeset(template: str, told: Mapping[str, Any], pictures: Mapping[str, bytes]) -> bytes:
    """Return the PDF that a template of this folder makes of what it is told.

    Parameters
    ----------
    template : str
        File name; it reads what it is told from ``told.json``, so that no text of the data becomes markup.
    told : mapping
        Anything JSON can hold.
    pictures : mapping of str to bytes
        Pictures as PDF, by the file name that the template uses.
    """
    import typst

    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        (place / template).write_text((HERE / template).read_text(encoding="utf-8"), encoding="utf-8")
        (place / "told.json").write_text(json.dumps(told), encoding="utf-8")
        for name, picture in pictures.items():
            (place / name).write_bytes(picture)
        return bytes(typst.compile(str(place / template), root=folder, ignore_system_fonts=True))
