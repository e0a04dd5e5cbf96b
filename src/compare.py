"""The command ``logodds compare`` in a checkout."""

from logodds.commands import compare
from logodds.system.terminal import command

if __name__ == "__main__":
    command.run(compare.main, compare.__doc__)
