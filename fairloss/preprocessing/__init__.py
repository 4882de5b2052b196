"""Before the model: weights that balance groups and labels."""
