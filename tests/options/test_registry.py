"""Options of a group that are modules of this project."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from logodds.models import model
from logodds.models.model import MODELS
from logodds.options import registry
from logodds.system.errors import UserError


@pytest.fixture
def broken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A module of the models that cannot be imported."""
    import logodds.models as package

    (tmp_path / "broken.py").write_text("raise RuntimeError('two\\nlines')\n")
    monkeypatch.setattr(package, "__path__", [*package.__path__, str(tmp_path)])
    registry._own.cache_clear()
    yield
    registry._own.cache_clear()


@pytest.mark.usefixtures("broken")
def test_a_broken_module_harms_no_other_option_and_is_told_where_it_is_chosen() -> None:
    assert "broken" not in MODELS.own()
    assert MODELS.option("logistic").__name__ == "Logistic"
    with pytest.raises(UserError) as caught:
        MODELS.option("broken")
    assert str(caught.value) == ("logodds.models.broken cannot be imported (RuntimeError: two lines); mend the module")


def test_the_base_class_is_no_option() -> None:
    assert "model" not in MODELS.own()
    assert model.Model not in MODELS.options().values()
