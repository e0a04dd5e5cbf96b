"""``python -m logodds COMMAND ...``: the console script."""

from logodds.commands import console

if __name__ == "__main__":
    console.main()
