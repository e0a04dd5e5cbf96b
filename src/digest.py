"""The command ``logodds digest`` in a checkout."""

from logodds.system import interrupt

if __name__ == "__main__":
    interrupt.ends_at_once()
    from logodds.commands import digest
    from logodds.system.terminal import command

    command.run(digest.main, digest.__doc__)
