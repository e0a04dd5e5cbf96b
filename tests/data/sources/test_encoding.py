"""Encodings that no byte-order mark tells."""

from __future__ import annotations

from pathlib import Path

import pytest
from table_files import read, refusal, written

SENTENCES = {
    "cp1250": "Wczoraj byłem w sklepie i kupiłem świeże bułki oraz trochę masła, a potem wróciłem do domu.",
    "cp1251": "Это было очень хорошее место, и обслуживание понравилось.",
    "koi8_r": "Это было очень хорошее место, и обслуживание понравилось.",
    "cp866": "Это было очень хорошее место, и обслуживание понравилось.",
    "cp1253": "Το φαγητό ήταν πολύ καλό και το προσωπικό ευγενικό.",  # noqa: RUF001
    "cp932": "この本はとても面白かったです。また読みたいと思います。",
    "euc_jp": "この本はとても面白かったです。また読みたいと思います。",
    "gb18030": "这本书非常有趣,我很喜欢。服务也很好。",
    "cp1252": "Das Zimmer war schön und größer als erwartet – 20 €; „ja“, l’été, 5\xa0m², ÄÖÜ.",  # noqa: RUF001
}


def table(sentence: str) -> str:
    return "".join(["c\ty\n", *(f"{sentence} {row}\t{row % 2}\n" for row in range(6))])


@pytest.mark.parametrize("codec", SENTENCES)
def test_the_encoding_of_sentences_is_detected_and_told(tmp_path: Path, codec: str) -> None:
    sentence = SENTENCES[codec]
    found = read(written(tmp_path, table(sentence).encode(codec)), kinds={"c": "text"})
    assert found.columns.column("c").to_pylist() == [f"{sentence} {row}" for row in range(6)]
    assert f"encoding {codec} (line 2 is not UTF-8" in found.notes[0]


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be"])
def test_letters_with_a_zero_byte_on_the_other_side_are_utf_16_too(tmp_path: Path, codec: str) -> None:
    """As Ā, U+0100, for which another letter in ten is allowed."""
    text = "c,y\n" + "".join(f"Ābcdefgh,{row % 2}\n" for row in range(6))
    found = read(written(tmp_path, text.encode(codec)), kinds={"c": "category"})
    assert found.columns.column("c").to_pylist() == ["Ābcdefgh"] * 6
    assert f"encoding {codec}" in found.notes[0]


@pytest.mark.parametrize(("word", "codec"), [("Łódź Wrocław", "cp1250"), ("東京", "cp932"), ("Müller Köln", "cp437")])
def test_an_encoding_that_few_words_do_not_show_is_told_with_how_it_reads(
    tmp_path: Path, word: str, codec: str
) -> None:
    path = written(tmp_path, table(word).encode(codec))
    text = refusal(path)
    assert text.startswith("FILE: line 2 is not UTF-8, and its encoding is not certain; set problem.encoding=")
    assert f"problem.encoding={codec} for {word.split()[0]!r}" in text
    assert read(path, encoding=codec, kinds={"c": "text"}).columns.column("c")[0].as_py() == f"{word} 0"


def test_letters_that_no_text_has_are_refused(tmp_path: Path) -> None:
    path = written(tmp_path, b"c,y\n\x81\xe9,0\na,1\n")
    assert refusal(path).startswith("FILE: line 2 is not UTF-8, and its encoding is not certain")
    assert refusal(path, encoding="latin-1") == (
        "FILE: line 2 as latin-1 holds U+0081, a control character that no text has; "
        "set problem.encoding=auto or the right one"
    )


def test_utf_8_that_is_read_as_another_encoding_is_told(tmp_path: Path) -> None:
    found = read(written(tmp_path, "c,y\né,0\na,1\n"), encoding="cp1252")
    assert found.columns.column("c").to_pylist() == ["Ã©", "a"]
    assert found.notes[0] == "table.csv: delimiter comma, UTF-8 by its bytes, read by problem.encoding=cp1252"
    assert "UTF-8" not in read(written(tmp_path, "c,y\nb,0\na,1\n"), encoding="cp1252").notes[0]


def test_two_files_are_decoded_each_in_its_own_encoding(tmp_path: Path) -> None:
    train = written(tmp_path, "c,y\né,0\nè,1\n")
    test = written(tmp_path, "c,y\né,0\nè,1\n".encode("cp1252"), "test.csv")
    assert read(train, test_path=str(test)).columns.column("c").to_pylist() == ["é", "è"] * 2
    assert refusal(train, test_path=str(test), encoding="utf-8").endswith("set problem.encoding=auto or the right one")


def test_lines_of_utf_8_among_those_of_another_encoding_are_told(tmp_path: Path) -> None:
    rows = "".join(f"Bäcker {row}\t{row % 2}\n" for row in range(60)).encode("cp1252")
    found = read(written(tmp_path, b"c\ty\n" + rows + "Köln 1\t0\n".encode()), kinds={"c": "category"})
    assert found.columns.column("c")[60].as_py() == "KÃ¶ln 1"
    told = "encoding cp1252 (line 2 is not UTF-8), although line 62 is: 'Köln' is read as 'KÃ¶ln'"
    assert f"{told}; write the file anew in one" in found.notes[0]
