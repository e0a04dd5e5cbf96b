"""The command ``logodds evaluate`` in a checkout."""

from logodds.commands import evaluate
from logodds.system.terminal import command

if __name__ == "__main__":
    command.run(evaluate.main, evaluate.__doc__)
