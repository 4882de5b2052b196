"""An audit as a section for the model card of a Hugging Face repository."""

from __future__ import annotations

import re

from fairloss.audit.archive import SCHEMA, to_mapping
from fairloss.audit.markdown import markdown
from fairloss.audit.page import Section
from fairloss.audit.report import AuditReport
from fairloss.audit.sections import report_sections

__all__ = ["hugging_face"]


def hugging_face(report: AuditReport) -> str:
    """Give the findings, the tables and the limits in Markdown, from a heading of the second level down.

    The text can go into a card as it is; names from the data are escaped, so that they can start no link, no image, no
    tag and no front matter. Below the tables stands the checksum of the record that they come from.
    """
    held = to_mapping(report)["integrity"]["sha256"]
    source = Section("Record", (f"Computed from a record of the schema {SCHEMA} with the SHA-256 {held}.",))
    text = markdown(f"Audit: {report.title}", [*report_sections(report), source])
    return _inert(re.sub(r"^(#{1,5}) ", r"#\1 ", text, flags=re.MULTILINE))


def _inert(text: str) -> str:
    """Break what the Hub turns into a link or a mention by itself."""
    text = re.sub(r"(?i)\b(https?|ftp|mailto|xmpp)(:)", "\\1\u2060\\2", text)
    text = re.sub(r"(?i)\bwww\.", "www\u2060.", text)
    return re.sub(r"@(?=\w)", "@\u2060", text)
