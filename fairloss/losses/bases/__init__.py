"""Base losses: what a model is fitted to, as one number per row."""
