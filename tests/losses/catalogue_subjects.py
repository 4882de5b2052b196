"""Every base loss, notion and distance of the catalogues as a subject of the conformance suite."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch

import fairloss as fl
from fairloss.errors import InputError
from fairloss.losses import BASE_LOSSES, DISTANCES, SOLVERS, Decided, FairLoss, ProxyLagrangian
from fairloss.losses.conformance import OUTPUTS, fair_loss_subject
from fairloss.notions import NOTIONS

DP, KEPT = fl.Penalty("demographic_parity", 1.0), fl.Constraint("demographic_parity", 0.03)
LENGTH = 3


@dataclass(frozen=True)
class Reads:
    """A decision for bases that bring none: a function of the output is the soft decision."""

    soft: object
    needs_column = False
    has_label = False

    def __call__(self, input, target):  # noqa: A002
        soft = self.soft(input)[:, None]
        return Decided(soft, (soft.detach() >= 0.5).to(soft), None)


def tokens(logits):
    """Each row as often as there are tokens."""
    return logits[:, None, :].expand(-1, LENGTH, -1)


CLASS = OUTPUTS["class_logits"]
TOKENS = replace(CLASS, input=tokens, target=lambda y, z: y[:, None].expand(-1, LENGTH))
PIXELS = replace(
    CLASS,
    input=lambda z: z[..., None, None].expand(-1, -1, 2, 2),
    target=lambda y, z: y[:, None, None].expand(-1, 2, 2),
)
PAIRS = replace(
    OUTPUTS["logit"],
    input=lambda z: torch.stack([torch.stack([z[:, 1] - z[:, 0]] * 2, 1), torch.ones_like(z[:, :2])], 1),
    columns=False,
)
ACTIONS = replace(
    OUTPUTS["probability"], input=lambda z: torch.nn.functional.logsigmoid(z[:, 1] - z[:, 0]), columns=False
)
BROUGHT = {
    "token_cross_entropy": (TOKENS, Reads(lambda z: z.softmax(-1)[..., 1].mean(1))),
    "pixel_cross_entropy": (PIXELS, Reads(lambda z: z.softmax(1)[:, 1].mean((1, 2)))),
    "contrastive": (PAIRS, Reads(lambda z: torch.sigmoid(z[:, 0, 0]))),
    "policy_gradient": (ACTIONS, Reads(torch.exp)),
}
"""What the bases without a decision take, and one for them."""

OTHERWISE = {
    "nll": {"outputs": "log_probabilities"},
    "kl_div": {"outputs": "log_distribution"},
}
MULTI = {"cross_entropy", "nll", "kl_div", "focal"}


def with_base(base, term, kind):
    outputs, decision = BROUGHT.get(base, (None, None))
    options = {"outputs": outputs, "decision": decision, "classes": 3 if base in MULTI else 2} | OTHERWISE.get(base, {})
    return fair_loss_subject(base, term, name=f"{base}, {kind}", **options)


UNBIASED = "its mean over batches is zero where groups are alike, so that single batches read below"
STEP = "of many rows with the same rounded score it is any subgradient"
EXEMPT = {
    "corrected_squared": {"parity": UNBIASED},
    "linear_residual": {"finite_differences": "the overall rate carries no gradient, so that the rest is linear"},
    **{name: {"parity": UNBIASED} for name in ("energy", "mmd", "hsic", "distance_correlation")},
    "wasserstein": {"half_precision": STEP},
    "calibration": {"half_precision": STEP},
    "adversary": {
        "group_names": "its network starts from random numbers, which are not alike for all groups",
        "absent_group": "its network has a place for each group",
        **dict.fromkeys(
            ("parity", "any_gap", "opposite_gaps", "third_group"),
            "its network knows nothing before an optimizer has trained it",
        ),
    },
}
"""What rightly does not hold for a distance."""
ALONE = {"calibration"}
"""Distances that look at each group alone, so that they compare none."""
FOUND = {**DISTANCES, **getattr(fl.losses, "ROW_DISTANCES", {})}


def with_distance(name):
    """The first notion that the distance fits; one that fits none fails here, and so in the tests."""
    usual = "bounded_group_loss" if getattr(FOUND[name], "levels", False) else "equalized_odds"
    for notion in (usual, *NOTIONS):
        try:
            term = fl.Penalty(notion, 1.0, distance=name)
            FairLoss("bce_with_logits", term, groups=2)
        except InputError:
            continue
        subject = fair_loss_subject("bce_with_logits", term, name=f"{name} distance", exempt=EXEMPT.get(name))
        return replace(subject, notion=None) if name in ALONE else subject
    raise LookupError(name)


WAYS = {**SOLVERS, "proxy_lagrangian with a gain": ProxyLagrangian(gain=2.0)}
SOFT = ("sharp_sigmoid", "kernel", "straight_through")
"""Decisions on logits that are not those of a base."""
MEASURED = [
    (of, make(of))
    for of in ("loss", "output")
    for make in (
        lambda of: fl.Penalty("demographic_parity", 1.0, of=of),
        lambda of: fl.Constraint("demographic_parity", 0.01, of=of, solver="augmented_lagrangian"),
    )
]


def with_solver(name, solver):
    return fair_loss_subject("bce_with_logits", fl.Constraint("equalized_odds", 0.03, solver=solver), name=name)


def with_decision(name, term, kind):
    exempt = {"finite_differences": "its value is a step, and its gradient that of another function"}
    return fair_loss_subject(
        "bce_with_logits",
        term,
        name=f"{name} decision, {kind}",
        outputs="logit",
        decision=name,
        exempt=exempt if name == "straight_through" else None,
    )


def compared(of, term):
    """What is compared is no decision, so that gaps of decisions say nothing about it."""
    exempt = {"saturation": "outputs are compared as they are"} if of == "output" else None
    subject = fair_loss_subject("bce_with_logits", term, name=f"{type(term).__name__} of the {of}", exempt=exempt)
    return replace(subject, notion=None)


CONSTRAINT = fair_loss_subject("bce_with_logits", fl.Constraint("equalized_odds", 0.03), name="a constraint")
CLASSES = fair_loss_subject(
    "cross_entropy", fl.Penalty("equalized_odds", 1.0), name="a penalty over classes", classes=3
)
SUBJECTS = (
    *(with_base(base, term, kind) for base in BASE_LOSSES for term, kind in ((DP, "penalty"), (KEPT, "constraint"))),
    *(fair_loss_subject("bce_with_logits", fl.Constraint(name, 0.03), name=f"{name}, constraint") for name in NOTIONS),
    *(
        fair_loss_subject("bce_with_logits", fl.Penalty(name, 1.0), name=f"{name}, penalty")
        for name, notion in NOTIONS.items()
        if notion.comparison.kind != "level"
    ),
    *map(with_distance, FOUND),
    *(with_solver(name, solver) for name, solver in WAYS.items()),
    *(with_decision(name, term, kind) for name in SOFT for term, kind in ((DP, "penalty"), (KEPT, "constraint"))),
    *(compared(of, term) for of, term in MEASURED),
    CLASSES,
    fair_loss_subject(
        "cross_entropy", fl.Constraint("equalized_odds", 0.03), name="a constraint over classes", classes=4
    ),
)
