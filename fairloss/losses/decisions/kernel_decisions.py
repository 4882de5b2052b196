"""Yes or no by a Gaussian kernel around the probability, so that soft rates are those of the threshold."""

# ruff: noqa: A002  (input and target are what every loss of torch calls them)
from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from fairloss.errors import InputError, quote
from fairloss.losses.decisions.binary_decisions import check_threshold, logit_margin
from fairloss.losses.decisions.decided import Decided, as_columns, check_positive, labels_like

__all__ = ["KernelDecision", "silverman_bandwidth"]

_NARROWEST = 0.01


@dataclass(frozen=True, slots=True)
class KernelDecision:
    r"""Yes where a probability reaches a threshold, softly by a Gaussian kernel: Φ((p - threshold) / bandwidth).

    The mean of the soft decisions in a group is then the share above the threshold of a kernel density estimate of
    its probabilities. Source: Cho, Hwang & Suh (2020), A fair classifier using kernel density estimation.

    Only rows whose probability is within two or three bandwidths of the threshold have a gradient; from logits it is
    multiplied by p (1 - p) and so fades where the model is sure.

    Parameters
    ----------
    threshold : float
        The probability from which on the decision is favorable, between 0 and 1.
    bandwidth : float or "silverman"
        The standard deviation of the kernel, on the scale of probabilities. ``"silverman"`` reads it from each batch,
        see `silverman_bandwidth`: it then follows the spread of the scores, but depends on the batch size, knows no
        weights, and is of each process alone where several train together. A number does none of this.
    from_logits : bool
        Whether outputs are logits; otherwise they are probabilities, as under the base ``"bce"``.

    Examples
    --------
    >>> decided = KernelDecision(bandwidth=0.1)(torch.tensor([0.0, 9.0]), torch.tensor([1, 1]))
    >>> decided.soft[:, 0].round(decimals=3).tolist()
    [0.5, 1.0]
    """

    threshold: float = 0.5
    bandwidth: float | str = 0.1
    from_logits: bool = True
    needs_column = True
    has_label = True

    def __post_init__(self) -> None:
        check_threshold(self.threshold)
        if isinstance(self.bandwidth, str) and self.bandwidth != "silverman":
            raise InputError(
                f"The bandwidth of KernelDecision is a number or 'silverman', got {quote(self.bandwidth)}. Pass 0.1."
            )
        if not isinstance(self.bandwidth, str):
            check_positive("bandwidth", self.bandwidth, "0.1 is usual, on the scale of probabilities.")

    def __call__(self, input: Tensor, target: Tensor) -> Decided:
        """Decide on logits, or probabilities, of shape (n,) or (n, k); labels are 0 or 1."""
        label, output = labels_like(target, input), as_columns(input)
        if self.from_logits:
            hard, probability = logit_margin(output.detach(), self.threshold) >= 0, torch.sigmoid(output)
        else:
            hard, probability = output.detach() >= self.threshold, output
        bandwidth = silverman_bandwidth(probability) if isinstance(self.bandwidth, str) else self.bandwidth
        soft = torch.special.ndtr((probability - self.threshold) / bandwidth)
        return Decided(soft, hard.to(input.dtype), label)


@torch.no_grad()
def silverman_bandwidth(values: Tensor) -> Tensor:
    """Give the bandwidth (4 / 3n)^(1/5) s of each column, s its standard deviation; never below 0.01.

    It is the best for a normal distribution. Source: Silverman (1986), Density estimation, section 3.4.2. The bound
    keeps a gradient where all values are (nearly) the same, as they are under a fresh or a constant model.

    Parameters
    ----------
    values : Tensor of shape (n, k)
        The sample.

    Returns
    -------
    Tensor of shape (k,)
        Without a gradient.

    Examples
    --------
    >>> round(silverman_bandwidth(torch.tensor([[0.2], [0.4], [0.6]])).item(), 3)
    0.17
    """
    wide = values if values.dtype == torch.float64 else values.float()
    size = max(len(values), 1)
    center = wide.sum(0) / size
    spread = (((wide - center) ** 2).sum(0) / max(size - 1, 1)).sqrt()
    shrink = math.pow(4 / (3 * size), 1 / 5)
    return (shrink * spread).clamp_min(_NARROWEST).to(values.dtype)
