"""The command ``logodds digest`` in a checkout."""

from logodds.commands import digest
from logodds.system.terminal import command

if __name__ == "__main__":
    command.run(digest.main, digest.__doc__)
