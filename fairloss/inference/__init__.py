"""How sure we are: intervals, tests, simultaneous bounds and readings, from counts wherever counts are enough.

Counts come in as arrays and broadcast; results are float64 arrays that carry their level and method.
"""

from __future__ import annotations

from fairloss.inference.any_rate import bootstrap_interval, delta_interval
from fairloss.inference.association import Association, GoodnessOfFit, association, goodness_of_fit
from fairloss.inference.betting import ratio_e_process
from fairloss.inference.cluster_sums import ClusterSums
from fairloss.inference.clustered import ClusteredRates, clustered_rates
from fairloss.inference.clustered_omnibus import clustered_omnibus_test
from fairloss.inference.clustered_pairs import (
    ClusteredPairs,
    clustered_comparison,
    clustered_pairs,
    clustered_test,
)
from fairloss.inference.effect_sizes import cohen_h, phi_coefficient
from fairloss.inference.equality import (
    TESTS,
    EqualityTest,
    below_four_fifths,
    equality_test,
    hypergeometric_z,
    yates_chi_square,
)
from fairloss.inference.families import benjamini_hochberg, bonferroni, holm, worst_gap_interval, worst_ratio_interval
from fairloss.inference.homogeneity import HomogeneityTest, homogeneity_test
from fairloss.inference.identification import MembershipBounds, membership_bounds, unknown_group_bounds
from fairloss.inference.intervals import INTERVALS, Interval, difference_interval, rate_interval, ratio_interval
from fairloss.inference.label_errors import LABEL_ERRORS, LabelErrorCurve, label_error_curve, label_error_that_explains
from fairloss.inference.mantel_haenszel import COMMON_EFFECTS, CommonEffect, common_effect
from fairloss.inference.marginal_effects import average_marginal_effect
from fairloss.inference.normal import effective_size, normal_interval
from fairloss.inference.odds_ratios import ODDS_RATIO_INTERVALS, odds_ratio, odds_ratio_interval
from fairloss.inference.omnibus import OmnibusTest, omnibus_test, smallest_ratio_p_value, smallest_ratios_by_chance
from fairloss.inference.paired import CHANGE_TESTS, change_interval, change_of_gap_interval, change_p_value
from fairloss.inference.power import minimum_detectable_ratio, power_at_ratio
from fairloss.inference.practical import (
    AvailabilityTest,
    ExtraSelections,
    Shortfall,
    availability_test,
    extra_selections,
    one_decision_reverses,
    shortfall,
)
from fairloss.inference.proxies import ProxyRates, kish_size, proxy_posterior, proxy_rates
from fairloss.inference.ranking import (
    AreaComparison,
    auc_difference,
    auc_interval,
    auc_standard_error,
    paired_auc_difference,
)
from fairloss.inference.readings import READINGS, Reading, read_ratio
from fairloss.inference.retraining import chance_of_improvement
from fairloss.inference.roc_curves import CurveTest, abroca, abroca_test
from fairloss.inference.score_gaps import DistributionTest, kolmogorov_smirnov_test
from fairloss.inference.shrinkage import ShrunkRates, shrunk_rates
from fairloss.inference.slices import ConfirmedSlices, confirm_slices, worst_slices
from fairloss.inference.standardized_differences import (
    DEVIATIONS,
    ScoreMoments,
    StandardizedDifference,
    standardized_mean_difference,
)
from fairloss.inference.strata import (
    StandardizedRates,
    StratifiedTest,
    cochran_mantel_haenszel,
    mantel_haenszel_odds_ratio,
    standardized_rates,
)

__all__ = [
    "CHANGE_TESTS",
    "COMMON_EFFECTS",
    "DEVIATIONS",
    "INTERVALS",
    "LABEL_ERRORS",
    "ODDS_RATIO_INTERVALS",
    "READINGS",
    "TESTS",
    "AreaComparison",
    "Association",
    "AvailabilityTest",
    "ClusterSums",
    "ClusteredPairs",
    "ClusteredRates",
    "CommonEffect",
    "ConfirmedSlices",
    "CurveTest",
    "DistributionTest",
    "EqualityTest",
    "ExtraSelections",
    "GoodnessOfFit",
    "HomogeneityTest",
    "Interval",
    "LabelErrorCurve",
    "MembershipBounds",
    "OmnibusTest",
    "ProxyRates",
    "Reading",
    "ScoreMoments",
    "Shortfall",
    "ShrunkRates",
    "StandardizedDifference",
    "StandardizedRates",
    "StratifiedTest",
    "abroca",
    "abroca_test",
    "association",
    "auc_difference",
    "auc_interval",
    "auc_standard_error",
    "availability_test",
    "average_marginal_effect",
    "below_four_fifths",
    "benjamini_hochberg",
    "bonferroni",
    "bootstrap_interval",
    "chance_of_improvement",
    "change_interval",
    "change_of_gap_interval",
    "change_p_value",
    "clustered_comparison",
    "clustered_omnibus_test",
    "clustered_pairs",
    "clustered_rates",
    "clustered_test",
    "cochran_mantel_haenszel",
    "cohen_h",
    "common_effect",
    "confirm_slices",
    "delta_interval",
    "difference_interval",
    "effective_size",
    "equality_test",
    "extra_selections",
    "goodness_of_fit",
    "holm",
    "homogeneity_test",
    "hypergeometric_z",
    "kish_size",
    "kolmogorov_smirnov_test",
    "label_error_curve",
    "label_error_that_explains",
    "mantel_haenszel_odds_ratio",
    "membership_bounds",
    "minimum_detectable_ratio",
    "normal_interval",
    "odds_ratio",
    "odds_ratio_interval",
    "omnibus_test",
    "one_decision_reverses",
    "paired_auc_difference",
    "phi_coefficient",
    "power_at_ratio",
    "proxy_posterior",
    "proxy_rates",
    "rate_interval",
    "ratio_e_process",
    "ratio_interval",
    "read_ratio",
    "shortfall",
    "shrunk_rates",
    "smallest_ratio_p_value",
    "smallest_ratios_by_chance",
    "standardized_mean_difference",
    "standardized_rates",
    "unknown_group_bounds",
    "worst_gap_interval",
    "worst_ratio_interval",
    "worst_slices",
    "yates_chi_square",
]
