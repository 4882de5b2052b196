"""When a search for a less discriminatory model may stop."""

from __future__ import annotations

from fairloss.errors import InputError, quote

__all__ = ["chance_of_improvement"]


def chance_of_improvement(trained: int) -> float:
    """Give the largest chance that one more retraining beats the best so far: ``1/(trained + 1)``.

    If the retrainings differ by chance alone (seeds, draws of the same recipe), their order is as good as dealt, so
    the next one is the best of all with at most this chance. It says nothing of recipes that were not tried.

    Parameters
    ----------
    trained : int
        How many models were trained from the same recipe.

    Returns
    -------
    float

    Raises
    ------
    InputError
        Where that is no whole number of 1 or more.

    Examples
    --------
    >>> chance_of_improvement(19), chance_of_improvement(99)
    (0.05, 0.01)
    """
    if isinstance(trained, bool) or not isinstance(trained, int) or trained < 1:
        raise InputError(
            f"chance_of_improvement needs how many models were trained, 1 or more, but got {quote(trained)}."
        )
    return 1 / (trained + 1)
