"""What was found: the audit, its findings, and the report."""
