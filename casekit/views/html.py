"""Small pieces of HTML; every value is escaped, for names and texts come from the data."""

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from pathlib import Path

STYLE = f"<style>{Path(__file__).with_name('page.css').read_text(encoding='utf-8')}</style>"
VERDICTS = {"met": ("ck-met", "✓ met"), "not met": ("ck-not", "✕ not met"), "unknown": ("ck-unknown", "? not known")}


class Markup(str):
    """HTML that is already escaped."""

    __slots__ = ()

    def _repr_html_(self) -> str:
        """What a notebook shows of it."""
        return str(self)


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


def printed(words: str) -> Markup:
    """Return the line that heads a printed page; the browser writes the day of printing into it."""
    return Markup(f'<div class="ck ck-printed">{safe(words)} <time></time></div>')


def told(people: Mapping[str, Iterable[tuple[str, str]]], where: str = "ck-screen") -> Markup:
    """Return the timelines of some patients in words, one entry per lane, on the screen or (``ck-paper``) on paper."""
    parts = []
    for who, lanes in people.items():
        entries = "".join(f"<dt>{safe(lane)}</dt><dd>{safe(words)}</dd>" for lane, words in lanes)
        parts.append(f"<h2>{safe(who)}: the timeline in words</h2><dl>{entries}</dl>")
    return Markup(f'<div class="ck ck-told {where}">{"".join(parts)}</div>')


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
