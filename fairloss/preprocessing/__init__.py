"""Before the model: weights that balance groups and labels."""

from __future__ import annotations

from fairloss.preprocessing.reweighed import Reweighed
from fairloss.preprocessing.reweighing import Reweighing, reweighing_weights

__all__ = ["Reweighed", "Reweighing", "reweighing_weights"]
