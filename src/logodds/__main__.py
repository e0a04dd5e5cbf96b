"""The console script ``logodds COMMAND ...``, which is also run as ``python -m logodds COMMAND ...``."""

from typing import NoReturn

from logodds.system import interrupt


def main() -> NoReturn:
    interrupt.ends_at_once()
    from logodds.commands import console

    console.main()


if __name__ == "__main__":
    main()
