"""The file that MLflow runs when it loads a model: raw rows in, class and probability out.

It imports nothing of logodds but the code stored with the model, so that a model gives what it gave when it was
trained, whatever version is installed or has been imported. For this, the stored code is imported under a name of its
own: ``logodds.serving`` of an archive becomes ``stored_DIGEST.logodds.serving``, and wherever the code of the archive
imports ``logodds`` or another package of the archive, it gets the one beside it. Models with different code can
therefore be loaded in one process.
"""

from __future__ import annotations

import builtins
import hashlib
import importlib
import sys
from collections.abc import Mapping, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any, final
from zipfile import ZipFile
from zipimport import zipimporter

import mlflow
import pandas as pd
from mlflow.pyfunc.model import PythonModel, PythonModelContext


@final
class StoredCode(MetaPathFinder):
    """Finds the modules of an archive of Python files, below a package that is named by the archive's digest."""

    def __init__(self, archive: Path) -> None:
        self.name = f"stored_{hashlib.sha256(archive.read_bytes()).hexdigest()[:16]}"
        self._archive = archive
        with ZipFile(archive) as opened:
            self._packages = {name.partition("/")[0].removesuffix(".py") for name in opened.namelist()}

    def module(self, name: str) -> ModuleType:
        """Import a module of the archive."""
        if self.name not in sys.modules:
            root = ModuleType(self.name, "The code stored with a model.")
            root.__path__ = [str(self._archive)]
            sys.modules[self.name] = root
            sys.meta_path.insert(0, self)
        return importlib.import_module(f"{self.name}.{name}")

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Find a module of the archive; None for all other modules."""
        if path is not None and fullname.startswith(f"{self.name}."):
            for folder in path:
                spec = _Importer(folder, self).find_spec(fullname)
                if spec is not None:
                    return spec
        return None

    def imported(
        self,
        name: str,
        globals: Mapping[str, Any] | None = None,  # noqa: A002  # named as in __import__
        locals: Mapping[str, Any] | None = None,  # noqa: A002
        fromlist: Sequence[str] | None = (),
        level: int = 0,
    ) -> ModuleType:
        """Carry out an import statement of the stored code; for the arguments see :func:`__import__`."""
        package = name.partition(".")[0]
        if level > 0 or package not in self._packages:
            return builtins.__import__(name, globals, locals, fromlist or (), level)
        module = self.module(name)
        if not fromlist:  # ``import a.b`` binds ``a``
            return sys.modules[f"{self.name}.{package}"]
        return builtins.__import__(module.__name__, globals, locals, fromlist, 0)


class _Importer(zipimporter):
    """Imports from a folder of the archive, with import statements that :class:`StoredCode` carries out."""

    def __init__(self, folder: str, code: StoredCode) -> None:
        super().__init__(folder)
        self._code = code

    def exec_module(self, module: ModuleType) -> None:
        # Python looks ``__import__`` up among the builtins of the module that imports.
        vars(module)["__builtins__"] = {**vars(builtins), "__import__": self._code.imported}
        super().exec_module(module)


@final
class Served(PythonModel):
    """The classifier of the stored code behind MLflow's interface."""

    def load_context(self, context: PythonModelContext) -> None:
        module = StoredCode(Path(context.artifacts["code"])).module("logodds.serving.classifier")
        self._classifier = module.Classifier(Path(context.artifacts["package"]))

    def predict(
        self, context: PythonModelContext, model_input: pd.DataFrame, params: dict[str, Any] | None = None
    ) -> pd.DataFrame:
        """Predict the class of each raw row; the columns of the result are those of the model's signature."""
        answer: pd.DataFrame = self._classifier.predict(model_input)
        return answer


mlflow.models.set_model(Served())
