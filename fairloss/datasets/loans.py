"""A simulated loan book whose every bias was planted on purpose and is written down."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from fairloss.datasets.drawing import (
    Flags,
    Floats,
    as_table,
    bernoulli,
    category,
    effect,
    generator,
    indicator,
    logistic,
    parameters_of,
    recorded,
    share,
)

__all__ = ["LoanBook", "loan_book"]

_ETHNICITIES = {"white": 0.66, "black": 0.17, "hispanic": 0.17}
_CHANNELS = {"branch": 0.40, "online": 0.45, "broker": 0.15}
_MEN_UNSECURED = 0.30


@dataclass(frozen=True, kw_only=True)
class LoanBook:
    """What is planted in the loan book; every default is also written in its card.

    Parameters
    ----------
    women : float
        Share of women among the applicants.
    approval_bias : float
        Log-odds of approval that black applicants lose at an equal application.
    score_bias : float
        Points that the credit score takes off black applicants of equal creditworthiness.
    price_bias : float
        Percentage points of interest that black borrowers pay more at an equal score and product.
    female_advantage : float
        Log-odds of approval that women gain at an equal application: inside each product they are ahead.
    segment_sorting : float
        How much larger the share of women who apply for the unsecured product, which is mostly declined, is than
        that of men: over both products together they are behind.
    proxy_strength : float
        How many steps higher the neighborhood index of black applicants lies.
    missing_ethnicity_online : float
        Share of online applicants who left ethnicity blank.
    missing_ethnicity_elsewhere : float
        Share of the other applicants whose ethnicity was not recorded.
    """

    women: float = share(0.46)
    approval_bias: float = effect(0.7)
    score_bias: float = effect(30.0)
    price_bias: float = effect(0.4)
    female_advantage: float = effect(0.25)
    segment_sorting: float = share(0.26)
    proxy_strength: float = effect(2.0)
    missing_ethnicity_online: float = share(0.20)
    missing_ethnicity_elsewhere: float = share(0.04)


def loan_book(n: int = 60_000, seed: int = 2026, **parameters: float) -> pd.DataFrame:
    """Simulate applications for a loan, the lender's decision, its price, and what became of the loan.

    Creditworthiness has the same distribution in every group, so that every gap between the groups is planted or
    chance: in the score, in the approval, in the price, and through the product and the neighborhood.

    Parameters
    ----------
    n : int
        Number of applications.
    seed : int
        Seed of the random numbers; the same seed gives the same bytes.
    **parameters : float
        Fields of :class:`LoanBook`; 0 switches a bias off.

    Returns
    -------
    pandas.DataFrame
        One row per application. Features: ``product`` (``secured`` or ``unsecured``), ``channel``, ``income`` and
        ``amount`` (thousands), ``debt_ratio``, ``years_employed``, ``credit_score`` (300 to 850), ``neighborhood``
        (1 to 15). Recorded: ``sex``, ``ethnicity`` (often missing), ``age``; ``approved``, the lender's decision;
        ``interest_rate`` and ``repaid`` for the approved only. Never known in practice: ``would_repay`` and
        ``true_ethnicity``.

    Raises
    ------
    UnknownName, InputError
        When a parameter does not exist or cannot have this value.

    Examples
    --------
    >>> book = loan_book(1000)
    >>> book["repaid"].isna().equals(book["approved"] == 0)
    True
    """
    planted = parameters_of(LoanBook, parameters)
    random = generator(n, seed, who="loan_book")
    woman = bernoulli(random, planted.women, n)
    ethnicity = category(random, _ETHNICITIES, n)
    black = ethnicity == "black"
    worth = random.standard_normal(n)
    table = _application(random, worth, woman, black, planted)
    approved = bernoulli(random, logistic(_approval(table, woman, black, planted)), n)
    unsecured = table["product"] == "unsecured"
    repays = bernoulli(random, logistic(1.6 + 1.1 * worth - 0.4 * unsecured), n)
    standing = (table["credit_score"] - 660) / 70
    rate = 5.0 + 3.0 * unsecured - 0.8 * standing + planted.price_bias * black + 0.4 * random.standard_normal(n)
    online = table["channel"] == "online"
    unrecorded = bernoulli(
        random, np.where(online, planted.missing_ethnicity_online, planted.missing_ethnicity_elsewhere), n
    )
    return as_table(
        {
            "application": np.arange(1, n + 1),
            "sex": np.where(woman, "female", "male").astype(object),
            "ethnicity": recorded(ethnicity, unrecorded),
            **table,
            "approved": approved,
            "interest_rate": np.where(approved, rate.round(2), np.nan),
            "repaid": np.where(approved, repays, np.nan),
            "would_repay": repays,
            "true_ethnicity": ethnicity,
        }
    )


def _application(
    random: np.random.Generator, worth: Floats, woman: Flags, black: Flags, planted: LoanBook
) -> dict[str, np.ndarray]:
    """Draw what the application and the bureau say."""
    n = len(worth)
    unsecured = bernoulli(random, np.minimum(_MEN_UNSECURED + planted.segment_sorting * woman, 1.0), n)
    score = 660.0 + 70.0 * indicator(random, worth, loading=0.8) - planted.score_bias * black
    income = np.exp(3.9 + 0.4 * indicator(random, worth, loading=0.4))
    neighborhood = 7.0 + 1.6 * random.standard_normal(n) + planted.proxy_strength * black
    return {
        "age": np.clip(19 + random.gamma(3.0, 7.5, n), 19, 85).astype("int64"),
        "product": np.where(unsecured, "unsecured", "secured").astype(object),
        "channel": category(random, _CHANNELS, n),
        "income": income.round(1),
        "amount": (income * random.uniform(0.2, 3.0, n)).round(1),
        "debt_ratio": np.clip(0.36 - 0.1 * indicator(random, worth, loading=0.4), 0, 1).round(2),
        "years_employed": random.gamma(2.0, 3.0, n).round(1),
        "credit_score": np.clip(score, 300, 850).round().astype("int64"),
        "neighborhood": np.clip(neighborhood, 1, 15).round().astype("int64"),
    }


def _approval(table: dict[str, np.ndarray], woman: Flags, black: Flags, planted: LoanBook) -> Floats:
    """Weigh an application in log-odds; the neighborhood itself does not count."""
    merit = 1.3 * (table["credit_score"] - 660) / 70 - 5.0 * (table["debt_ratio"] - 0.36)
    product = np.where(table["product"] == "secured", 1.2, -0.9)
    weighed: Floats = 0.4 + merit + product + planted.female_advantage * woman - planted.approval_bias * black
    return weighed
