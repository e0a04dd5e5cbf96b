"""The command ``logodds compose`` in a checkout."""

from logodds.commands import compose
from logodds.system.terminal import command

if __name__ == "__main__":
    command.run(compose.main, compose.__doc__)
