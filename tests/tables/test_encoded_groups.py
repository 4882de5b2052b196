"""An encoder takes rows that are encoded already, if they are encoded in the same way."""

from __future__ import annotations

import numpy as np
import pytest

from fairloss.errors import InputError
from fairloss.notions import Groups
from fairloss.tables import Encoder


def test_groups_pass_through_an_encoder_of_their_grouping():
    groups = Groups.of(np.array([0, 1, -1]), ["F", "M", "absent"], attribute="sex")
    encoder = Encoder.fit(groups)
    assert encoder.encode(groups) is groups
    assert encoder.encode(["M", "absent", None]).codes.tolist() == [1, 2, -1]
    with pytest.raises(InputError, match="Encode both tables with one encoder"):
        encoder.encode(Groups.of(np.array([0]), ["M", "F"], attribute="sex"))
