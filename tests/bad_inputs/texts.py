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
    Case(
        "no folder",
        TEXTS,
        "problem.path=texts: no such folder; known: conf, data, data.dvc, dvc.yaml, mlruns, out, src",
    ),
    Case(
        "a file",
        TEXTS,
        "problem.path=texts: a file, not a folder; name a folder with one folder of texts per class",
        (wrote("texts", "a text"),),
    ),
    Case(
        "no class folders",
        TEXTS,
        "problem.path=texts: holds no class folders; put the texts of each class into a folder of its own",
        (wrote("texts/1.txt", "a text"),),
    ),
    Case(
        "empty class",
        TEXTS,
        "texts/c: an empty class folder, no texts (.txt) are in it; add some or remove it",
        (*two(), empty_class),
    ),
    Case(
        "one class",
        TEXTS,
        "problem.path=texts: 1 class (a); a problem needs 2 to 256 different ones",
        (wrote("texts/a/1.txt", "a text"),),
    ),
    Case(
        "not UTF-8",
        TEXTS,
        "texts/a/x.txt: byte 3 is not utf-8; set problem.encoding=auto",
        (*two(), wrote("texts/a/x.txt", b"caf\xe9")),
    ),
    Case(
        "NUL",
        TEXTS,
        "texts/a/x.txt: holds a NUL character, so it is no text or in another encoding; set problem.encoding=auto or utf-16",
        (*two(), wrote("texts/a/x.txt", "a\0b")),
    ),
    Case(
        "unknown encoding",
        f"{TEXTS} problem.encoding=klingon",
        "problem.encoding=klingon: unknown; use auto, utf-8, utf-16 or cp1252",
        two(),
    ),
    Case(
        "codec for bytes",
        f"{TEXTS} problem.encoding=zlib",
        "problem.encoding=zlib: unknown; use auto, utf-8, utf-16 or cp1252",
        two(),
    ),
    Case(
        "empty texts",
        TEXTS,
        "problem.path=texts: every text is empty; nothing can be learnt from them",
        (wrote("texts/a/1.txt", ""), wrote("texts/b/1.txt", "")),
    ),
    Case(
        "link out of the folder",
        TEXTS,
        "texts/a/l.txt: a link out of texts or to a folder; put the files themselves there",
        (*two(), link),
    ),
    Case(
        "link to a folder",
        TEXTS,
        "texts/a/loop: a link out of texts or to a folder; put the files themselves there",
        (*two(), loop),
    ),
    Case(
        "too few",
        TEXTS,
        "split: 1 of 4 rows cannot hold each of the 2 classes; take other sizes or split.method=random",
        two(4),
    ),
    Case(
        "parts for classes",
        TEXTS,
        "problem.path=texts: test, train are parts of the rows, not classes; "
        "set problem.path=texts/train problem.test_path=texts/test split.method=given",
        (wrote("texts/train/a/1.txt", "x"), wrote("texts/test/a/1.txt", "x")),
    ),
    Case(
        "classes in two spellings",
        TEXTS,
        "texts: class folders 'A' and 'a' differ in spelling only; join them",
        (*two(), wrote("texts/A/x.txt", "x")),
    ),
    Case(
        "unknown class",
        f"{TEXTS} problem.classes=[a,z]",
        "problem.classes: texts has no folder 'z'; known: a, b",
        two(),
    ),
    Case(
        "folder that cannot be shown",
        TEXTS,
        "texts: class folder 'c\\x1b[31m' has a name that cannot be shown; rename it",
        (*two(), wrote("texts/c\x1b[31m/x.txt", "x")),
    ),
]
