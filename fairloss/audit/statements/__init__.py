"""What people say about an audit: the statement, and the responses to its findings."""

from __future__ import annotations

from fairloss.audit.statements.fields import STATEMENT
from fairloss.audit.statements.responses import STATES, Response, read_responses, respond, response_text
from fairloss.audit.statements.statement import Statement

__all__ = ["STATEMENT", "STATES", "Response", "Statement", "read_responses", "respond", "response_text"]
