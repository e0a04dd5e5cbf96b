"""What the two readers of MLflow's stores have in common."""

from __future__ import annotations

from logodds.system.terminal.text import masked
from logodds.tracking.mlflow import address
from logodds.tracking.mlflow.ui import Ui
from logodds.tracking.reader import Reader


class MlflowReader(Reader):
    """A reader of an MLflow store. Abstract.

    Attributes:
        uri: the store's address.
    """

    def __init__(self, uri: str) -> None:
        self.uri, self.shown = uri, masked(uri)
        self.pages = Ui(address.base(uri), address.hint(uri))
