"""A column of numbers that grows by blocks is the column that Arrow makes of the same blocks, with the same bytes."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from logodds.data.sources.readers.growing import Numbers


def stream(column: pa.Array) -> bytes:
    """The bytes of which a table's digest is made."""
    sink = pa.BufferOutputStream()
    table = pa.table({"x": column})
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue().to_pybytes()


@pytest.mark.parametrize("lengths", [[3], [1, 2, 0, 5, 1, 8, 70], [9] * 40, [0], []], ids=str)
@pytest.mark.parametrize("gaps", [0.0, 0.3, 1.0])
def test_blocks_become_one_column(lengths: list[int], gaps: float) -> None:
    random = np.random.default_rng(0)
    grown, blocks = Numbers(), [pa.array([], pa.float64())]
    for length in lengths:
        # Neighbours in one array, as columns that were read together are.
        words = pa.array([None if random.random() < gaps else repr(random.normal()) for _ in range(length + 4)])
        blocks.append(words.cast(pa.string()).cast(pa.float64()).slice(2, length))
        grown.add(blocks[-1])
    expected = pa.concat_arrays(blocks)
    assert len(grown) == len(expected)
    found = grown.array()
    found.validate(full=True)
    assert found.equals(expected)
    assert found.null_count == expected.null_count
    assert stream(found) == stream(expected)
