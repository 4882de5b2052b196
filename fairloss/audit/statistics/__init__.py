"""What a statistician asks beyond rates and gaps: one table of results per module, each from the record alone."""
