"""The command ``logodds split`` in a checkout."""

from logodds.system import interrupt

if __name__ == "__main__":
    interrupt.ends_at_once()
    from logodds.commands import split
    from logodds.system.terminal import command

    command.run(split.main, split.__doc__)
