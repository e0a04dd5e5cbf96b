"""The command ``logodds retrain`` in a checkout."""

from logodds.commands import retrain
from logodds.system.terminal import command

if __name__ == "__main__":
    command.run(retrain.main, retrain.__doc__)
