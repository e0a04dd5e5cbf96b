"""The command ``logodds train`` in a checkout."""

from logodds.commands import train
from logodds.system.terminal import command

if __name__ == "__main__":
    command.run(train.main)
