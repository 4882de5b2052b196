"""Real data sets behind cards, and simulators whose bias is planted and known."""
