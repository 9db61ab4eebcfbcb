"""Files of every make are read as tables, from any row on, or refused with a sentence."""

import io
from datetime import date, datetime

import pytest
from openpyxl import Workbook

from crm.imports.files.csv_table import (
    BAD_BYTES,
    MAX_LINES_PER_ROW,
    NUL,
    OPEN_QUOTE,
    TOO_LONG,
    CsvTable,
)
from crm.imports.files.layout_detection import (
    EMPTY,
    NO_TABLE,
    ONLY_HEADER,
    change_layout,
    detect_layout,
    read_first_rows,
)
from crm.imports.files.table import MAX_COLUMNS, MAX_ROW_BYTES, Row, UnreadableFile
from crm.imports.files.xlsx_table import DAMAGED, XlsxTable

CUSTOMERS = [["Name", "City"], ["Zoë", "Köln"], ["José", "Málaga"]]


def read(data):
    stream = io.BytesIO(data)
    layout = detect_layout(stream, len(data))
    return layout, read_first_rows(stream, layout, len(data), 1_000)


def cells(data):
    return [row.cells for row in read(data)[1]]


def workbook(*rows):
    book, file = Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(file)
    return file.getvalue()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_finds_out_encoding_delimiter_and_line_ends(encoding, delimiter, line_end):
    text = line_end.join(delimiter.join(row) for row in CUSTOMERS)

    layout, rows = read(text.encode(encoding))

    assert (layout.names, layout.delimiter) == (["Name", "City"], delimiter)
    assert rows == [Row(2, ["Zoë", "Köln"]), Row(3, ["José", "Málaga"])]


def test_decimal_commas_do_not_make_columns():
    layout, rows = read(b"id;price\n1;2,55\n2;3,39\n")

    assert (layout.delimiter, rows[0].cells) == (";", ["1", "2,55"])


def test_windows_letters_stand_among_latin_ones():
    assert cells("name,note\nZo\xeb,“x” €5\n".encode("cp1252")) == [["Zoë", "“x” €5"]]


def test_a_wrong_byte_spoils_its_row_and_not_the_file_of_utf8():
    layout, rows = read("name,city\nZoë,Köln\n".encode() + b"Bj\xf6rn,Ume\nAnn,Ume\n")

    assert layout.encoding == "utf-8"
    assert [(row.cells, row.fault) for row in rows] == [
        (["Zoë", "Köln"], ""),
        (["Bj\ufffdrn", "Ume"], BAD_BYTES),
        (["Ann", "Ume"], ""),
    ]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf16_with_a_mark_is_read_whatever_bytes_its_letters_hold(encoding):
    # U+0A95 and U+0D95 hold the bytes of a line feed and a carriage return.
    text = "name,city\r\nZoë,\u0a95\u0d95\r\n\u0a0a,Pune\r\n"
    data = text.encode(encoding) if encoding == "utf-16" else ("\ufeff" + text).encode(encoding)

    assert cells(data) == [["Zoë", "\u0a95\u0d95"], ["\u0a0a", "Pune"]]


def test_reading_goes_on_in_the_middle_of_utf16():
    data = "name,city\nZoë,Köln\nAsha,Pune\n".encode("utf-16")
    stream = io.BytesIO(data)
    layout = detect_layout(stream, len(data))
    table = CsvTable(stream, layout, len(data), {})
    next(table.rows())

    rest = CsvTable(stream, layout, len(data), dict(table.position))

    assert [row.cells for row in rest.rows()] == [["Asha", "Pune"]]


@pytest.mark.parametrize(
    "data",
    [
        b"name,city\rAsha,Pune\rBen,Goa\r",
        b"name,city\r\nAsha,Pune\rBen,Goa\n",
        b"\n\nname,city\nAsha,Pune\nBen,Goa",
        b",\r\n,,\r\nname,city\r\nAsha,Pune\r\nBen,Goa\r\n",
        b"sep=;\r\nname;city\r\nAsha;Pune\r\nBen;Goa\r\n",
        b"\xef\xbb\xbfSEP=|\nname|city\nAsha|Pune\nBen|Goa\n",
        b'name, "city"\n"Asha", "Pune"\nBen, "Goa"\n',
    ],
)
def test_a_table_is_found_wherever_it_begins_and_however_its_lines_end(data):
    layout, rows = read(data)

    assert layout.names == ["name", "city"]
    assert [row.cells for row in rows] == [["Asha", "Pune"], ["Ben", "Goa"]]


