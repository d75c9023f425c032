"""Computed columns: what rows of Dataverse say of other rows of Dataverse, kept right without a plug-in."""

from shared.columns._columns import Columns, Numbers
from shared.columns._customers import Customers
from shared.columns._documents import Products
from shared.columns._keeper import Keeper
from shared.columns._put_right import TAG, PutRight
from shared.columns._upgrade import Upgrades

__all__ = ["TAG", "Columns", "Customers", "Keeper", "Numbers", "Products", "PutRight", "Upgrades"]
