"""Run the console script as ``python -m logodds COMMAND ...``."""

from logodds.commands import console

if __name__ == "__main__":
    console.main()
