"""The command ``logodds prepare`` in a checkout."""

from logodds.system import interrupt

if __name__ == "__main__":
    interrupt.ends_at_once()
    from logodds.commands import prepare
    from logodds.system.terminal import command

    command.run(prepare.main, prepare.__doc__)
