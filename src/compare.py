"""The command ``logodds compare`` in a checkout."""

from logodds.system import interrupt

if __name__ == "__main__":
    interrupt.ends_at_once()
    from logodds.commands import compare
    from logodds.system.terminal import command

    command.run(compare.main, compare.__doc__)
