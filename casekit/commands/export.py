"""casekit export: a page, a patient or the whole site as files."""

import argparse
from pathlib import Path
from typing import Any

from casekit.commands.answer import OK, SYNTHETIC
from casekit.errors import UnknownName

KINDS = ("html", "pdf", "png", "svg", "xlsx")


def add(commands: Any) -> None:
    """Add the command to the command line."""
    export = commands.add_parser("export", help="write a page, a patient or the whole site as files")
    export.add_argument("what", nargs="?", help="a published page (cohort, patient, …), a patient (SLE-03) or series")
    export.add_argument("series", nargs="?", help="folder or workbook of the series; the published one when left out")
    export.add_argument("--site", action="store_true", help="all published pages as a folder that needs no server")
    export.add_argument("--report", action="store_true", help="the patient on one page, for the case conference")
    export.add_argument("--out", type=Path, required=True, metavar="PLACE", help="file or, for several, folder")
    export.add_argument("--format", choices=KINDS, help="what to write; the ending of --out when left out")
    export.add_argument("--column", choices=("single", "double"), default="double", help="figures: 85 or 175 mm wide")
    export.set_defaults(command=run)


def run(arguments: argparse.Namespace) -> int:
    """Write the files and say which."""
    from casekit import records
    from casekit.publish.export import export, export_report
    from casekit.publish.export_site import export_site
    from casekit.publish.published import published_series

    folder = (arguments.what or arguments.series) if arguments.site else arguments.series
    series = records.load(folder) if folder else published_series()
    if arguments.site:
        files = export_site(arguments.out, series)
    elif arguments.what is None:
        raise UnknownName("page or patient to export", "nothing", ["a page", "a patient", "series", "--site"])
    elif arguments.report:
        files = iter(export_report(arguments.what, arguments.out, _kind(arguments), series=series))
    else:
        files = iter(export(arguments.what, arguments.out, _kind(arguments), series=series, column=arguments.column))
    for file in files:
        print(f"written: {file}")
    if series.metadata.synthetic:
        print(SYNTHETIC)
    return OK


def _kind(arguments: argparse.Namespace) -> str:
    """The format asked for, or the ending of the file."""
    return str(arguments.format or arguments.out.suffix.removeprefix("."))
