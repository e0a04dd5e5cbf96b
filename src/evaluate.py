"""The command ``logodds evaluate`` in a checkout."""

from logodds.system import interrupt

if __name__ == "__main__":
    interrupt.ends_at_once()
    from logodds.commands import evaluate
    from logodds.system.terminal import command

    command.run(evaluate.main, evaluate.__doc__)
