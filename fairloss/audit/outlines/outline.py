"""An outline: the chapters of a report in order, and which builders fill each of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

__all__ = ["Chapter", "Outline"]


@dataclass(frozen=True, slots=True)
class Chapter:
    """A chapter of a report.

    Parameters
    ----------
    title : str
        Its heading.
    builders : tuple of str
        The names of the builders that fill it, in order.
    otherwise : str
        The sentence that stands in a chapter for which the record has nothing; without one the chapter is left out.
    """

    title: str
    builders: tuple[str, ...]
    otherwise: str = ""


@dataclass(frozen=True, slots=True)
class Outline:
    """The order of a report for one field of use.

    Parameters
    ----------
    kind : str
        Its name.
    reads : str
        Whom it is for.
    chapters : tuple of Chapter
        After the first page.
    left_out : mapping of builder to reason
        What does not stand in it, and why.
    """

    kind: str
    reads: str
    chapters: tuple[Chapter, ...]
    left_out: Mapping[str, str] = field(default_factory=dict)

    @property
    def builders(self) -> tuple[str, ...]:
        """Every builder that it names, in order."""
        return tuple(name for chapter in self.chapters for name in chapter.builders)
