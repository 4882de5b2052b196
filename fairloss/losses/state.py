"""State that takes its shape from the first batch, and that is saved and restored like any other buffer."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from fairloss.errors import InputError

__all__ = ["ShapedLater"]


class ShapedLater(nn.Module):
    """A module whose buffers start empty, because the number of questions is known only with the first batch.

    ``load_state_dict`` gives an empty buffer the saved shape, so that a new criterion can go on where an old one
    stopped, and empties a full one where the saved one is empty.
    """

    def __init__(self, *buffers: str) -> None:
        super().__init__()
        self._shaped_later = buffers
        for name in buffers:
            self.register_buffer(name, torch.zeros(0))

    def kept(self, name: str, like: Tensor) -> Tensor:
        """Give a buffer in the type of the tensor that will take its place; zeros before the first batch.

        Raises
        ------
        InputError
            If the buffer comes from rows of other groups, classes or rates: a saved state that belongs elsewhere.
        """
        buffer = self._buffers[name]
        if buffer is None or not buffer.numel():
            return torch.zeros_like(like)
        if buffer.shape != like.shape:
            raise InputError(
                f"The state of the criterion ({name} of shape {tuple(buffer.shape)}) is that of other groups, classes "
                f"or terms than this batch, which needs shape {tuple(like.shape)}. Load a state that was saved with "
                "the same ones, or start a new criterion."
            )
        return buffer.to(like)

    def keep(self, name: str, value: Tensor) -> None:
        """Set a buffer, without what the assignment of a module looks up first at each step."""
        self._buffers[name] = value

    def _load_from_state_dict(self, state_dict: dict[str, Any], prefix: str, *rest: Any) -> None:
        for name in self._shaped_later:
            saved, own = state_dict.get(prefix + name), getattr(self, name)
            if isinstance(saved, Tensor) and 0 in (saved.numel(), own.numel()):
                setattr(self, name, torch.zeros_like(saved, device=own.device))
        super()._load_from_state_dict(state_dict, prefix, *rest)
