"""What a loss asks of a model, and the weights that it takes from the train rows."""

from __future__ import annotations

import numpy as np
import pytest
from builders import bce, cross_entropy, focal
from sklearn.utils.class_weight import compute_class_weight

from logodds.engine.loss import Loss
from logodds.system.errors import UserError, counted


def _target(*counts: int) -> np.ndarray:
    """So many rows of each class, mixed."""
    target = np.repeat(np.arange(len(counts)), counts)
    return np.random.default_rng(0).permutation(target)


@pytest.mark.parametrize("classes", [2, 3, 10, 256])
def test_cross_entropy_takes_a_logit_per_class(classes: int) -> None:
    assert cross_entropy().outputs(classes) == classes


@pytest.mark.parametrize("loss", [bce(), bce(from_logits=False), focal()], ids=["bce", "probability", "focal"])
def test_losses_of_two_classes_take_one_logit_and_refuse_more_classes(loss: Loss) -> None:
    assert loss.outputs(2) == 1
    with pytest.raises(UserError) as caught:
        loss.outputs(3)
    assert str(caught.value) == f"loss={loss.name}: needs two classes and there are 3; use loss=cross_entropy"


@pytest.mark.parametrize("counts", [(3, 3), (10, 1), (1, 10), (569, 31)])
def test_an_automatic_weight_balances_the_classes(counts: tuple[int, int]) -> None:
    """Negatives / positives: the ratio of scikit-learn's balanced weights."""
    target = _target(*counts)
    found = bce(pos_weight="auto").of_rows(target, 2)
    negative, positive = compute_class_weight("balanced", classes=np.arange(2), y=target)
    assert found.pos_weight == pytest.approx(positive / negative, rel=1e-15)
    assert found == bce(pos_weight=counts[0] / counts[1])


@pytest.mark.parametrize("counts", [(5, 5, 5), (1, 2, 30), (100, 20), tuple(range(1, 11))])
def test_balanced_weights_are_those_of_scikit_learn(counts: tuple[int, ...]) -> None:
    target, classes = _target(*counts), len(counts)
    found = cross_entropy(class_weight="balanced", label_smoothing=0.1).of_rows(target, classes)
    expected = compute_class_weight("balanced", classes=np.arange(classes), y=target)
    np.testing.assert_allclose(found.class_weight, expected, rtol=1e-15)
    assert found.label_smoothing == 0.1


def test_a_class_without_train_rows_gets_a_finite_weight() -> None:
    assert bce(pos_weight="auto").of_rows(_target(4), 2).pos_weight == 4.0
    assert cross_entropy(class_weight="balanced").of_rows(_target(4, 4), 3).class_weight == [8 / 12, 8 / 12, 8 / 3]


@pytest.mark.parametrize(
    "loss", [bce(), bce(pos_weight=2.0), cross_entropy(), cross_entropy(class_weight=[1.0, 2.0, 3.0]), focal()], ids=str
)
def test_given_weights_stay(loss: Loss) -> None:
    assert loss.of_rows(_target(3, 2, 1), 3) == loss


@pytest.mark.parametrize("weights", [[], [1.0], [1.0, 2.0], [1.0] * 4], ids=str)
def test_another_number_of_weights_than_classes_is_refused(weights: list[float]) -> None:
    with pytest.raises(UserError) as caught:
        cross_entropy(class_weight=weights).outputs(3)
    given = counted(len(weights), "weight")
    assert str(caught.value) == f"loss.class_weight: {given} for 3 classes; give one weight per class"
