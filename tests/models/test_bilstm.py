"""The bidirectional LSTM against torch's own on packed sequences."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence
from torch.testing import assert_close

from logodds.models.bilstm import BiLSTM
from logodds.models.networks import bilstm
from logodds.options.schema import read
from logodds.system.errors import UserError

VOCABULARY = 40
LENGTHS = torch.tensor([7, 1, 12, 3, 12, 9])


def _options(**changes: Any) -> BiLSTM:
    return replace(BiLSTM(name="bilstm", embedding=6, units=5, pooling="last", dropout=0.0), **changes)


def _module(options: BiLSTM, outputs: int = 1) -> nn.Module:
    torch.manual_seed(0)
    return bilstm.module(options, VOCABULARY, outputs, torch.Generator().manual_seed(1))


def _texts(longest: int = 12) -> tuple[Tensor, Tensor]:
    """Ragged rows, padded with zeros."""
    ids = torch.randint(1, VOCABULARY, (len(LENGTHS), longest), generator=torch.Generator().manual_seed(2))
    return torch.where(torch.arange(longest) < LENGTHS[:, None], ids, 0), LENGTHS


def _packed(module: nn.Module, options: BiLSTM, batch: tuple[Tensor, Tensor]) -> tuple[Tensor, nn.LSTM]:
    """Logits by ``nn.LSTM(bidirectional=True)`` on packed rows with the module's weights, and that LSTM."""
    ids, lengths = batch
    both = nn.LSTM(options.embedding, options.units, bidirectional=True, batch_first=True)
    state = module.state_dict()
    for name, parameter in both.named_parameters():
        direction = "leftward" if name.endswith("_reverse") else "rightward"
        parameter.data.copy_(state[f"{direction}.{name.removesuffix('_reverse')}"])
    embedded = nn.functional.embedding(ids, module.get_parameter("embedding.weight"), padding_idx=0)
    packed = pack_padded_sequence(embedded, lengths, batch_first=True, enforce_sorted=False)
    states, (final, _) = both(packed)
    if options.pooling == "last":
        pooled = torch.cat([final[0], final[1]], dim=1)
    else:
        pooled = pad_packed_sequence(states, batch_first=True, padding_value=float("-inf"))[0].amax(1)
    return pooled @ module.get_parameter("head.weight").T + module.get_parameter("head.bias"), both


@pytest.mark.parametrize("pooling", ["last", "max"])
@pytest.mark.parametrize("outputs", [1, 3])
def test_logits_and_gradients_are_those_of_packed_sequences(pooling: str, outputs: int) -> None:
    options = _options(pooling=pooling)
    module, batch = _module(options, outputs), _texts()
    upstream = torch.randn(len(LENGTHS), outputs, generator=torch.Generator().manual_seed(3))
    expected, both = _packed(module, options, batch)
    expected.backward(upstream)
    gradients = {name: parameter.grad for name, parameter in module.named_parameters()}
    module.zero_grad()
    found = module(batch)
    found.backward(upstream)
    assert_close(found, expected, rtol=0.0, atol=1e-6)
    for name, parameter in both.named_parameters():
        direction = "leftward" if name.endswith("_reverse") else "rightward"
        own = module.get_parameter(f"{direction}.{name.removesuffix('_reverse')}")
        assert_close(own.grad, parameter.grad, rtol=1e-5, atol=1e-6, msg=name)
    for name in ("embedding.weight", "head.weight", "head.bias"):
        assert_close(module.get_parameter(name).grad, gradients[name], rtol=1e-5, atol=1e-6, msg=name)


@pytest.mark.parametrize("pooling", ["last", "max"])
def test_what_stands_behind_a_rows_length_is_not_read(pooling: str) -> None:
    module, (ids, lengths) = _module(_options(pooling=pooling)), _texts()
    found = module((ids, lengths))
    behind = torch.arange(ids.shape[1]) >= lengths[:, None]
    assert torch.equal(module((ids.masked_fill(behind, 5), lengths)), found)
    wider = torch.cat([ids, torch.full((len(ids), 4), 5)], dim=1)
    assert_close(module((wider, lengths)), found, rtol=0.0, atol=1e-6)


def test_the_padding_token_has_no_weight_and_gets_no_gradient() -> None:
    module, batch = _module(_options()), _texts()
    module(batch).sum().backward()
    weight = module.get_parameter("embedding.weight")
    assert weight.grad is not None
    assert not weight[0].any()
    assert not weight.grad[0].any()


def test_rows_are_read_from_the_end() -> None:
    ids = torch.tensor([[4, 5, 6, 0], [7, 0, 0, 0], [1, 2, 3, 8]])
    found = bilstm.from_the_end(ids, torch.tensor([3, 1, 4]))
    assert found.tolist() == [[6, 5, 4, 4], [7, 7, 7, 7], [8, 3, 2, 1]]


def test_weights_have_names_that_say_what_they_are() -> None:
    matrices = ("weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0")
    expected = ["embedding.weight", *(f"{way}.{name}" for way in ("rightward", "leftward") for name in matrices)]
    assert list(_module(_options()).state_dict()) == [*expected, "head.weight", "head.bias"]


def test_dropout_zeroes_pooled_values_in_training_only() -> None:
    options = _options(dropout=0.5)
    module, batch = _module(options), _texts()
    torch.manual_seed(9)
    plain = _module(_options())(batch)
    module.train()
    pooled: list[Tensor] = []
    module.get_submodule("head").register_forward_pre_hook(lambda _, inputs: pooled.append(inputs[0].detach()))
    module(batch)
    module.eval()
    assert_close(module(batch), plain)
    dropped = pooled[0] == 0.0
    assert 0.2 < dropped.float().mean() < 0.8
    assert_close(pooled[0], torch.where(dropped, 0.0, 2.0 * pooled[1]))


@pytest.mark.parametrize(
    ("key", "value"), [("embedding", 0), ("units", -1), ("pooling", "mean"), ("dropout", 1.0)], ids=str
)
def test_options_against_their_rules_are_refused_by_key(key: str, value: Any) -> None:
    values = {"name": "bilstm", "embedding": 6, "units": 5, "pooling": "last", "dropout": 0.0}
    with pytest.raises(UserError, match=rf"model\.{key}={value}: must be"):
        read(BiLSTM, {**values, key: value}, "model")