def test_lines_that_end_in_cr_are_read_beyond_one_block():
    data = b"name,city\r" + b"Asha,Pune\r" * 20_000
    stream = io.BytesIO(data)

    table = CsvTable(stream, detect_layout(stream, len(data)), len(data), {})

    assert [row.cells for row in table.rows()] == [["Asha", "Pune"]] * 20_000


def test_a_row_without_its_last_delimiters_has_blank_cells_there():
    assert cells(b"a,b,c,d\n1,2,3,4\n5\n6,7\n") == [
        ["1", "2", "3", "4"],
        ["5", "", "", ""],
        ["6", "7", "", ""],
    ]


def test_cells_may_hold_line_breaks_and_blank_lines_count_as_rows():
    _, rows = read(b'name,note\n"Asha","one\ntwo"\n\n,\nBen,"x ""y"""\n')

    assert rows == [Row(2, ["Asha", "one\ntwo"]), Row(5, ["Ben", 'x "y"'])]


def test_columns_of_one_name_or_none_get_names_of_their_own():
    layout, _ = read(b"a,a,,b\n1,2,3,4\n")

    assert layout.names == ["a", "a (2)", "Column 3", "b"]


def test_a_file_without_header_begins_with_its_first_row():
    layout, rows = read(b"+919800000001,Asha\n+919800000002,Ben\n")

    assert (layout.has_header, layout.names) == (False, ["Column 1", "Column 2"])
    assert rows[0] == Row(1, ["+919800000001", "Asha"])


def test_is_read_otherwise_when_somebody_knows_better():
    data = b"x;y\n1,2;3\n"
    stream = io.BytesIO(data)

    layout = change_layout(
        stream, detect_layout(stream, len(data)), len(data), delimiter=",", has_header=False
    )

    assert (layout.names, layout.has_header) == (["Column 1"], False)
    assert read_first_rows(stream, layout, len(data), 9)[1] == Row(2, ["1", "2;3"])


@pytest.mark.parametrize(
    ("data", "first", "fault"),
    [
        (b'm,n\n1,"open\n2,x\n', '1,"open', OPEN_QUOTE),
        (b'm,n\n1,"open' + b"\n2,x" * (MAX_LINES_PER_ROW + 5) + b"\n", '1,"open', OPEN_QUOTE),
    ],
)
def test_a_broken_row_costs_no_other_row(data, first, fault):
    _, rows = read(data)

    assert rows[:2] == [Row(2, [first], fault), Row(3, ["2", "x"])]


def test_a_line_without_end_costs_no_other_row():
    _, rows = read(b"m,n\n" + b"9" * (3 * MAX_ROW_BYTES) + b"\n2,x\n")

    assert [(row.number, row.fault) for row in rows] == [(2, TOO_LONG), (3, "")]
    assert rows[1].cells == ["2", "x"]


def test_nul_is_shown_and_said():
    _, rows = read(b"m,n\n1,a\0b\n2,x\n")

    assert rows == [Row(2, ["1", "a\ufffdb"], NUL), Row(3, ["2", "x"])]


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", EMPTY),
        (b" \n \n", EMPTY),
        (b"name,city\n", ONLY_HEADER),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 9, NO_TABLE),
        (b"%PDF-1.7\n" + bytes(range(256)) * 9, NO_TABLE),
        (b"\xd0\xcf\x11\xe0\xa1\xb1" + bytes(99), "old Excel file"),
        (b"\x1f\x8b\x08" + bytes(99), "compressed"),
        (b"PK\x03\x04" + b"x" * 99, DAMAGED),
        (b",".join([b"n"] * (MAX_COLUMNS + 1)) + b"\n" + b",".join([b"x"] * 301), "301 columns"),
    ],
)
def test_what_is_no_table_is_refused_with_a_sentence(data, sentence):
    with pytest.raises(UnreadableFile, match=sentence.split(".")[0].split(":")[0]):
        read(data)


