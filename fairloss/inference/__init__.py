"""How sure we are: intervals and tests, from counts alone."""
