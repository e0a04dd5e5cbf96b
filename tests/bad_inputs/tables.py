"""Tables that cannot be read, or from which nothing can be learnt."""

import io
import os
from struct import pack

import pyarrow as pa
import pyarrow.parquet as pq
from bad_inputs.case import Case, Given, Project, wrote

TABLE = "train problem=csv problem.path=t.csv problem.target=y"
FILE = "t.csv"


def csv(content: str | bytes) -> tuple[Given, ...]:
    return (wrote(FILE, content),)


def rows(count: int, line: str = "{k},{c}\n", header: str = "x,y\n") -> str:
    """Numbered rows of two classes."""
    return header + "".join(line.format(k=k * 1.5, c="ab"[k % 2]) for k in range(count))


def folder(project: Project) -> None:
    (project.root / FILE).mkdir()


def unreadable(project: Project) -> None:
    (project.root / FILE).chmod(0)


def dangling(project: Project) -> None:
    (project.root / FILE).symlink_to(project.root / "nowhere")


def pipe(project: Project) -> None:
    os.mkfifo(project.root / FILE)


def parquet(table: pa.Table, size: int | None = None) -> bytes:
    sink = io.BytesIO()
    pq.write_table(table, sink)
    return sink.getvalue()[:size]


def arrow(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue().to_pybytes()


PLAIN = pa.table({"x": [float(k) ** 2 for k in range(40)], "y": ["ab"[k % 2] for k in range(40)]})
PARQUET, ARROW = parquet(PLAIN), arrow(PLAIN)

CASES = [
    Case("missing", TABLE, "***"),
    Case("empty", TABLE, "***", csv("")),
    Case("blank lines", TABLE, "***", csv("\n\n\n")),
    Case("header only", TABLE, "***", csv("x,y\n")),
    Case("ragged row", TABLE, "***", csv("x,y\n1,a\n2\n3,b\n")),
    Case("long row", TABLE, "***", csv("x,y\n1,a\n2,b,c\n")),
    Case("duplicate column", TABLE, "***", csv("x,x,y\n1,2,a\n2,3,b\n")),
    Case("column without a name", TABLE, "***", csv("x,,y\n1,2,a\n2,3,b\n")),
    Case("missing target", TABLE, "***", csv("x,y\n1,a\n2,\n3,b\n")),
    Case("target not a number", TABLE, "***", csv("x,y\n1,0\n2,nan\n3,1\n")),
    Case("infinite target", TABLE, "***", csv("x,y\n" + "1,0\n2,inf\n3,1\n" * 9)),
    Case("one class", TABLE, "***", csv("x,y\n1,a\n2,a\n3,a\n")),
    Case("three classes with bce", TABLE, "***", csv("x,y\n" + "1,a\n2,b\n3,c\n" * 9)),
    Case("class of one row", TABLE, "***", csv(rows(20) + "1,c\n")),
    Case("measurement as target", TABLE, "***", csv("x,y\n" + "".join(f"{k},{k / 7}\n" for k in range(60)))),
    Case("wrong target", "train problem=csv problem.path=t.csv problem.target=yy", "***", csv(rows(20))),
    Case("no target given", "train problem=csv problem.path=t.csv", "***", csv(rows(20))),
    Case("unknown class", f"{TABLE} problem.classes=[a,c]", "***", csv(rows(20))),
    Case("one class wanted", f"{TABLE} problem.classes=[a]", "***", csv(rows(20))),
    Case("word among numbers", TABLE, "***", csv(rows(60) + "abc,a\n")),
    Case("infinity among numbers", TABLE, "***", csv(rows(20) + "inf,a\n")),
    Case("number beyond float32", TABLE, "***", csv(rows(20) + "1e300,a\n")),
    Case("garbage", TABLE, "***", csv((bytes(range(128, 256)) + b"\n") * 8)),
    Case("not in its encoding", f"{TABLE} problem.encoding=utf-8", "***", csv(b"x,y\n1,a\n2,\xff\n")),
    Case("unknown encoding", f"{TABLE} problem.encoding=utf-9", "***", csv(rows(20))),
    Case("NUL bytes", TABLE, "***", csv("x,y\n1,a\n2,\0\n3,b\n")),
    Case("BOM of UTF-16 and half a letter", TABLE, "***", csv("x,y\n1,a\n".encode("utf-16") + b"\0")),
    Case("compressed", TABLE, "***", csv(b"\x1f\x8b\x08\0\0\0\0\0")),
    Case("Excel sheet", TABLE, "***", csv(b"PK\x03\x04" + bytes(60))),
    Case("one column", TABLE, "***", csv("y\na\nb\n")),
    Case("open quote", TABLE, "***", csv('x,y\n1,a\n"2,b\n3,a\n')),
    Case("folder", TABLE, "***", (folder,)),
    Case("dangling link", TABLE, "***", (dangling,)),
    Case("pipe", TABLE, "***", (pipe,)),
    Case("device", "train problem=csv problem.path=/dev/zero problem.target=y", "***"),
    Case("unreadable", TABLE, "***", (*csv(rows(20)), unreadable), code=74, without_root=True),
    Case("too few rows", TABLE, "***", csv("x,y\n1,a\n2,b\n3,a\n4,b\n")),
    Case("two rows", TABLE, "***", csv("x,y\n1,a\n2,b\n")),
    Case("too few rows for folds", f"{TABLE} split.folds=5", "***", csv(rows(8))),
    Case("no group column", f"{TABLE} split.method=grouped split.column=g", "***", csv(rows(20))),
    Case(
        "group column with gaps",
        f"{TABLE} split.method=grouped split.column=g",
        "***",
        csv(rows(20, "{k},u,{c}\n", "x,g,y\n") + "1,,a\n"),
    ),
    Case("one group", f"{TABLE} split.method=grouped split.column=g", "***", csv(rows(20, "{k},u,{c}\n", "x,g,y\n"))),
    Case("constant columns", TABLE, "***", csv(rows(20, "1,{c}\n"))),
    Case("empty columns", TABLE, "***", csv(rows(20, ",{c}\n"))),
    Case("identifier", TABLE, "***", csv("x,id,y\n" + "".join(f"{k * k},A-{k},{'ab'[k % 2]}\n" for k in range(60)))),
    Case(
        "texts among numbers",
        TABLE,
        "***",
        csv("x,y\n" + "".join(f"a text of so many words {k} {k * k},{'ab'[k % 2]}\n" for k in range(60))),
    ),
    Case("dropped column that is not there", f"{TABLE} problem.drop=[z]", "***", csv(rows(20))),
    Case("too many rows", f"{TABLE} problem.largest_rows=10", "***", csv(rows(20))),
    Case(
        "validation rows of no file",
        f"{TABLE} problem.test_path=t.csv split.method=given split.val_rows=v.txt",
        "***",
        csv(rows(20)),
    ),
    Case(
        "validation rows that are none",
        f"{TABLE} problem.test_path=t.csv split.method=given split.val_rows=v.txt",
        "***",
        (*csv(rows(20)), wrote("v.txt", "1\n99\n")),
    ),
    Case("terminal codes", TABLE, "***", csv("x,y\n1,\x1b]0;title\x07\n2,\x1b]0;title\x07\n")),
    Case("column with a line break", TABLE, "***", csv('"x\ny",y\n1,a\n2,b\n')),
    Case("truncated Parquet", TABLE, "***", csv(PARQUET[: len(PARQUET) // 2])),
    Case("four bytes of Parquet", TABLE, "***", csv(b"PAR1")),
    Case(
        "Parquet with flipped bytes",
        TABLE,
        "***",
        csv(PARQUET[:100] + bytes(b ^ 255 for b in PARQUET[100:140]) + PARQUET[140:]),
    ),
    Case("Parquet without rows", TABLE, "***", csv(parquet(PLAIN.slice(0, 0)))),
    Case("Parquet with lists", TABLE, "***", csv(parquet(PLAIN.append_column("z", pa.array([[1, 2]] * 40))))),
    Case("truncated Arrow", TABLE, "***", csv(ARROW[: len(ARROW) // 2])),
    Case("six bytes of Arrow", TABLE, "***", csv(b"ARROW1")),
    Case(
        "Arrow with flipped bytes",
        TABLE,
        "***",
        csv(ARROW[:-40] + bytes(b ^ 255 for b in ARROW[-40:-10]) + ARROW[-10:]),
    ),
    Case(
        "Arrow whose texts begin beyond their end",
        TABLE,
        "***",
        csv(ARROW.replace(pack("<4i", 0, 1, 2, 3), pack("<4i", 0, 1 << 28, 2, 3))),
    ),
    Case(
        "test part of other columns",
        f"{TABLE} problem.test_path=u.csv",
        "***",
        (*csv(rows(20)), wrote("u.csv", "z,y\n1,a\n")),
    ),
]
