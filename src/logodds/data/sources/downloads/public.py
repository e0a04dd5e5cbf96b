"""The public data sets by name: where they are published, and the size and sha256 of their files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from logodds.options.overrides import as_typed
from logodds.options.suggestion import nearest
from logodds.system.errors import UserError
from logodds.system.terminal.invocation import typed

FOLDER = "downloads"  # below the project; one folder per data set. Not in data/, whose whole content data.dvc records


@dataclass(frozen=True)
class PublicFile:
    """A file of a data set.

    Attributes:
        name: its file name.
        size: its size in bytes.
        sha256: its digest.
    """

    name: str
    size: int
    sha256: str


@dataclass(frozen=True)
class PublicDataset:
    """A public data set.

    Attributes:
        addresses: the address of each member, ending in its name, or that of an archive which contains the members.
        members: the files of the data set.
    """

    addresses: tuple[str, ...]
    members: tuple[PublicFile, ...]


UCI = "https://archive.ics.uci.edu/static/public"
MNIST = "https://ossci-datasets.s3.amazonaws.com/mnist"

MNIST_MEMBERS = (
    PublicFile(
        "train-images-idx3-ubyte.gz", 9912422, "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609"
    ),
    PublicFile("train-labels-idx1-ubyte.gz", 28881, "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c"),
    PublicFile(
        "t10k-images-idx3-ubyte.gz", 1648877, "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6"
    ),
    PublicFile("t10k-labels-idx1-ubyte.gz", 4542, "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6"),
)

PUBLIC: dict[str, PublicDataset] = {
    "adult": PublicDataset(
        (f"{UCI}/2/adult.zip",),
        (
            PublicFile("adult.data", 3974305, "5b00264637dbfec36bdeaab5676b0b309ff9eb788d63554ca0a249491c86603d"),
            PublicFile("adult.test", 2003153, "a2a9044bc167a35b2361efbabec64e89d69ce82d9790d2980119aac5fd7e9c05"),
        ),
    ),
    "mnist": PublicDataset(tuple(f"{MNIST}/{member.name}" for member in MNIST_MEMBERS), MNIST_MEMBERS),
    "spam": PublicDataset(
        (f"{UCI}/228/sms+spam+collection.zip",),
        (PublicFile("SMSSpamCollection", 477907, "7d039a24a6083ed9ef0f806ebad56bbb976e3aeb8de05669173bfdc4996c239d"),),
    ),
    # The labelled rows of Kaggle's Titanic data, from where no login is needed.
    "titanic": PublicDataset(
        ("https://raw.githubusercontent.com/datasciencedojo/datasets/master/titanic.csv",),
        (PublicFile("titanic.csv", 60302, "4a437fde05fe5264e1701a7387ac6fb75393772ba38bb2c9c566405af5af4bd7"),),
    ),
}


def dataset(name: str) -> PublicDataset:
    """Return a data set by its name.

    Raises:
        UserError: there is no data set of this name.
    """
    if name not in PUBLIC:
        raise UserError(f"{name}: no public data set of that name; {nearest(name, PUBLIC)}")
    return PUBLIC[name]


def missing_error(key: str, given: str, path: Path, noun: str) -> UserError:
    """Return the error for a configured file or folder that does not exist.

    Its message says how to get it, or names files with similar names.

    Args:
        key: the configuration key that names it.
        given: the value of the key.
        path: the file or folder that this value means.
        noun: ``file`` or ``folder``, what it should be.
    """
    parts = Path(given).parts
    if parts[:1] == (FOLDER,) and len(parts) > 1 and parts[1] in PUBLIC:
        return UserError(f"{key}={given}: no such {noun}; fetch it with `{typed(f'fetch {parts[1]}')}`")
    if parts[:1] == ("data",) and not path.parent.is_dir():
        return UserError(f"{key}={given}: no such {noun}; write the tables of data/ with `{typed('fetch')}`")
    if path.exists() or path.is_symlink():
        return UserError(f"{key}={given}: no {noun} but a link to nowhere, a pipe or a device; name a {noun}")
    here = Path.cwd() / given
    if here.exists():
        return UserError(f"{key}={given}: no such {noun} below the project; type {as_typed(key, str(here))}")
    names = [item.name for item in path.parent.iterdir()] if path.parent.is_dir() else []
    return UserError(f"{key}={given}: no such {noun}; {nearest(path.name, names) if names else 'check the path'}")
