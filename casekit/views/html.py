"""Small pieces of HTML; every value is escaped, for names and texts come from the data."""

from collections.abc import Iterable, Sequence
from html import escape

STYLE = """<style>
.ck, .ck * { font-family: "Segoe UI", Roboto, "Helvetica Neue", Arial, "Liberation Sans", sans-serif; box-sizing: border-box; }
.ck { color: #1b2733; font-size: 15px; line-height: 1.45; }
.ck-card { display: flex; flex-wrap: wrap; gap: 2px 26px; padding: 6px 14px; background: #f4f6f8; border-left: 5px solid var(--ck-colour, #16324f); }
.ck-card div { min-width: 0; }
.ck-card small { display: block; font-size: 12px; color: #52606d; line-height: 1.3; }
.ck .ck-story { margin: 6px 0 0; font-size: 16px; max-width: 80em; }
.ck-mark { display: inline-block; padding: 0 8px; border-radius: 3px; background: #fff3e0; color: #8a4500; font-weight: 600; font-size: 13px; }
.ck-note { padding: 6px 14px; border-left: 5px solid #b3400a; background: #fdf1ec; margin: 4px 0; }
.ck h2 { font-size: 18px; font-weight: 600; margin: 18px 0 6px; }
.ck p { margin: 2px 0 6px; }
.ck-scroll { overflow-x: auto; }
table.ck-table { border-collapse: collapse; font-size: 14px; }
table.ck-table caption { text-align: left; font-weight: 600; padding: 0 0 6px; }
table.ck-table th { text-align: left; font-weight: 600; border-bottom: 2px solid #52606d; padding: 4px 18px 4px 0; vertical-align: bottom; }
table.ck-table td { border-bottom: 1px solid #dfe5ea; padding: 4px 18px 4px 0; vertical-align: top; text-align: left; }
.ck-met { color: #0f5f59; font-weight: 600; } .ck-not { color: #9c3608; font-weight: 600; } .ck-unknown { color: #3c4650; font-weight: 600; }
</style>"""
CONTROL_STYLE = """<style>
.ck-page, .ck-page .widget-box { overflow: visible; }
.ck-controls { background: #fff; padding: 2px 0 4px; }
.ck-controls label, .ck-controls select, .ck-controls button, .ck-controls span, .ck-page .widget-label, .ck-page select {
  font: 14px/1.4 "Segoe UI", Roboto, "Helvetica Neue", Arial, "Liberation Sans", sans-serif; color: #1b2733; }
.ck-controls button { background: #eef1f4; padding: 0 4px; } .ck-controls button.mod-active { background: #16324f; color: #fff; }
.ck-page select:focus-visible, .ck-page button:focus-visible, .ck-page input:focus-visible { outline: 2px solid #16324f; outline-offset: 1px; }
.ck-hint { font-size: 13px; color: #52606d; }
@media print { .ck-controls, .ck-hint { display: none; } }
</style>"""
VERDICTS = {"met": ("ck-met", "✓ met"), "not met": ("ck-not", "✕ not met"), "unknown": ("ck-unknown", "? not known")}


class Markup(str):
    """HTML that is already escaped."""

    __slots__ = ()


def safe(value: object) -> Markup:
    """Return the value as text that cannot become markup."""
    return value if isinstance(value, Markup) else Markup(escape("" if value is None else str(value)))


def card(pairs: Iterable[tuple[str, str]], sentences: Iterable[str], colour: str) -> Markup:
    """Return the identity of a patient as a card with the course in a few sentences below."""
    cells = "".join(f"<div><small>{safe(label)}</small>{safe(value)}</div>" for label, value in pairs)
    text = " ".join(safe(sentence) for sentence in sentences)
    return Markup(
        f'<div class="ck"><div class="ck-card" style="--ck-colour:{safe(colour)}">{cells}</div><p class="ck-story">{text}</p></div>'
    )


def table(caption: str, head: Sequence[str], rows: Iterable[Sequence[object]]) -> Markup:
    """Return a plain table."""
    top = "".join(f'<th scope="col">{safe(name)}</th>' for name in head)
    body = "".join("<tr>" + "".join(f"<td>{safe(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return Markup(
        f'<div class="ck ck-scroll"><table class="ck-table"><caption>{safe(caption)}</caption>'
        f"<thead><tr>{top}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def verdict(word: object) -> Markup:
    """Return a verdict with mark and colour."""
    style, text = VERDICTS.get(str(word), ("ck-unknown", str(word)))
    return Markup(f'<span class="{style}">{safe(text)}</span>')


def note(text: str) -> Markup:
    """Return a sentence that asks for attention; nothing for no text."""
    return Markup(f'<div class="ck ck-note" role="alert">{safe(text)}</div>' if text else "")
