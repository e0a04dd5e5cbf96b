"""The section ``split`` of the configuration: how rows are split."""

from __future__ import annotations

from dataclasses import dataclass

from logodds.options.rules import choice, number
from logodds.system.errors import UserError


@dataclass(kw_only=True)
class SplitOptions:
    """How rows are split into train, validation and test rows, or into folds. Sizes are fractions of all rows.

    Attributes:
        method: ``stratified`` keeps the share of each class; ``random`` does not; ``grouped`` keeps rows with the same
            value of ``column`` together; ``ordered`` sorts by ``column`` and takes the last rows as test rows, and
            those before them as validation rows; ``given`` keeps the problem's own test part and draws the validation
            rows from the rest, stratified; ``none`` makes every row a train, validation and test row (its figures are
            then marked as resubstitution figures).
        column: the column of the groups or of the order.
        val_rows: with ``given``, a file with the zero-based numbers of the validation rows.
        folds: number of folds of a cross-validation; None for a single split. Each fold is the test part once, and
            ``val_size`` of all rows is drawn from the rest.
        val_size: fraction of validation rows; with ``given``, of the rows outside the test part.
        test_size: fraction of test rows.
        seed: seed of the draw.
    """

    method: str = choice("stratified", "random", "grouped", "ordered", "given", "none")
    column: str | None
    val_rows: str | None
    folds: int | None = number(least=2, most=1000)
    val_size: float = number(least=0.0, below=1.0)
    test_size: float = number(least=0.0, below=1.0)
    seed: int = number(least=0, below=2**32)

    def check(self) -> None:
        """Check the rules that involve more than one key.

        Raises:
            UserError: nothing is left to train on, or keys are set that the method does not use, or missing that it
                needs.
        """
        if self.val_size + self.test_size >= 1.0:
            raise UserError(
                f"split.val_size={self.val_size} + split.test_size={self.test_size}: must be < 1, the rest is train"
            )
        if (self.method in ("grouped", "ordered")) != (self.column is not None):
            need = "needs split.column=NAME" if self.column is None else "takes no split.column; set it to null"
            raise UserError(f"split.method={self.method}: {need}")
        if self.val_rows is not None and (self.method != "given" or self.folds is not None):
            raise UserError(f"split.val_rows={self.val_rows}: goes with split.method=given and without split.folds")
        if self.folds is not None and self.method in ("ordered", "given", "none"):
            raise UserError(f"split.folds={self.folds}: needs split.method=stratified, random or grouped")
