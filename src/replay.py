"""The command ``logodds replay`` in a checkout."""

from logodds.system import interrupt

if __name__ == "__main__":
    interrupt.ends_at_once()
    from logodds.commands import replay
    from logodds.system.terminal import command

    command.run(replay.main, replay.__doc__)
