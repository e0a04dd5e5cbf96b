"""Options of a group that are modules of this project."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
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


Install = Callable[..., Path]
MODEL = """
from dataclasses import dataclass
from logodds.models.logistic import Logistic
from logodds.models.model import Model
from logodds.options.rules import choice

@dataclass(kw_only=True)
class Extra(Model):
    name: str = choice("{name}")
    layers = Logistic.layers

@dataclass(kw_only=True)
class Vague(Model):
    name: str
    layers = Logistic.layers
"""


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Installs a package of one module and its entry points for models, in a folder of its own."""

    def install(package: str, name: str = "extra", **points: str) -> Path:
        folder = tmp_path / f"for {package} {len(list(tmp_path.iterdir()))}"
        about = folder / f"{package}-1.0.dist-info"
        about.mkdir(parents=True)
        (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
        lines = [f"{point} = {value}\n" for point, value in points.items()]
        (about / "entry_points.txt").write_text("".join([f"[{MODELS.entry_points}]\n", *lines]))
        (folder / f"{package}.py").write_text(MODEL.format(name=name))
        monkeypatch.syspath_prepend(folder)
        return folder

    return install


def test_an_option_of_another_package_is_one_of_the_names(installed: Install) -> None:
    before = MODELS.names()
    installed("one_package", extra="one_package")
    assert MODELS.names() == sorted([*before, "extra"])
    option = MODELS.option("extra")
    assert (option.__module__, option.__name__, MODELS.is_own(option)) == ("one_package", "Extra", False)
    assert MODELS.has("extra")
    assert not MODELS.has("extras")


def test_a_package_in_two_folders_gives_its_options_once(installed: Install) -> None:
    installed("two_folders", extra="two_folders:Extra")
    installed("two_folders_more", extra="two_folders:Extra")
    assert list(MODELS.added()) == ["extra"]


@pytest.mark.parametrize(
    ("name", "others"),
    [("logistic", ["logodds.models.logistic"]), ("extra", ["same_one"])],
    ids=["of this project", "of another package"],
)
def test_two_options_of_one_name_are_refused(installed: Install, name: str, others: list[str]) -> None:
    if others == ["same_one"]:
        installed("same_one", **{name: "same_one"})
    installed("same_two", **{name: "same_two"})
    with pytest.raises(UserError) as caught:
        MODELS.added()
    told = str(caught.value).removeprefix(f"entry point {MODELS.entry_points}: {name} is given by ")
    found = told.removesuffix("; rename one, or uninstall its package").split(" and by ")
    assert sorted(found) == sorted(["same_two", *others])


@pytest.mark.parametrize(
    ("value", "name", "told"),
    [
        (
            "{package}",
            "other",
            "entry point {points}: extra = {package} calls itself other; give both the same name",
        ),
        (
            "{package}:Vague",
            "extra",
            "entry point {points}: extra = {package}:Vague calls itself None; give both the same name",
        ),
        (
            "{package}:MODELS",
            "extra",
            "entry point {points}: extra = {package}:MODELS cannot be imported (AttributeError: ",
        ),
        ("{package}:choice", "extra", "entry point {points}: extra = {package}:choice defines no option; it must "),
        (
            "{package}:Model",
            "extra",
            "entry point {points}: extra = {package}:Model calls itself None; give both the same name",
        ),
        ("builtins:int", "extra", "entry point {points}: extra = builtins:int defines no option; it must "),
    ],
    ids=["another name", "no name", "not there", "function", "base class", "another class"],
)
def test_an_entry_point_of_no_option_is_refused(installed: Install, value: str, name: str, told: str) -> None:
    package = re.sub(r"\W", "_", f"wrong_{name}_{value}")
    value, told = (text.format(package=package, points=MODELS.entry_points) for text in (value, told))
    installed(package, name, extra=value)
    with pytest.raises(UserError) as caught:
        MODELS.option("extra")
    assert str(caught.value).startswith(told)
    assert len(str(caught.value).splitlines()) == 1
