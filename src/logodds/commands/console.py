"""The commands by their names, for ``logodds COMMAND ...``. Only the module of the command that runs is imported."""

from __future__ import annotations

import importlib
import sys
from importlib.metadata import PackageNotFoundError, version
from typing import NoReturn

from logodds.options.suggestion import nearest
from logodds.system.errors import UserError
from logodds.system.terminal import command, document
from logodds.system.terminal.invocation import PROGRAM
from logodds.system.terminal.text import shortened

#: What each command does, by its name, which is also that of its module in this package.
COMMANDS = {
    "train": "train a model, or a sweep of them with -m",
    "compare": "rank runs, and draw them on one page",
    "evaluate": "open the test rows for a trained model",
    "replay": "train a recorded run again, and say whether the results are the same",
    "doctor": "look the project over: its record, files, cache and locks",
    "fetch": "write or download the data of problems",
    "reproduce": "check data/, run DVC's pipeline, compare its outputs with the committed ones",
    "compose": "a stage: write the resolved configuration of a problem",
    "prepare": "a stage: raw file to typed table",
    "split": "a stage: table to train, validation and test rows",
    "digest": "list the source files that each stage runs, with digests",
    "retrain": "what a replay calls",
}
INTERNAL = ("retrain",)  # commands that only other commands call
OWN_HELP = ("train",)  # commands with Hydra's help, which shows the configuration
USAGE = f"usage: {PROGRAM} COMMAND [ARGUMENT ...]"


def main() -> NoReturn:
    """Run the command that ``sys.argv`` names, and exit."""
    name, *arguments = sys.argv[1:] or ["--help"]
    if name in ("-h", "--help"):
        print(_help())
        sys.exit(0)
    if name == "--version":
        print(f"{PROGRAM} {_version()}")
        sys.exit(0)
    sys.argv[:] = [PROGRAM, *arguments]
    if name not in COMMANDS:
        command.run(lambda: _unknown(name))
    module = importlib.import_module(f"logodds.commands.{name}")
    command.run(module.main, None if name in OWN_HELP else module.__doc__)


def _unknown(name: str) -> int:
    raise UserError(f"{PROGRAM} {shortened(name, 60)}: no such command; {nearest(name, COMMANDS.keys() - INTERNAL)}")


def _help() -> str:
    lines = [f"  {name:<10} {summary}" for name, summary in COMMANDS.items() if name not in INTERNAL]
    return "\n".join([USAGE, "", *lines, "", f"{PROGRAM} COMMAND --help describes a command.", document.HELP])


def _version() -> str:
    try:
        return version(PROGRAM)
    except PackageNotFoundError:  # run from a checkout that is not installed
        return "of a checkout, not installed"
