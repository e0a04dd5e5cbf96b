"""The launcher as Hydra's own suite tests one, with applications that are not this project."""

from __future__ import annotations

import pytest
from hydra.test_utils.launcher_common_tests import LauncherTestSuite


@pytest.mark.filterwarnings("ignore:(?s).*no longer change working directory at job runtime")  # the suite's own choice
@pytest.mark.parametrize(("launcher_name", "overrides"), [("sweep", []), ("ray", []), ("slurm", [])])
class TestLaunchers(LauncherTestSuite):
    pass
