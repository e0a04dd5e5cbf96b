"""The command ``logodds compose`` in a checkout."""

from logodds.system import interrupt

if __name__ == "__main__":
    interrupt.ends_at_once()
    from logodds.commands import compose
    from logodds.system.terminal import command

    command.run(compose.main, compose.__doc__)
