"""The steps in one run: analyze, train, mitigate, validate, report."""
