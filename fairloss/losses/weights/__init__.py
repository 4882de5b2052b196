"""Weights of groups, for any base loss."""
