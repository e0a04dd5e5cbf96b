"""The command ``logodds train`` in a checkout."""

from logodds.system import interrupt

if __name__ == "__main__":
    interrupt.ends_at_once()
    from logodds.commands import train
    from logodds.system.terminal import command

    command.run(train.main)
