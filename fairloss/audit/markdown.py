"""Sections as Markdown: the same sentences and tables as the page, without the charts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from fairloss.audit.page import Section, Table
from fairloss.audit.wording import clean

__all__ = ["markdown"]

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~!&$])")


def markdown(title: str, sections: Sequence[Section]) -> str:
    r"""Give a Markdown document.

    Examples
    --------
    >>> print(markdown("Audit", [Section("Summary", ("Two *groups*.",))]))
    # Audit
    <BLANKLINE>
    ## Summary
    <BLANKLINE>
    Two \*groups\*.
    <BLANKLINE>
    """
    lines = [f"# {_escape(title)}", ""]
    for section in sections:
        lines += _section(section, 2)
    return "\n".join(lines)


def _section(section: Section, level: int) -> Iterator[str]:
    yield from (f"{'#' * level} {_escape(section.title)}", "")
    for text in section.paragraphs:
        yield from (_escape(text), "")
    if section.facts:
        yield from (f"- {_escape(name)}: {_escape(value)}" for name, value in section.facts)
        yield ""
    if section.findings:
        yield from (f"{place}. {_escape(text)}" for place, text in enumerate(section.findings, start=1))
        yield ""
    for table in (*(figure.table for figure in section.figures if figure.table), *section.tables):
        yield from _table(table)
    for inner in section.sections:
        yield from _section(inner, level + 1)


def _table(table: Table) -> Iterator[str]:
    yield from (f"**{_escape(table.caption)}**", "")
    yield f"| {' | '.join(_escape(column.name) for column in table.columns)} |"
    yield f"| {' | '.join('---:' if column.numeric else '---' for column in table.columns)} |"
    yield from (f"| {' | '.join(map(_escape, row))} |" for row in table.rows)
    yield ""
    if table.note:
        yield from (_escape(table.note), "")


def _escape(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", clean(text))
