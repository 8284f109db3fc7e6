"""The findings about what published views reveal, as text and as one HTML file, the same facts once per field."""

from collections.abc import Iterable
from pathlib import Path

from casekit.publish.disclosure import Review
from casekit.publish.disclosure_cells import Finding

STYLE = Path(__file__).with_name("offline.css")
SAFE = "The series says synthetic = true: its patients were made up, so no page can reveal anything about a person."
LIMITS = (
    "What no program sees: a name without a title, a rare course that a neighbour recognises, what viewers know from "
    "elsewhere. Reading the pages before they are published stays a task for a person."
)


def report_text(found: Review) -> str:
    """Return the report as text.

    Examples
    --------
    >>> print(report_text(Review("Made up", True, ("patient",), ())))
    Made up: may be published.
    Looked at: patient.
    The series says synthetic = true: its patients were made up, so no page can reveal anything about a person.
    """
    lines = [_verdict(found), _looked_at(found)]
    for finding, views in together(found.refused):
        lines += [f"REFUSED {finding.rule}: {finding.field} in {', '.join(views)}", *_indented(finding)]
    for finding, views in together(one for one in found.findings if one.accepted):
        lines += [f"accepted {finding.rule}: {finding.field} in {', '.join(views)}", *_indented(finding)]
    return "\n".join([*lines, SAFE if found.synthetic else LIMITS])


def report_html(found: Review) -> str:
    """Return the report as one HTML file without scripts.

    Examples
    --------
    >>> "may be published" in report_html(Review("Made up", True, ("patient",), ()))
    True
    """
    from jinja2 import Environment, FileSystemLoader

    template = Environment(loader=FileSystemLoader(STYLE.parent), autoescape=True).get_template("disclosure.html.j2")
    return template.render(
        verdict=_verdict(found),
        looked_at=_looked_at(found),
        refused=together(found.refused),
        accepted=together(one for one in found.findings if one.accepted),
        closing=SAFE if found.synthetic else LIMITS,
        style=STYLE.read_text(encoding="utf-8"),
    )


def together(findings: Iterable[Finding]) -> list[tuple[Finding, list[str]]]:
    """Return findings that differ only in their view once, with all their views."""
    views: dict[tuple[str, ...], tuple[Finding, list[str]]] = {}
    for one in findings:
        same = (one.rule, one.field, one.found, one.todo, one.accepted)
        views.setdefault(same, (one, []))[1].append(one.view)
    return [*views.values()]


def _verdict(found: Review) -> str:
    """Return in a sentence whether the series may be published."""
    many = len(together(found.refused))
    if not many:
        return f"{found.title}: may be published."
    return f"{found.title}: may not be published; {many} thing{'' if many == 1 else 's'} would be revealed."


def _looked_at(found: Review) -> str:
    """Return which views were looked at."""
    return f"Looked at: {', '.join(found.views)}."


def _indented(finding: Finding) -> list[str]:
    """Return what was found, and the remedy or the reason."""
    end = f"accepted because: {finding.accepted}" if finding.accepted else finding.todo
    return [f"  found {finding.found}", f"  {end}"]
