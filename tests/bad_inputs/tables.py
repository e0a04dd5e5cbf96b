"""Tables that cannot be read, or from which nothing can be learnt."""

import io
import os
import pickle
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
    return header + "".join(line.format(k=k * 1.5, n=k + 1, d=k % 9 + 1, c="ab"[k % 2]) for k in range(count))


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
    Case("missing", TABLE, "problem.path=t.csv: no such file; known: conf, data, data.dvc, dvc.yaml, mlruns, out, src"),
    Case("empty", TABLE, "t.csv: the file is empty; it needs a header row and rows", csv("")),
    Case("blank lines", TABLE, "t.csv: the file is empty; it needs a header row and rows", csv("\n\n\n")),
    Case("header only", TABLE, "t.csv: a header and no rows; it needs rows", csv("x,y\n")),
    Case(
        "ragged row", TABLE, "t.csv: row 2 (line 3) has 1 field, the header 2; mend the row", csv("x,y\n1,a\n2\n3,b\n")
    ),
    Case("long row", TABLE, "t.csv: row 2 (line 3) has 3 fields, the header 2; mend the row", csv("x,y\n1,a\n2,b,c\n")),
    Case(
        "duplicate column",
        TABLE,
        "t.csv: duplicate column 'x' (columns 1, 2); rename all but one",
        csv("x,x,y\n1,2,a\n2,3,b\n"),
    ),
    Case(
        "column without a name",
        TABLE,
        "t.csv: column 2 has no name in the header; name it",
        csv("x,,y\n1,2,a\n2,3,b\n"),
    ),
    Case(
        "missing target",
        TABLE,
        "t.csv: target 'y' is missing in 1 row (row 2); fill or remove them",
        csv("x,y\n1,a\n2,\n3,b\n"),
    ),
    Case(
        "target not a number",
        TABLE,
        "t.csv: target 'y' is missing in 1 row (row 2), as 'nan' means missing; "
        'fill or remove them, or set \'problem.missing=[NA,N/A,n/a,"#N/A","<NA>","NaN","null","NULL",None,"?"]\' '
        "where it is a class",
        csv("x,y\n1,0\n2,nan\n3,1\n"),
    ),
    Case(
        "infinite target",
        TABLE,
        "loss=bce: needs two classes and there are 3; use loss=cross_entropy",
        csv("x,y\n" + "1,0\n2,inf\n3,1\n" * 9),
    ),
    Case(
        "one class",
        TABLE,
        "t.csv: target 'y' has one class (a: 3), a problem needs two or more; choose another column",
        csv("x,y\n1,a\n2,a\n3,a\n"),
    ),
    Case(
        "three classes with bce",
        TABLE,
        "loss=bce: needs two classes and there are 3; use loss=cross_entropy",
        csv("x,y\n" + "1,a\n2,b\n3,c\n" * 9),
    ),
    Case(
        "class of one row",
        TABLE,
        "split.method=stratified: class 'c' has 1 row where each draw needs 2; "
        "add rows, leave it out with problem.classes=[a,b], or use split.method=random",
        csv(rows(20) + "1,c\n"),
    ),
    Case(
        "measurement as target",
        TABLE,
        "t.csv: target 'y' has 60 different numbers (0.0, 0.14285714285714285, 0.2857142857142857, …), a "
        "measurement and no class; choose another column, or cut it into classes",
        csv("x,y\n" + "".join(f"{k},{k / 7}\n" for k in range(60))),
    ),
    Case(
        "wrong target",
        "train problem=csv problem.path=t.csv problem.target=yy",
        "problem.target=yy: no such column in t.csv; did you mean y?",
        csv(rows(20)),
    ),
    Case(
        "no target given",
        "train problem=csv problem.path=t.csv",
        "problem.target: missing; give problem.target=VALUE",
        csv(rows(20)),
    ),
    Case(
        "unknown class",
        f"{TABLE} problem.classes=[a,c]",
        "problem.classes: no row has y=c; found a: 10, b: 10",
        csv(rows(20)),
    ),
    Case(
        "one class wanted",
        f"{TABLE} problem.classes=[a]",
        "problem.classes=['a']: must be two or more different values, of two [negative,positive]",
        csv(rows(20)),
    ),
    Case(
        "word among numbers",
        TABLE,
        "t.csv: column 'x' row 61 is 'abc' among numbers (1 such row); "
        "write a number or leave the cell empty, or set "
        '\'problem.missing=[NA,N/A,n/a,"#N/A","<NA>","NaN","nan","null","NULL",None,"?",abc]\'',
        csv(rows(60) + "abc,a\n"),
    ),
    Case(
        "minus behind a number",
        TABLE,
        "t.csv: column 'x' row 61 is '7-', a number with its minus at the end; write -7, "
        "or leave it out with problem.drop=[x]",
        csv(rows(60) + "7-,a\n"),
    ),
    Case(
        "header that is repeated",
        TABLE,
        "t.csv: row 21 repeats the header; take it out of the file or, if it has no header, set problem.header=false",
        csv(rows(20) + "x,y\n"),
    ),
    Case(
        "infinity among numbers",
        TABLE,
        "t.csv: column 'x' row 21 is inf (1 such row); "
        "a number must be finite and below 1e37, to fit into float32; correct it or leave it empty",
        csv(rows(20) + "inf,a\n"),
    ),
    Case(
        "number beyond float32",
        TABLE,
        "t.csv: column 'x' row 21 is 1e+300 (1 such row); "
        "a number must be finite and below 1e37, to fit into float32; correct it or leave it empty",
        csv(rows(20) + "1e300,a\n"),
    ),
    Case(
        "garbage",
        TABLE,
        "t.csv: line 1 is not UTF-8, and its encoding is not certain; "
        "set the right one, such as problem.encoding=cp1252, if it is a text",
        csv((bytes(range(128, 256)) + b"\n") * 8),
    ),
    Case(
        "not in its encoding",
        f"{TABLE} problem.encoding=utf-8",
        "t.csv: line 3 is not utf-8; set problem.encoding=auto or the right one",
        csv(b"x,y\n1,a\n2,\xff\n"),
    ),
    Case(
        "unknown encoding",
        f"{TABLE} problem.encoding=utf-9",
        "problem.encoding=utf-9: no such encoding; use auto, utf-8, utf-16, latin-1 or cp1252",
        csv(rows(20)),
    ),
    Case(
        "NUL bytes",
        TABLE,
        "t.csv: line 3 holds a NUL byte, which no text has; "
        "mend the file, or set problem.encoding=utf-16-le, utf-16-be or utf-32 where it is one of these",
        csv("x,y\n1,a\n2,\0\n3,b\n"),
    ),
    Case(
        "BOM of UTF-16 and half a letter",
        TABLE,
        "t.csv: begins as utf-16, but line 3 is not; write the file anew in one encoding",
        csv("x,y\n1,a\n".encode("utf-16") + b"\0"),
    ),
    Case("compressed", TABLE, "t.csv: the file is compressed (gzip); unpack it first", csv(b"\x1f\x8b\x08\0\0\0\0\0")),
    Case(
        "Excel sheet",
        TABLE,
        "t.csv: the file is a damaged zip archive or Excel workbook; write it again",
        csv(b"PK\x03\x04" + bytes(60)),
    ),
    Case(
        "one column",
        TABLE,
        "t.csv: one column, neither comma, semicolon, tab nor pipe divides the rows; "
        "if another character does, set it, as in 'problem.delimiter=\"~\"'",
        csv("y\na\nb\n"),
    ),
    Case(
        "open quote",
        TABLE,
        "t.csv: row 2 opens a quote in line 3 that closes in line 4 or never; "
        "mend it, or set problem.quoting=none where quotes are characters",
        csv('x,y\n1,a\n"2,b\n3,a\n'),
    ),
    Case("folder", TABLE, "problem.path=t.csv: a folder, not a file; name a file in it", (folder,)),
    Case(
        "dangling link",
        TABLE,
        "problem.path=t.csv: no file but a link to nowhere, a pipe or a device; name a file",
        (dangling,),
    ),
    Case("pipe", TABLE, "problem.path=t.csv: no file but a link to nowhere, a pipe or a device; name a file", (pipe,)),
    Case(
        "device",
        "train problem=csv problem.path=/dev/zero problem.target=y",
        "problem.path=/dev/zero: no file but a link to nowhere, a pipe or a device; name a file",
    ),
    Case(
        "unreadable",
        TABLE,
        "t.csv: Permission denied; check the path, its permissions and the disk",
        (*csv(rows(20)), unreadable),
        code=74,
    ),
    Case(
        "too few rows",
        TABLE,
        "split: 1 of 4 rows cannot hold each of the 2 classes; take other sizes or split.method=random",
        csv("x,y\n1,a\n2,b\n3,a\n4,b\n"),
    ),
    Case(
        "two rows",
        TABLE,
        "split.method=stratified: class 'a' has 1 row where each draw needs 2; "
        "add rows, leave it out with problem.classes, or use split.method=random",
        csv("x,y\n1,a\n2,b\n"),
    ),
    Case(
        "too few rows for folds",
        f"{TABLE} split.folds=5",
        "split.folds=5: there are 4 rows of the smallest class; take fewer folds",
        csv(rows(8)),
    ),
    Case(
        "group column that is dropped",
        f"{TABLE} split.method=grouped split.column=g problem.drop=[g]",
        "split.column=g: among the columns to drop; leave it out there: a column that splits the rows is no input",
        csv(rows(20)),
    ),
    Case(
        "no group column",
        f"{TABLE} split.method=grouped split.column=g",
        "split.column=g: no such column; known: x",
        csv(rows(20)),
    ),
    Case(
        "group column with gaps",
        f"{TABLE} split.method=grouped split.column=g",
        "split.column=g: missing in 1 row (row 21 first); fill them",
        csv(rows(20, "{k},u,{c}\n", "x,g,y\n") + "1,,a\n"),
    ),
    Case(
        "one group",
        f"{TABLE} split.method=grouped split.column=g",
        "split.column=g: 1 group, too few for three parts",
        csv(rows(20, "{k},u,{c}\n", "x,g,y\n")),
    ),
    Case(
        "constant columns",
        TABLE,
        "t.csv: no column is left besides the target 'y'; column 'x' is 1.0 in every row: left out",
        csv(rows(20, "1,{c}\n")),
    ),
    Case(
        "empty columns",
        TABLE,
        "t.csv: no column is left besides the target 'y'; column 'x' is empty in every row: left out",
        csv(rows(20, ",{c}\n")),
    ),
    Case(
        "identifier",
        TABLE,
        "t.csv: no column is left besides the target 'y'; column 'id' has 60 different texts in 60 rows, an identifier: "
        "left out; keep it with 'problem.kinds={id: category}' (or text)",
        csv("id,y\n" + "".join(f"A-{k},{'ab'[k % 2]}\n" for k in range(60))),
    ),
    Case(
        "texts among numbers",
        TABLE,
        "no column is left as an input beside the target and split.column "
        "(columns left out, texts, which features=ngrams or tokens reads: x)",
        csv("x,y\n" + "".join(f"a text of so many words {k} {k * k},{'ab'[k % 2]}\n" for k in range(60))),
    ),
    Case(
        "dropped column that is not there",
        f"{TABLE} problem.drop=[z]",
        "problem.drop=z: no such column in t.csv; known: x, y",
        csv(rows(20)),
    ),
    Case(
        "too many rows",
        f"{TABLE} problem.largest_rows=10",
        "t.csv: 20 rows, more than problem.largest_rows=10; raise it if memory allows",
        csv(rows(20)),
    ),
    Case(
        "validation rows of no file",
        f"{TABLE} problem.test_path=t.csv split.method=given split.val_rows=v.txt",
        "split.val_rows=v.txt: no such file; name one with a row number per line",
        csv(rows(20)),
    ),
    Case(
        "validation rows that are none",
        f"{TABLE} problem.test_path=t.csv split.method=given split.val_rows=v.txt",
        "v.txt line 2: row 99; must be from 0 to 19",
        (*csv(rows(20)), wrote("v.txt", "1\n99\n")),
    ),
    Case(
        "terminal codes",
        TABLE,
        "t.csv: target 'y' has one class (\\x1b]0;title\\x07: 2), a problem needs two or more; choose another column",
        csv("x,y\n1,\x1b]0;title\x07\n2,\x1b]0;title\x07\n"),
    ),
    Case(
        "column with a line break",
        TABLE,
        "t.csv: the header is longer than one line, or misquoted; write it in one line",
        csv('"x\ny",y\n1,a\n2,b\n'),
    ),
    Case("truncated Parquet", TABLE, "t.csv: cannot be read (***); write it again", csv(PARQUET[: len(PARQUET) // 2])),
    Case("four bytes of Parquet", TABLE, "t.csv: cannot be read (***); write it again", csv(b"PAR1")),
    Case(
        "Parquet with flipped bytes",
        TABLE,
        "t.csv: cannot be read (***); write it again",
        csv(PARQUET[:100] + bytes(b ^ 255 for b in PARQUET[100:140]) + PARQUET[140:]),
    ),
    Case("Parquet without rows", TABLE, "t.csv: no rows; it needs rows", csv(parquet(PLAIN.slice(0, 0)))),
    Case("truncated Arrow", TABLE, "t.csv: cannot be read (***); write it again", csv(ARROW[: len(ARROW) // 2])),
    Case("six bytes of Arrow", TABLE, "t.csv: cannot be read (***); write it again", csv(b"ARROW1")),
    Case(
        "Arrow with flipped bytes",
        TABLE,
        "t.csv: cannot be read (***); write it again",
        csv(ARROW[:-40] + bytes(b ^ 255 for b in ARROW[-40:-10]) + ARROW[-10:]),
    ),
    Case(
        "Arrow whose texts begin beyond their end",
        TABLE,
        "t.csv: cannot be read (***); write it again",
        csv(ARROW.replace(pack("<4i", 0, 1, 2, 3), pack("<4i", 0, 1 << 28, 2, 3))),
    ),
    Case(
        "commas that are decimal or separate thousands",
        TABLE,
        "t.csv: column 'x' row 1 is '1,001': a decimal comma, or thousands? "
        "set problem.decimal=comma, or problem.thousands=comma",
        csv(rows(60, '"{n},{n:03}",{c}\n')),
    ),
    Case(
        "thousands where the decimal sign is stated",
        f"{TABLE} problem.decimal=comma",
        "t.csv: column 'x' row 1 is '1.5', a decimal point; "
        "set problem.decimal=auto problem.thousands=auto, or set 'problem.kinds={x: category}'",
        csv(rows(20, '"{n}.5",{c}\n')),
    ),
    Case(
        "decimal sign that separates thousands",
        f"{TABLE} problem.decimal=comma problem.thousands=comma",
        "problem.thousands=comma: is the decimal sign too, by problem.decimal; change one of them",
        csv(rows(20)),
    ),
    Case(
        "day or month first",
        f"{TABLE} 'problem.kinds={{when: date}}'",
        "t.csv: column 'when' row 1 is '01/03/2023', with the day or the month first, which no row shows; "
        "write dates as 2024-12-31, or set 'problem.kinds={when: category}'",
        csv(rows(20, "{k},0{d}/03/2023,{c}\n", "x,when,y\n")),
    ),
    Case(
        "order by dates of two readings",
        f"{TABLE} split.method=ordered split.column=when",
        "split.column=when: '01/03/2023' is 2023-03-01 or 2023-01-03, which no row shows; write dates as 2024-12-31",
        csv(rows(20, "{k},0{d}/03/2023,{c}\n", "x,when,y\n")),
    ),
    Case(
        "order by texts that hold numbers",
        f"{TABLE} split.method=ordered split.column=week",
        "split.column=week: as texts 'week 19' is before 'week 2', by the numbers in them behind it; "
        "write numbers, or dates as 2024-12-31",
        csv(rows(20, "{k},week {n},{c}\n", "x,week,y\n")),
    ),
    Case(
        "word among dates",
        TABLE,
        "t.csv: column 'when' row 21 is 'soon' among dates (1 such row); write dates as 2024-12-31, or "
        "set 'problem.kinds={when: category}', or set "
        '\'problem.missing=[NA,N/A,n/a,"#N/A","<NA>","NaN","nan","null","NULL",None,"?",soon]\'',
        csv(rows(20, "{k},2023-01-0{d},{c}\n", "x,when,y\n") + "3,soon,a\n"),
    ),
    Case(
        "codes that are one number",
        TABLE,
        "t.csv: no column is left besides the target 'y'; column 'x' is 1.1 in every row: left out; "
        "column 'x': '1.1' and '1.10' are one number; where they are codes, set 'problem.kinds={x: category}'",
        csv("x,y\n" + "1.1,a\n1.10,b\n" * 20),
    ),
    Case(
        "several lines above the header",
        TABLE,
        "t.csv: lines 1 to 2 ('Survey 7', …) do not have the 2 columns of the lines below; "
        "skip them with problem.skip_rows=2",
        csv("Survey 7\nexported in May\n" + rows(20)),
    ),
    Case(
        "encoding that few words do not show",
        TABLE,
        "t.csv: line 2 is not UTF-8, and its encoding is not certain; "
        "set problem.encoding=cp437 for 'Müller', or problem.encoding=mac_roman for 'MÅller', "
        "or problem.encoding=cp932 for 'M\u3015ler'",
        csv(rows(40, "M\u00fcller {n},{k},{c}\n", "c,x,y\n").encode("cp437")),
    ),
    Case(
        "control characters",
        f"{TABLE} problem.encoding=latin-1",
        "t.csv: line 2 as latin-1 holds U+0080, a control character that no text has; "
        "set problem.encoding=auto or the right one",
        csv(rows(20, "\u20ac{n},{k},{c}\n", "c,x,y\n").encode("cp1252")),
    ),
    Case(
        "JSON document",
        TABLE,
        "t.csv: the file is a JSON document; "
        'write one object per line: DataFrame(…).to_json(…, orient="records", lines=True)',
        csv('[{"x": 1, "y": 0},\n{"x": 2, "y": 1}]'),
    ),
    Case(
        "JSON lines cut short",
        TABLE,
        "t.csv: cannot be read (JSON parse error: ***); write it again",
        csv('{"x": 1, "y": 0}\n{"x": 2, "y"'),
    ),
    Case(
        "pickle",
        TABLE,
        "t.csv: the file is a pickle, which may hold code and is not read; "
        "write it with pandas: DataFrame(…).to_parquet(…)",
        csv(pickle.dumps({"x": [1], "y": [0]})),
    ),
    Case(
        "web page",
        TABLE,
        "t.csv: the file is an HTML page; take the file that it shows or links, or "
        "write it with pandas: DataFrame(…).to_parquet(…)",
        csv("<!DOCTYPE html>\n<html>404</html>\n"),
    ),
    Case(
        "test part of other columns",
        f"{TABLE} problem.test_path=u.csv",
        "u.csv: column 'x' of t.csv is missing; both parts need the same columns",
        (*csv(rows(20)), wrote("u.csv", "z,y\n1,a\n")),
    ),
    Case(
        "units without a target",
        TABLE,
        "t.csv: row 1 has words in columns of numbers ('kg' in 'x'), as units or a second header; remove it",
        csv("x,y\nkg,\n" + rows(40, header="")),
    ),
    Case(
        "digits and words for true",
        TABLE,
        "t.csv: column 'b' row 2 is 'true' among 0 and 1; write 1 for true and 0 for false, or "
        "set 'problem.kinds={b: category}'",
        csv("x,b,y\n" + "".join(f"{k * 1.5},{('0', 'true', '1', 'false')[k % 4]},{'ab'[k % 2]}\n" for k in range(40))),
    ),
    Case(
        "times with and without a zone",
        TABLE,
        "t.csv: column 't' row 40 is '2024-01-01T10:00', no date as '2024-01-02T10:00Z' and others are; write dates as "
        "2024-12-31, all of them alike, or set 'problem.kinds={t: category}'",
        csv(
            "x,t,y\n"
            + "".join(f"{k * 1.5},2024-01-{k % 28 + 2:02d}T10:00Z,{'ab'[k % 2]}\n" for k in range(39))
            + "3.5,2024-01-01T10:00,a\n"
        ),
    ),
    Case(
        "columns of a fixed width",
        TABLE,
        "t.csv: one column, neither comma, semicolon, tab nor pipe divides the rows; several spaces do; write the file "
        "with one delimiter: pandas.read_csv(…, sep='  +').to_csv(…, index=False)",
        csv("x    y\n1.5  a\n2.5  b\n"),
    ),
]
