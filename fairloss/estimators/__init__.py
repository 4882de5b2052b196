"""Fit and predict: scikit-learn estimators around the fair losses."""
