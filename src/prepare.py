"""The command ``logodds prepare`` in a checkout."""

from logodds.commands import prepare
from logodds.system.terminal import command

if __name__ == "__main__":
    command.run(prepare.main, prepare.__doc__)
