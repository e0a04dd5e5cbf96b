"""The command ``logodds replay`` in a checkout."""

from logodds.commands import replay
from logodds.system.terminal import command

if __name__ == "__main__":
    command.run(replay.main, replay.__doc__)
