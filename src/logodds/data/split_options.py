"""The section ``split`` of the configuration: how rows are split."""

from __future__ import annotations

from dataclasses import dataclass

from logodds.options.rules import choice, number
from logodds.options.unused import Unused
from logodds.system.errors import UserError

#: Values that need no note where a key has no effect; the first is that in ``conf/``.
USUAL: dict[str, tuple[float, ...]] = {"val_size": (0.2, 0.0), "test_size": (0.2, 0.0), "seed": (42,)}


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

    def unused(self) -> list[Unused]:
        """Return the keys that have no effect with these options. A size of 0 needs no note: no row is drawn."""
        val_size, test_size, seed = ({f"split.{key}": usual} for key, usual in USUAL.items())
        if self.method == "none":
            return [Unused("split.method=none holds no rows out", val_size | test_size | seed)]
        if self.folds is not None:
            whole = Unused(f"split.folds={self.folds} makes each fold the test part once", test_size)
            return [whole, Unused(f"split.folds={self.folds} trains every fold", {"train.reuse": (False,)})]
        if self.method == "given":
            own = Unused("split.method=given keeps the problem's own test part", test_size)
            if self.val_rows is not None:
                return [own, Unused("split.val_rows names the validation rows", val_size | seed)]
            return [own] if self.val_size > 0.0 else [own, Unused("split.val_size=0 draws no rows", seed)]
        if self.method == "ordered":
            return [Unused("split.method=ordered draws nothing", seed)]
        if self.val_size == self.test_size == 0.0:
            return [Unused("split.val_size=0 and split.test_size=0 draw no rows", seed)]
        return []
