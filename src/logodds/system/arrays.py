"""NumPy arrays of any element type, for signatures whose docstrings give the shape."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

Array = NDArray[Any]
