"""After the model: thresholds under a tolerance."""
