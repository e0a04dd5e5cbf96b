"""The command ``logodds doctor`` in a checkout."""

from logodds.system import interrupt

if __name__ == "__main__":
    interrupt.ends_at_once()
    from logodds.commands import doctor
    from logodds.system.terminal import command

    command.run(doctor.main, doctor.__doc__)
