"""An audit as a model card in a CycloneDX 1.6 bill of materials."""

from __future__ import annotations

import math
import uuid
from collections.abc import Iterator
from typing import Any

import fairloss
from fairloss.audit.archive import SCHEMA, dump, to_mapping
from fairloss.audit.report import AuditReport
from fairloss.audit.results import WORST, Row
from fairloss.audit.sections import limit_section
from fairloss.audit.wording import clean, display, phrase

__all__ = ["cyclonedx"]


def cyclonedx(report: AuditReport) -> str:
    """Give a bill of materials of one model: its rates and largest gaps as metrics, its findings as considerations.

    The serial number follows from the checksum of the record, so that the same record gives the same bytes. Values are
    texts because the standard asks for texts; each group against the reference is in the record, not here.
    """
    held = to_mapping(report)["integrity"]["sha256"]
    tool = {"type": "application", "name": "fairloss", "version": fairloss.__version__}
    bill = {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, held)}",
        "version": 1,
        "metadata": {"tools": {"components": [tool]}},
        "components": [_component(report, held)],
    }
    return dump(bill).replace("<", "\\u003c")


def _component(report: AuditReport, held: str) -> dict[str, Any]:
    properties = {"schema": SCHEMA, "sha256": held, "level": _text(report.plan.level), "title": clean(report.title)}
    properties |= {"source": clean(report.about.source), "created": clean(report.about.created)}
    return {
        "type": "machine-learning-model",
        "bom-ref": "audited-model",
        "name": clean(report.about.model) or "the audited decisions",
        "modelCard": {
            "quantitativeAnalysis": {"performanceMetrics": [*_rates(report), *_gaps(report)]},
            "considerations": {
                "technicalLimitations": [clean(text) for text in limit_section(report).paragraphs],
                "fairnessAssessments": list(_assessments(report)),
            },
            "properties": [{"name": f"fairloss:audit:{key}", "value": value} for key, value in properties.items()],
        },
    }


def _rates(report: AuditReport) -> Iterator[dict[str, Any]]:
    for row in report.rate_rows:
        yield from _metric(phrase(row["rate"]), f"{display(row['attribute'])}: {display(row['group'])}", row)


def _gaps(report: AuditReport) -> Iterator[dict[str, Any]]:
    for row in report.disparity_rows:
        if row["group"] == WORST:
            kind = "largest difference" if row["comparison"] == "difference" else "lowest ratio"
            yield from _metric(f"{phrase(row['notion'])}, {kind} between groups", display(row["attribute"]), row)


def _metric(kind: str, part: str, row: Row) -> Iterator[dict[str, Any]]:
    """Give one metric; none where the value is undefined."""
    if math.isnan(row["value"]):
        return
    interval = {"lowerBound": _text(row["low"]), "upperBound": _text(row["high"])}
    known = {} if math.isnan(row["low"]) else {"confidenceInterval": interval}
    yield {"type": clean(kind), "value": _text(row["value"]), "slice": part, **known}


def _assessments(report: AuditReport) -> Iterator[dict[str, str]]:
    """Give one entry per attribute: what was found about it, in the words of the findings."""
    for attribute in report.attributes:
        said = [
            clean(str(finding))
            for finding in report.findings
            if any(row.get("attribute") == attribute for row in finding.evidence[:1])
        ]
        if said:
            yield {"groupAtRisk": f"the groups of {display(attribute)}", "harms": " ".join(said)}


def _text(value: float) -> str:
    return repr(float(value))
