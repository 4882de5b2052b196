"""The marks that findings about data use; they are conventions of this tool, and no rule of law."""

from __future__ import annotations

__all__ = ["DETERMINES", "PARTS", "RESTATES", "STRONG", "finding_chance"]

PARTS = 10
"""Into so many parts the chance of a false finding is divided. Seven tables rest on tests and take one each: the
population, label conflicts, annotators, missing values by label, proxies, drift of columns and of base rates. Three are
left as a margin, because p values that small are approximations."""

STRONG = 0.8
"""A column whose area under the ROC curve of the label is at least this, by its whole interval, is worth a question."""

DETERMINES = 0.9
"""A column that takes away at least this share of the entropy of the label leaves next to nothing to learn."""

RESTATES = 0.98
"""A column that takes away this share of the entropy of an attribute is the attribute under another name."""


def finding_chance(level: float) -> float:
    """Give the chance of a false finding that each table of tests may have, so that all have at most 1 - level.

    Examples
    --------
    >>> round(finding_chance(0.95), 5)
    0.005
    """
    return (1 - level) / PARTS
