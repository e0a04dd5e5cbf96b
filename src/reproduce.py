"""The command ``logodds reproduce`` in a checkout."""

from logodds.system import interrupt

if __name__ == "__main__":
    interrupt.ends_at_once()
    from logodds.commands import reproduce
    from logodds.system.terminal import command

    command.run(reproduce.main, reproduce.__doc__)
