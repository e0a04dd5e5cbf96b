"""The command ``logodds fetch`` in a checkout."""

from logodds.commands import fetch
from logodds.system.terminal import command

if __name__ == "__main__":
    command.run(fetch.main, fetch.__doc__)
