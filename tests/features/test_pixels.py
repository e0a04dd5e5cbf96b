"""Pictures as bytes with what normalises them, against NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from numpy.typing import NDArray

from logodds.data.sources.readers.pictures import decode
from logodds.data.table import Table
from logodds.features.features import dumps, loads
from logodds.features.fitted import pixels
from logodds.features.fitted.pixels import PixelFeatures, fit
from logodds.features.pixels import PixelsOptions
from logodds.system.errors import UserError

STANDARD = PixelsOptions(name="pixels", column=None, normalise="standard")
UNIT = PixelsOptions(name="pixels", column=None, normalise="unit")


def pictures(seed: int, rows: int = 30, channels: int = 3) -> NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(0, 200, (rows, channels, 4, 5)).astype(np.uint8)


def tensors(values: NDArray[np.uint8]) -> pa.FixedShapeTensorArray:
    return pa.FixedShapeTensorArray.from_numpy_ndarray(np.ascontiguousarray(values))


def table(column: pa.Array | pa.ChunkedArray, **others: pa.Array) -> Table:
    columns = pa.table({"picture": column, **others})
    return Table(columns, np.zeros(len(columns), np.int64), "class", ("cats", "dogs"))


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("seed", range(3))
def test_channels_equal_numpy(seed: int, channels: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pixels, "CHUNK", 7)
    values = pictures(seed, channels=channels)
    train = np.random.default_rng(seed).permutation(30)[:20]
    state = fit(table(tensors(values)), train, STANDARD, None)
    seen = values[train].astype(np.float64)
    np.testing.assert_allclose(state.mean, seen.mean(axis=(0, 2, 3)), rtol=1e-12)
    np.testing.assert_allclose(state.scale, seen.std(axis=(0, 2, 3)), rtol=1e-12)
    assert state.shape == (channels, 4, 5)


def test_unit_divides_by_the_largest_byte() -> None:
    state = fit(table(tensors(pictures(0))), np.arange(20), UNIT, None)
    assert (state.mean, state.scale) == ((0.0,) * 3, (255.0,) * 3)


def test_channel_of_one_value_is_not_scaled() -> None:
    values = np.full((4, 2, 2, 2), 7, np.uint8)
    values[0, 1] = 9
    state = fit(table(tensors(values)), np.arange(4), STANDARD, None)
    assert (state.mean[0], state.scale[0]) == (7.0, 1.0)


@pytest.mark.parametrize("options", [STANDARD, UNIT], ids=["standard", "unit"])
def test_one_picture_in_all_train_rows_is_refused(options: PixelsOptions, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pixels, "CHUNK", 2)
    values = np.repeat(pictures(0)[:1], 4, axis=0)
    values[3, 0, 0, 0] ^= 1
    for rows in (np.arange(3), np.arange(1)):
        with pytest.raises(UserError, match="column 'picture' holds one picture in all train rows; nothing can be"):
            fit(table(tensors(values)), rows, options, None)
    assert fit(table(tensors(values)), np.arange(4), options, None).shape == values.shape[1:]


def test_rows_are_those_asked_for_across_chunks() -> None:
    values = pictures(1)
    column = pa.chunked_array([tensors(values[:11]), tensors(values[11:12]), tensors(values[12:])])
    data = table(column)
    state = fit(data, np.arange(30), STANDARD, None)
    rows = np.array([29, 0, 11, 12, 11, 3])
    found = state.apply(data.columns, rows)
    np.testing.assert_array_equal(found.values, values[rows])
    assert found.values.dtype == np.uint8
    assert (found.mean, found.scale) == (state.mean, state.scale)
    assert state.apply(data.columns, rows[:0]).values.shape == (0, 3, 4, 5)


def test_other_rows_move_no_number() -> None:
    values, train = pictures(2), np.arange(10)
    state = fit(table(tensors(values)), train, STANDARD, None)
    values[10:] = 255
    assert fit(table(tensors(values)), train, STANDARD, None) == state


def test_round_trip_is_exact() -> None:
    state = fit(table(tensors(pictures(3)), n=pa.array(np.arange(30.0))), np.arange(20), STANDARD, None)
    assert loads(dumps(state)) == state
    assert state.inputs() == {"picture": "binary"}
    assert state.notes == ("columns left out, only 'picture' is read: n",)


def test_other_columns_are_refused() -> None:
    data = table(tensors(pictures(0)))
    state = fit(data, np.arange(20), STANDARD, None)
    with pytest.raises(UserError, match="holds pictures of 1 x 4 x 5, but the model was trained on 3 x 4 x 5"):
        state.apply(pa.table({"picture": tensors(pictures(0, channels=1))}), np.arange(2))
    with pytest.raises(UserError, match="column 'picture' must hold pictures"):
        state.apply(pa.table({"picture": [1.0, 2.0]}), np.arange(2))
    with pytest.raises(UserError, match="column 'picture' is not in the rows"):
        state.apply(pa.table({"image": [1.0, 2.0]}), np.arange(2))
    with pytest.raises(UserError, match="no column holds pictures"):
        fit(Table(pa.table({"n": [1.0]}), np.zeros(1, np.int64), "y", ("a", "b")), np.arange(1), STANDARD, None)
    with pytest.raises(UserError, match="picture files become squares, not 3 x 4 x 5"):
        state.apply(pa.table({"picture": [b"x"]}), np.arange(1))


def test_pixels_and_files_in_python() -> None:
    colour = PixelFeatures("p", (3, 4, 5), (0.0,) * 3, (1.0,) * 3)
    first, second = np.random.default_rng(0).integers(0, 256, (2, 3, 4, 5)).astype(np.uint8)
    found = colour.apply(pa.table({"p": colour.encoded("picture", [first, second.transpose(1, 2, 0)])}), np.arange(2))
    np.testing.assert_array_equal(found.values, np.stack([first, second]))
    grey = PixelFeatures("p", (1, 4, 4), (0.0,), (1.0,))
    plane = first[0, :, :4]
    found = grey.apply(pa.table({"p": grey.encoded("picture", [plane, plane[None], plane[..., None]])}), np.arange(3))
    np.testing.assert_array_equal(found.values, np.stack([plane[None]] * 3))
    assert grey.encoded("picture", [b"x", b"y"]).to_pylist() == [b"x", b"y"]
    assert len(grey.encoded("picture", [])) == 0


@pytest.mark.parametrize(
    ("cells", "told"),
    [
        ([b"x", None], "column 'p' row 2 is empty"),
        ([None], "column 'p' row 1 is empty"),
        ([b"x", float("nan")], "column 'p' row 2 is empty"),
        (["a/b.png"], "column 'p' row 1 is str"),
        ([np.zeros((4, 4), np.uint8), b"x"], "column 'p' row 2 is bytes"),
        ([np.zeros((4, 4), np.uint8), None], "column 'p' row 2 is empty"),
        ([np.zeros((4, 4))], "column 'p' row 1 is an array of 4 x 4 float64"),
        ([np.zeros((4, 4), np.uint8), np.zeros((5, 4), np.uint8)], "column 'p' row 2 is an array of 5 x 4 uint8"),
    ],
)
def test_what_is_accepted_is_told(cells: list[Any], told: str) -> None:
    accepted = "give an encoded picture file as bytes, or uint8 pixels of 1 x 4 x 4 or 4 x 4 x 1"
    with pytest.raises(UserError) as caught:
        PixelFeatures("p", (1, 4, 4), (0.0,), (1.0,)).encoded("picture", cells)
    assert str(caught.value) == f"{told}; {accepted}"


def test_grey_pixels_are_refused_by_a_model_of_colours() -> None:
    with pytest.raises(UserError) as caught:
        PixelFeatures("p", (3, 4, 5), (0.0,) * 3, (1.0,) * 3).encoded("picture", [np.zeros((4, 5), np.uint8)])
    assert str(caught.value) == (
        "column 'p' row 1 is an array of 4 x 5 uint8; give uint8 pixels of 3 x 4 x 5 or 4 x 5 x 3"
    )


def test_picture_files_are_decoded() -> None:
    import io

    from PIL import Image

    values = np.random.default_rng(0).integers(0, 256, (2, 6, 6, 3)).astype(np.uint8)
    files = []
    for value in values:
        file = io.BytesIO()
        Image.fromarray(value).save(file, "PNG")
        files.append(file.getvalue())
    state = PixelFeatures("picture", (3, 6, 6), (1.0, 2.0, 3.0), (4.0, 5.0, 6.0))
    for kind in (pa.binary(), pa.large_binary()):
        found = state.apply(pa.table({"picture": pa.array(files, kind)}), np.array([1, 0]))
        np.testing.assert_array_equal(found.values, np.stack([decode(files[i], 6, 3) for i in (1, 0)]))
    with pytest.raises(UserError, match="column 'picture' row 2 is empty"):
        state.apply(pa.table({"picture": pa.array([files[0], None], pa.binary())}), np.arange(2))
    with pytest.raises(UserError, match="column 'picture' row 1: "):
        state.apply(pa.table({"picture": pa.array([b"no picture"], pa.binary())}), np.arange(1))
