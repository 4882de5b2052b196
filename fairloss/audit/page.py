"""A report page out of sections: one self-contained file, no script, no network, every value from outside escaped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fairloss.audit.templating import environment
from fairloss.audit.wording import display

__all__ = ["Column", "Figure", "Section", "Table", "page"]


@dataclass(frozen=True, slots=True)
class Column:
    """The head of a column; numbers are set to the right."""

    name: str
    numeric: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table of ready texts; the first cell of a row is its heading.

    Parameters
    ----------
    caption : str
        What the table shows.
    columns : tuple of Column
        Its heads.
    rows : tuple of tuple of str
        One text per column.
    note : str
        How to read it, below the table.
    """

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Figure:
    """A chart with the table of its numbers, which is folded away on screen.

    Parameters
    ----------
    chart : str
        Safe markup, from `fairloss.audit.charts`.
    caption : str
        How to read it.
    table : Table, optional
        The numbers behind it.
    """

    chart: str
    caption: str = ""
    table: Table | None = None


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a report; whatever is left empty does not appear.

    Parameters
    ----------
    title : str
        Its heading.
    paragraphs : tuple of str
        Plain text.
    facts : tuple of (str, str)
        Names and values, shown as a small grid.
    findings : tuple of str
        Sentences, numbered.
    figures : tuple of Figure
        Charts.
    tables : tuple of Table
        Tables that are always open.
    sections : tuple of Section
        Parts of this part.

    Examples
    --------
    >>> Section("Limits", ("One test set was used.",)).title
    'Limits'
    """

    title: str
    paragraphs: tuple[str, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    findings: tuple[str, ...] = ()
    figures: tuple[Figure, ...] = ()
    tables: tuple[Table, ...] = ()
    sections: tuple[Section, ...] = ()


def page(title: str, sections: Sequence[Section], *, subtitle: str = "", created: str = "") -> str:
    """Give a whole HTML page; the first section is the answer, and a list of contents follows it.

    Parameters
    ----------
    title : str
        The one heading of the first level.
    sections : sequence of Section
        In reading order.
    subtitle : str
        A line below the title.
    created : str
        The date to print; nothing reads a clock, so the same input gives the same bytes.

    Examples
    --------
    >>> html = page("<Audit>", [Section("Summary", ("Nothing was measured.",))])
    >>> html.startswith("<!doctype html>"), "&lt;Audit&gt;" in html
    (True, True)
    """
    import fairloss

    found = environment()
    style = found.loader.get_source(found, "style.css")[0]
    when = f" on {display(created)}" if created else ""
    footer = f"Made with fairloss {fairloss.__version__}{when}. Statistics, not legal advice."
    rendered: str = found.get_template("page.html.jinja").render(
        title=display(title, 200),
        sections=sections,
        subtitle=subtitle,
        style=style,
        footer=footer,
        running=_running(title),
    )
    return rendered.lstrip()


def _running(title: str) -> str:
    """Give a title as a CSS string: every sign that is no plain letter or digit as its code."""
    shown = display(title, 90)
    return "".join(sign if sign.isascii() and sign.isalnum() else f"\\{ord(sign):06x}" for sign in shown)
