"""Class folders of texts."""

from bad_inputs.case import Case, Given, Project, wrote

TEXTS = "train problem=texts problem.path=texts"


def two(count: int = 10) -> tuple[Given, ...]:
    """Two folders of short texts."""
    words = ("good fine nice", "bad poor dull")
    return tuple(wrote(f"texts/{'ab'[k % 2]}/{k}.txt", f"{words[k % 2]} {k}\n") for k in range(count))


def empty_class(project: Project) -> None:
    (project.root / "texts/c").mkdir()


def link(project: Project) -> None:
    (project.root / "texts/a/l.txt").symlink_to("/etc/hostname")


def loop(project: Project) -> None:
    (project.root / "texts/a/loop").symlink_to(project.root / "texts")


CASES = [
    Case("no folder", TEXTS, "***"),
    Case("a file", TEXTS, "***", (wrote("texts", "a text"),)),
    Case("no class folders", TEXTS, "***", (wrote("texts/1.txt", "a text"),)),
    Case("empty class", TEXTS, "***", (*two(), empty_class)),
    Case("one class", TEXTS, "***", (wrote("texts/a/1.txt", "a text"),)),
    Case("not UTF-8", TEXTS, "***", (*two(), wrote("texts/a/x.txt", b"caf\xe9"))),
    Case("NUL", TEXTS, "***", (*two(), wrote("texts/a/x.txt", "a\0b"))),
    Case("unknown encoding", f"{TEXTS} problem.encoding=klingon", "***", two()),
    Case("codec for bytes", f"{TEXTS} problem.encoding=zlib", "***", two()),
    Case("empty texts", TEXTS, "***", (wrote("texts/a/1.txt", ""), wrote("texts/b/1.txt", ""))),
    Case("link out of the folder", TEXTS, "***", (*two(), link)),
    Case("link to a folder", TEXTS, "***", (*two(), loop)),
    Case("too few", TEXTS, "***", two(4)),
    Case("parts for classes", TEXTS, "***", (wrote("texts/train/a/1.txt", "x"), wrote("texts/test/a/1.txt", "x"))),
    Case("classes in two spellings", TEXTS, "***", (*two(), wrote("texts/A/x.txt", "x"))),
    Case("unknown class", f"{TEXTS} problem.classes=[a,z]", "***", two()),
    Case("folder that cannot be shown", TEXTS, "***", (*two(), wrote("texts/c\x1b[31m/x.txt", "x"))),
]
