"""The command ``logodds retrain`` in a checkout."""

from logodds.system import interrupt

if __name__ == "__main__":
    interrupt.ends_at_once()
    from logodds.commands import retrain
    from logodds.system.terminal import command

    command.run(retrain.main, retrain.__doc__)
