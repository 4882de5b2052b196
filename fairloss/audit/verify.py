"""Recomputing every number of a record from the counts in it, and naming each one that differs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

import fairloss
from fairloss.audit.archive import change_to_mapping, to_mapping
from fairloss.audit.catalogue import EVIDENCE
from fairloss.audit.change import AuditChange
from fairloss.audit.change.pairing import after_of, before_of
from fairloss.audit.integrity import checksum
from fairloss.audit.mismatches import ABSENT, Mismatch, compare_values, number_pointers
from fairloss.audit.report import AuditReport
from fairloss.audit.restoring import DAMAGE, damaged, restore
from fairloss.audit.strict_json import load

__all__ = ["Verification", "verify"]


@dataclass(frozen=True, slots=True)
class Verification:
    """What a verification came to.

    Parameters
    ----------
    mismatches : tuple of Mismatch
        Every value that differs; empty where all are as they should be.
    numbers : int
        How many numbers the record holds.
    not_recomputed : tuple of str
        JSON pointers of the numbers that follow from no count; the checksum alone covers them.
    made_by, checked_by : str
        The versions that wrote the record and that recomputed it.
    """

    mismatches: tuple[Mismatch, ...]
    numbers: int
    not_recomputed: tuple[str, ...]
    made_by: str
    checked_by: str

    @property
    def holds(self) -> bool:
        """Whether nothing differs."""
        return not self.mismatches

    def __str__(self) -> str:
        lines = [f"{self.numbers - len(self.not_recomputed):,} of {self.numbers:,} numbers recomputed from the counts."]
        if self.not_recomputed:
            lines.append(f"Covered by the checksum alone: {', '.join(self.not_recomputed)}.")
        if self.made_by != self.checked_by:
            lines.append(f"Made by fairloss {self.made_by}, recomputed with fairloss {self.checked_by}.")
        found = len(self.mismatches)
        lines.append(
            "No value differs." if self.holds else f"{found:,} {'value differs' if found == 1 else 'values differ'}:"
        )
        return "\n".join([*lines, *(f"  {one}" for one in self.mismatches)])

    def to_dict(self) -> dict[str, Any]:
        """Give it as plain data."""
        return {
            "holds": self.holds,
            "numbers": self.numbers,
            "not_recomputed": list(self.not_recomputed),
            "made_by": self.made_by,
            "checked_by": self.checked_by,
            "mismatches": [
                {"pointer": one.pointer, "found": one.found, "expected": one.expected} for one in self.mismatches
            ],
        }


def verify(record: Mapping[str, Any] | str | Path) -> Verification:
    """Recompute every number of an audit from the counts that it holds, and compare.

    Also compared: every text, the counts within strata with the counts over all rows, the counts of two audits of the
    same people with their joint counts, and the checksum. Somebody who changes counts *and* recomputes all the rest
    makes another, consistent record: that it is not the one that was signed, a signature over the checksum must say.

    Parameters
    ----------
    record : mapping or path
        The plain data of an audit or of a comparison of two, or the path of its JSON file.

    Returns
    -------
    Verification

    Raises
    ------
    InputError
        One sentence where the record is no audit or so damaged that nothing can be recomputed.

    Examples
    --------
    >>> import json
    >>> from fairloss.audit import audit_predictions
    >>> record = json.loads(audit_predictions(None, [1, 0, 1, 1], sensitive_features=list("aabb")).to_json())
    >>> verify(record).holds
    True
    >>> record["rates"][0]["value"] = 0.9
    >>> [one.pointer for one in verify(record).mismatches]
    ['/rates/0/value', '/integrity/sha256']
    """
    data = load(record) if isinstance(record, str | Path) else record
    try:
        return _verify(data)
    except DAMAGE as error:
        raise damaged(error) from error


def _verify(data: Mapping[str, Any]) -> Verification:
    restored = restore(data)
    expected = _recomputed(restored)
    found = [*compare_values(_without_seals(data), _without_seals(expected)), *_inconsistent(restored)]
    pointers = [pointer for pointer, _ in number_pointers(_without_seals(data), "")]
    producer = data.get("producer") or data["before"]["producer"]
    return Verification(
        (*found, *_broken_seals(data, "")),
        len(pointers),
        tuple(pointer for pointer in pointers if _follows_from_nothing(pointer, data)),
        str(producer["version"]),
        fairloss.__version__,
    )


def _recomputed(restored: AuditReport | AuditChange) -> dict[str, Any]:
    with np.errstate(all="ignore"):
        return to_mapping(restored) if isinstance(restored, AuditReport) else change_to_mapping(restored)


def _without_seals(value: Any) -> Any:
    """Leave out the checksums and the version: they are compared in another way."""
    if not isinstance(value, Mapping):
        return value
    rest = {key: one for key, one in value.items() if key != "integrity"}
    for side in ("before", "after"):
        if side in rest:
            rest[side] = _without_seals(rest[side])
    if isinstance(rest.get("producer"), Mapping):
        rest["producer"] = {key: one for key, one in rest["producer"].items() if key != "version"}
    return rest


def _broken_seals(data: Mapping[str, Any], pointer: str) -> Iterator[Mismatch]:
    for side in ("before", "after"):
        if side in data:
            yield from _broken_seals(data[side], f"{pointer}/{side}")
    held = data.get("integrity")
    found = held.get("sha256", ABSENT) if isinstance(held, Mapping) else ABSENT
    expected = checksum(data)
    if found != expected:
        yield Mismatch(f"{pointer}/integrity/sha256", found, expected)


def _inconsistent(restored: AuditReport | AuditChange) -> Iterator[Mismatch]:
    """Compare what is counted twice: within strata and over all rows, in pairs and in each audit."""
    if isinstance(restored, AuditChange):
        for side, of in (("before", before_of), ("after", after_of)):
            report = getattr(restored, side)
            yield from _inconsistent_evidence(report, f"/{side}")
            for place, (pairs, counts) in enumerate(zip(restored.pairs, report.tables, strict=False)):
                yield from compare_values(
                    counts.cells.tolist(), of(pairs).cells.tolist(), f"/{side}/counts/{place}/cells"
                )
    else:
        yield from _inconsistent_evidence(restored, "")


def _inconsistent_evidence(report: AuditReport, pointer: str) -> Iterator[Mismatch]:
    for name in report.evidence:
        for one in EVIDENCE[name].inconsistent(report):
            yield replace(one, pointer=f"{pointer}{one.pointer}")


def _follows_from_nothing(pointer: str, data: Mapping[str, Any]) -> bool:
    """Whether no number of the record depends on this one and none gives it back."""
    parts = pointer.split("/")[1:]
    if parts[0] in ("before", "after"):
        return _follows_from_nothing("/" + "/".join(parts[1:]), data[parts[0]])
    if parts in (["about", "seed"], ["suppression", "smallest"]):
        return True
    if parts == ["plan", "random_state"]:
        return "omnibus" not in data  # the one table that draws; its rows name their seed
    if parts[0] == "missing" and parts[2] == "rows":
        table = data["missing"][int(parts[1])]
        return not np.any(table["missing"])
    return False
