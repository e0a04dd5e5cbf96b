"""The command ``logodds fetch`` in a checkout."""

from logodds.system import interrupt

if __name__ == "__main__":
    interrupt.ends_at_once()
    from logodds.commands import fetch
    from logodds.system.terminal import command

    command.run(fetch.main, fetch.__doc__)
