"""The convolutional network against its layers written with functions, and its augmentation by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.testing import assert_close

from logodds.models.cnn import CNN
from logodds.models.networks import cnn
from logodds.options.schema import read
from logodds.system.errors import UserError


def _options(**changes: Any) -> CNN:
    return replace(CNN(name="cnn", channels=[4, 6, 8], dropout=0.0, flip=False, shift=0), **changes)


def _module(options: CNN, shape: tuple[int, int, int], outputs: int = 1, seed: int = 1) -> nn.Module:
    torch.manual_seed(0)
    return cnn.module(options, shape, outputs, torch.Generator().manual_seed(seed))


def _pixels(*shape: int) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(2))


# A side of 8 has room for two poolings, one of 28 for three, whatever the other side has.
@pytest.mark.parametrize(
    ("shape", "poolings"), [((1, 8, 8), 2), ((3, 28, 40), 3), ((1, 2, 9), 0), ((2, 4, 4), 1)], ids=str
)
@pytest.mark.parametrize("outputs", [1, 3])
def test_it_is_convolution_norm_relu_and_pooling_while_the_size_allows(
    shape: tuple[int, int, int], poolings: int, outputs: int
) -> None:
    module, f = _module(_options(), shape, outputs).eval(), nn.functional
    state, found = module.state_dict(), _pixels(5, *shape)
    logits = module(found)
    convolutions = [name for name, tensor in state.items() if tensor.ndim == 4]
    norms = [name.removesuffix(".running_mean") for name in state if name.endswith("running_mean")]
    for block, (convolution, norm) in enumerate(zip(convolutions, norms, strict=True)):
        found = f.conv2d(found, state[convolution], padding=1)
        mean, variance = state[f"{norm}.running_mean"], state[f"{norm}.running_var"]
        found = f.relu(f.batch_norm(found, mean, variance, state[f"{norm}.weight"], state[f"{norm}.bias"]))
        if block < poolings:
            found = f.max_pool2d(found, 2)
    expected = f.linear(found.mean((2, 3)), state["head.weight"], state["head.bias"])
    assert logits.shape == (5, outputs)
    assert_close(logits, expected, rtol=1e-5, atol=1e-6)


def _moves(picture: Tensor, shift: int, flip: bool) -> list[Tensor]:
    """Every picture that augmentation can make of one: padded by its border, cropped, mirrored or not."""
    side = picture.shape[1:]
    found = []
    for one in (picture, picture.flip(2)) if flip else (picture,):
        wide = nn.functional.pad(one[None], [shift] * 4, mode="replicate")[0] if shift else one
        steps = range(2 * shift + 1)
        found += [wide[:, down : down + side[0], right : right + side[1]] for down in steps for right in steps]
    return found


@pytest.mark.parametrize(("shift", "flip"), [(0, True), (1, False), (2, True)])
def test_augmentation_mirrors_and_crops_each_picture_by_itself(shift: int, flip: bool) -> None:
    pixels = _pixels(1, 3, 6, 5).expand(800, -1, -1, -1)
    found = cnn.moved(pixels, flip, shift, torch.Generator().manual_seed(0))
    possible = torch.stack(_moves(pixels[0], shift, flip))
    equal = (found[:, None] == possible).flatten(2).all(2)
    assert equal.any(1).all()
    assert equal.any(0).all()  # each of them is made
    expected = len(pixels) / len(possible)
    assert (equal.sum(0) - expected).abs().max() < 5.0 * expected**0.5


def test_augmentation_is_for_training_and_draws_from_its_own_generator() -> None:
    options, shape = _options(flip=True, shift=2), (1, 8, 8)
    pixels = _pixels(16, *shape)
    plain = _module(_options(), shape).eval()(pixels)
    module = _module(options, shape).eval()
    assert torch.equal(module(pixels), plain)
    trained = []
    for number in (1, 2):
        module = _module(options, shape).train()
        torch.manual_seed(number)
        trained.append(module(pixels))
    assert torch.equal(trained[0], trained[1])
    assert not torch.equal(_module(options, shape, seed=3).train()(pixels), trained[0])


def test_pictures_of_one_pixel_are_refused() -> None:
    with pytest.raises(UserError) as caught:
        _module(_options(), (3, 1, 1))
    assert str(caught.value) == (
        "model=cnn: needs pictures of 2 pixels or more, not 1x1; raise problem.size or use model=logistic"
    )
    for shape in ((3, 1, 2), (3, 2, 1)):  # a batch of one row trains
        assert _module(_options(), shape).train()(_pixels(1, *shape)).shape == (1, 1)


def test_dropout_is_of_the_pooled_channels() -> None:
    shape = (1, 8, 8)
    pixels, pooled = _pixels(40, *shape), []
    for options in (_options(), _options(dropout=0.5)):
        module = _module(options, shape).train()
        module.get_submodule("head").register_forward_pre_hook(lambda _, inputs: pooled.append(inputs[0].detach()))
        module(pixels)
    dropped = (pooled[1] == 0.0) & (pooled[0] != 0.0)
    assert 0.3 < dropped.float().mean() < 0.7
    assert_close(pooled[1], torch.where(dropped, 0.0, 2.0 * pooled[0]))


@pytest.mark.parametrize(
    ("key", "value"), [("channels", "[0]"), ("dropout", 1.0), ("flip", 3.5), ("shift", -1)], ids=str
)
def test_options_against_their_rules_are_refused_by_key(key: str, value: Any) -> None:
    values = {"name": "cnn", "channels": [4], "dropout": 0.0, "flip": False, "shift": 0}
    with pytest.raises(UserError, match=rf"^model\.{key}=.*: must be"):
        read(CNN, {**values, key: [0] if key == "channels" else value}, "model")
