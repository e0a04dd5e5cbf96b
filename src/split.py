"""The command ``logodds split`` in a checkout."""

from logodds.commands import split
from logodds.system.terminal import command

if __name__ == "__main__":
    command.run(split.main, split.__doc__)
