"""The command ``logodds doctor`` in a checkout."""

from logodds.commands import doctor
from logodds.system.terminal import command

if __name__ == "__main__":
    command.run(doctor.main, doctor.__doc__)
