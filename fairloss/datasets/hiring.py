"""A simulated hiring funnel whose every bias was planted on purpose and is written down."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from fairloss.datasets.drawing import (
    Flags,
    Floats,
    as_table,
    banded,
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

__all__ = ["HiringFunnel", "hiring_funnel"]

_ETHNICITIES = {"white": 0.62, "black": 0.14, "asian": 0.12, "hispanic": 0.12}
_CHANNELS = {"online": 0.60, "referral": 0.22, "agency": 0.18}
_MEN_WITH_GAP = 0.15


@dataclass(frozen=True, kw_only=True)
class HiringFunnel:
    """What is planted in the hiring funnel; every default is also written in its card.

    Parameters
    ----------
    women : float
        Share of women among the applicants.
    label_bias : float
        Share of the truly suitable women whom the assessors recorded as unsuitable.
    score_bias : float
        Points that the screening score takes off women of equal ability.
    selection_bias : float
        Log-odds that women lose at the screening stage at an equal screening score.
    interview_bias : float
        Log-odds that women lose at the interview stage at an equal skills test.
    ethnicity_bias : float
        Log-odds that black applicants lose at the screening stage at an equal screening score.
    proxy_strength : float
        How much larger the share of women with a career gap is than that of men.
    missing_gender_online : float
        Share of online applicants who left gender blank.
    missing_gender_elsewhere : float
        Share of the other applicants whose gender was not recorded.
    """

    women: float = share(0.45)
    label_bias: float = share(0.25)
    score_bias: float = effect(5.0)
    selection_bias: float = effect(0.5)
    interview_bias: float = effect(0.3)
    ethnicity_bias: float = effect(0.4)
    proxy_strength: float = share(0.50)
    missing_gender_online: float = share(0.18)
    missing_gender_elsewhere: float = share(0.03)


def hiring_funnel(n: int = 20_000, seed: int = 2026, **parameters: float) -> pd.DataFrame:
    """Simulate applicants on their way from application to hire.

    Ability has the same distribution in every group, so that every gap between the groups is planted or chance:
    in the score, in the stages, in the recorded label, and through a career gap that is more frequent among women.

    Parameters
    ----------
    n : int
        Number of applicants.
    seed : int
        Seed of the random numbers; the same seed gives the same bytes.
    **parameters : float
        Fields of :class:`HiringFunnel`; 0 switches a bias off.

    Returns
    -------
    pandas.DataFrame
        One row per applicant. Features: ``education``, ``years_experience``, ``skills_test`` (0 to 100),
        ``career_gap_months``, ``channel``, ``screening_score`` (0 to 100). Recorded: ``gender`` (often missing) and
        ``ethnicity``; ``suitable``, the assessors' label; ``screened``, ``interviewed`` and ``hired``, 1 for whom the
        stage was passed. Never known in practice: ``truly_suitable`` and ``true_gender``.

    Raises
    ------
    UnknownName, InputError
        When a parameter does not exist or cannot have this value.

    Examples
    --------
    >>> hiring_funnel(1000, label_bias=0.0).eval("suitable == truly_suitable").all().item()
    True
    """
    planted = parameters_of(HiringFunnel, parameters)
    random = generator(n, seed, who="hiring_funnel")
    woman = bernoulli(random, planted.women, n)
    ethnicity = category(random, _ETHNICITIES, n)
    ability = random.standard_normal(n)
    table = _profile(random, ability, woman, planted)
    suitable = bernoulli(random, logistic(1.2 + 2.5 * ability), n)
    overlooked = bernoulli(random, planted.label_bias, n) & woman
    score = _screening_score(random, table, woman, planted)
    screened = _screening(random, score, woman, ethnicity == "black", planted)
    standing = (table["skills_test"] - 62) / 12
    invited = bernoulli(random, logistic(0.9 * standing + 0.1 - planted.interview_bias * woman), n)
    offered = bernoulli(random, logistic(1.2 * ability - 0.9), n)
    online = table["channel"] == "online"
    unrecorded = bernoulli(random, np.where(online, planted.missing_gender_online, planted.missing_gender_elsewhere), n)
    gender = np.where(woman, "female", "male").astype(object)
    return as_table(
        {
            "applicant": np.arange(1, n + 1),
            "gender": recorded(gender, unrecorded),
            "ethnicity": ethnicity,
            **table,
            "screening_score": score,
            "screened": screened,
            "interviewed": screened & invited,
            "hired": screened & invited & offered,
            "suitable": suitable & ~overlooked,
            "truly_suitable": suitable,
            "true_gender": gender,
        }
    )


def _profile(
    random: np.random.Generator, ability: Floats, woman: Flags, planted: HiringFunnel
) -> dict[str, np.ndarray]:
    """Draw what the application says; only the career gap depends on gender, and experience on the gap."""
    n = len(ability)
    schooling = indicator(random, ability, loading=0.4)
    gap = bernoulli(random, np.minimum(_MEN_WITH_GAP + planted.proxy_strength * woman, 1.0), n)
    months = gap * (6 + random.poisson(9.0, n))
    experience = 7.0 + 3.0 * indicator(random, ability, loading=0.45) - months / 12
    skills = 62.0 + 12.0 * indicator(random, ability, loading=0.85)
    return {
        "education": banded(schooling, (-0.5, 0.6, 1.6), ("secondary", "bachelor", "master", "doctorate")),
        "years_experience": np.clip(experience, 0, None).round(1),
        "skills_test": np.clip(skills, 0, 100).round().astype("int64"),
        "career_gap_months": months.astype("int64"),
        "channel": category(random, _CHANNELS, n),
    }


def _screening_score(
    random: np.random.Generator, table: dict[str, np.ndarray], woman: Flags, planted: HiringFunnel
) -> Floats:
    """Score an application from test and experience, less the points that women lose."""
    merit = 58.0 + 0.6 * (table["skills_test"] - 62) + 1.2 * (table["years_experience"] - 7)
    noisy = merit + 4.0 * random.standard_normal(len(woman)) - planted.score_bias * woman
    return np.clip(noisy, 0, 100).round(1)


def _screening(random: np.random.Generator, score: Floats, woman: Flags, black: Flags, planted: HiringFunnel) -> Flags:
    """Let the better scores pass, less the log-odds that women and black applicants lose."""
    logit = 0.1 * (score - 56.0) - planted.selection_bias * woman - planted.ethnicity_bias * black
    return bernoulli(random, logistic(logit), len(score))
