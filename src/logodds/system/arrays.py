"""The type of a NumPy array of any element type, for signatures; docstrings give the shape."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

Array = NDArray[Any]
