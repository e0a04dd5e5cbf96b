"""Logistic regression on sparse rows against ``nn.EmbeddingBag`` and scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy import sparse
from sklearn.linear_model import LogisticRegression
from torch import Tensor, nn
from torch.testing import assert_close

from logodds.models.networks import bag

VOCABULARY = 30


def _bags(sizes: list[int]) -> tuple[Tensor, Tensor, Tensor]:
    random = torch.Generator().manual_seed(0)
    terms = torch.randint(0, VOCABULARY, (sum(sizes),), generator=random)
    weights = torch.rand(sum(sizes), generator=random)
    return terms, weights, torch.tensor([0, *sizes[:-1]]).cumsum(0)


@pytest.mark.parametrize("outputs", [1, 4])
@pytest.mark.parametrize("sizes", [[3, 5, 2], [0, 4, 0, 0, 9, 0], [1], [0, 0]], ids=str)
def test_logits_and_gradients_are_those_of_embedding_bag(outputs: int, sizes: list[int]) -> None:
    terms, weights, starts = _bags(sizes)
    module = bag.module(VOCABULARY, outputs)
    weight, bias = module.get_parameter("weight"), module.get_parameter("bias")
    reference = nn.EmbeddingBag(VOCABULARY, outputs, mode="sum")
    torch.manual_seed(0)
    nn.init.normal_(weight)
    nn.init.normal_(bias)
    reference.load_state_dict({"weight": weight.detach()})
    upstream = torch.randn(len(sizes), outputs)
    expected = reference(terms, starts, per_sample_weights=weights) + bias.detach()
    expected.backward(upstream)
    found = module((terms, weights, starts))
    found.backward(upstream)
    assert_close(found, expected)
    assert_close(weight.grad, reference.weight.grad)
    assert_close(bias.grad, upstream.sum(0))


@pytest.mark.parametrize("outputs", [1, 4])
def test_all_weights_start_at_zero(outputs: int) -> None:
    module = bag.module(VOCABULARY, outputs)
    assert {name: tuple(tensor.shape) for name, tensor in module.state_dict().items()} == {
        "weight": (VOCABULARY, outputs),
        "bias": (outputs,),
    }
    assert not any(tensor.any() for tensor in module.state_dict().values())


def test_the_optimum_is_scikit_learns() -> None:
    """Penalised logistic regression, minimised in float64 by torch's L-BFGS."""
    random = np.random.default_rng(0)
    rows = sparse.random_array((200, VOCABULARY), density=0.2, format="csr", rng=random)
    target = random.integers(0, 2, 200)
    reference = LogisticRegression(C=2.0, tol=1e-12, max_iter=10_000).fit(rows, target)
    terms, weights, starts = (torch.from_numpy(part) for part in (rows.indices, rows.data, rows.indptr[:-1]))
    batch, t = (terms.long(), weights, starts.long()), torch.from_numpy(target).double()
    module = bag.module(VOCABULARY, 1).double()
    optimizer = torch.optim.LBFGS(
        module.parameters(), max_iter=500, tolerance_grad=1e-12, tolerance_change=0.0, line_search_fn="strong_wolfe"
    )

    def closure() -> Tensor:
        optimizer.zero_grad()
        losses = nn.functional.binary_cross_entropy_with_logits(module(batch)[:, 0], t, reduction="sum")
        loss = losses + module.get_parameter("weight").square().sum() / 4.0
        loss.backward()
        return loss

    optimizer.step(closure)
    assert_close(module.get_parameter("weight")[:, 0].detach().numpy(), reference.coef_[0], rtol=0.0, atol=1e-6)
    assert_close(module.get_parameter("bias").detach().numpy(), reference.intercept_, rtol=0.0, atol=1e-6)
