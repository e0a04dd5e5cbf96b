"""The command ``logodds reproduce`` in a checkout."""

from logodds.commands import reproduce
from logodds.system.terminal import command

if __name__ == "__main__":
    command.run(reproduce.main, reproduce.__doc__)
