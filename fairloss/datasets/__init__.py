"""Data sets with their cards: where they come from, what a column means, and what is wrong with them."""

from __future__ import annotations

from fairloss.datasets.catalogue import card, cards, names, read_card
from fairloss.datasets.dataset import Dataset
from fairloss.datasets.hiring import HiringFunnel, hiring_funnel
from fairloss.datasets.loading import load
from fairloss.datasets.loans import LoanBook, loan_book
from fairloss.datasets.schema import Card
from fairloss.datasets.table import Table

__all__ = [
    "Card",
    "Dataset",
    "HiringFunnel",
    "LoanBook",
    "Table",
    "card",
    "cards",
    "hiring_funnel",
    "load",
    "loan_book",
    "names",
    "read_card",
]