def test_goes_on_behind_any_row():
    data = b"name,note\n" + b"".join(b'%d,"a\nb"\n' % n for n in range(50))
    stream = io.BytesIO(data)
    layout = detect_layout(stream, len(data))
    table = CsvTable(stream, layout, len(data), {})
    numbers = []

    for row in table.rows():
        rest = CsvTable(io.BytesIO(data), layout, len(data), table.position)
        numbers.append((row, len(list(rest.rows()))))

    assert [(row.cells[0], left) for row, left in numbers] == [(str(n), 49 - n) for n in range(50)]
    assert table.share() == 1


def test_excel_cells_read_as_people_see_them():
    data = workbook(
        ["Mobile", "Joined", "Seen", "VIP", "Points"],
        [919800000001.0, date(2024, 1, 2), datetime(2024, 1, 2, 3, 4), True, 1.5],
        [],
        [919800000002, None, None, False, None],
    )

    layout, rows = read(data)

    assert layout.names == ["Mobile", "Joined", "Seen", "VIP", "Points"]
    assert rows == [
        Row(2, ["919800000001", "2024-01-02", "2024-01-02 03:04:00", "yes", "1.5"]),
        Row(4, ["919800000002", "", "", "no", ""]),
    ]


def test_an_excel_file_goes_on_where_it_stopped_and_is_opened_once_for_it():
    data = workbook(["Mobile"], *([n] for n in range(919800000001, 919800000010)))
    opened = []

    def open_file():
        opened.append(1)
        return io.BytesIO(data)

    layout = detect_layout(io.BytesIO(data), len(data))
    numbers, position = [], {}
    for _ in range(3):
        table = XlsxTable(open_file, layout, "one", position)
        rows = table.rows()
        numbers += [next(rows).number for _ in range(3)]
        position = table.position
    late = XlsxTable(open_file, layout, "one", {"row": 9})

    assert numbers == [2, 3, 4, 5, 6, 7, 8, 9, 10]
    assert len(opened) == 1
    assert [row.number for row in late.rows()] == [10]


@pytest.mark.parametrize(
    ("value", "number_format", "text"),
    [
        (981, "00000", "00981"),
        (7400123456, "00000000000", "07400123456"),
        (1234567, "000-0000", "123-4567"),
        (12345678, "000-0000", "1234-5678"),
        (919800000001, '"+"0', "+919800000001"),
        (42, "0", "42"),
        (42, "0.00", "42"),
        (42, "#,##0", "42"),
        (0.5, "0%", "0.5"),
        (123456789012345, "0", "123456789012345"),
        (1234567890123450, "0", "1.23456789012345E+15"),
        (9.19e18, "General", "9.19000000000000E+18"),
        ("=A2", "General", "#FORMULA! A2"),
        ("Asha_x000D_\nPune", "General", "Asha\r\nPune"),
    ],
)
def test_a_number_reads_as_it_is_shown_or_shows_that_digits_are_lost(value, number_format, text):
    book, file = Workbook(), io.BytesIO()
    book.active.append(["Id", "Note"])
    book.active.append([value, "x"])
    book.active["A2"].number_format = number_format
    book.save(file)

    assert cells(file.getvalue()) == [[text, "x"]]


def test_a_table_in_the_middle_of_a_sheet_is_found():
    book, file = Workbook(), io.BytesIO()
    for row, values in enumerate([["name", "city"], ["Asha", "Pune"], ["Ben", None]], start=3):
        for column, value in enumerate(values, start=3):
            book.active.cell(row, column, value)
    book.save(file)

    layout, rows = read(file.getvalue())

    assert layout.names == ["Column 1", "Column 2", "name", "city"]
    assert rows == [Row(4, ["", "", "Asha", "Pune"]), Row(5, ["", "", "Ben", ""])]


def test_a_damaged_sheet_is_refused_with_a_sentence():
    data = workbook(["Mobile"], [1], [2])

    with pytest.raises(UnreadableFile, match="damaged"):
        read(data[: len(data) // 2])
