"""Files of every make are read as tables, from any row on, or refused with a sentence."""

import io
from datetime import date, datetime

import pytest
from openpyxl import Workbook

from crm.runs.reading.csv_table import MOST_LINES, NUL, OPEN_QUOTE, STRAY_BREAK, TOO_LONG, CsvTable
from crm.runs.reading.sniffing import EMPTY, NO_TABLE, ONLY_HEADER, first_rows, reread, sniff
from crm.runs.reading.table import LONGEST_ROW, MOST_COLUMNS, CannotRead, Row
from crm.runs.reading.xlsx_table import DAMAGED, XlsxTable

PEOPLE = [["Name", "City"], ["Zoë", "Köln"], ["José", "Málaga"]]


def read(data):
    stream = io.BytesIO(data)
    layout = sniff(stream, len(data))
    return layout, first_rows(stream, layout, len(data), 1_000)


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
    text = line_end.join(delimiter.join(row) for row in PEOPLE)

    layout, rows = read(text.encode(encoding))

    assert (layout.names, layout.delimiter) == (["Name", "City"], delimiter)
    assert rows == [Row(2, ["Zoë", "Köln"]), Row(3, ["José", "Málaga"])]


def test_decimal_commas_do_not_make_columns():
    layout, rows = read(b"id;price\n1;2,55\n2;3,39\n")

    assert (layout.delimiter, rows[0].cells) == (";", ["1", "2,55"])


def test_windows_letters_stand_among_latin_ones():
    assert cells("name,note\nZo\xeb,“x” €5\n".encode("cp1252")) == [["Zoë", "“x” €5"]]


def test_a_few_wrong_bytes_do_not_spoil_a_file_of_utf8():
    data = "name,city\nZoë,Köln\nJosé,Málaga\n".encode() + b"Bj\xf6rn,Ume\n"

    assert cells(data) == [["Zoë", "Köln"], ["José", "Málaga"], ["Björn", "Ume"]]


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

    layout = reread(stream, sniff(stream, len(data)), len(data), delimiter=",", has_header=False)

    assert (layout.names, layout.has_header) == (["Column 1"], False)
    assert first_rows(stream, layout, len(data), 9)[1] == Row(2, ["1", "2;3"])


@pytest.mark.parametrize(
    ("data", "first", "fault"),
    [
        (b'm,n\n1,"open\n2,x\n', '1,"open', OPEN_QUOTE),
        (b'm,n\n1,"open' + b"\n2,x" * (MOST_LINES + 5) + b"\n", '1,"open', OPEN_QUOTE),
        (b"m,n\n1,a\rb\n2,x\n", "1,a\rb", STRAY_BREAK),
    ],
)
def test_a_broken_row_costs_no_other_row(data, first, fault):
    _, rows = read(data)

    assert rows[:2] == [Row(2, [first], fault), Row(3, ["2", "x"])]


def test_a_line_without_end_costs_no_other_row():
    _, rows = read(b"m,n\n" + b"9" * (3 * LONGEST_ROW) + b"\n2,x\n")

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
        (b"\xd0\xcf\x11\xe0\xa1\xb1" + bytes(99), "old kind"),
        ("name,city\nZoë,Köln\n".encode("utf-16"), "UTF-16"),
        (b"\x1f\x8b\x08" + bytes(99), "compressed"),
        (b"name,city\rAsha,Pune\r", "Macintosh"),
        (b"PK\x03\x04" + b"x" * 99, DAMAGED),
        (b",".join([b"n"] * (MOST_COLUMNS + 1)) + b"\n" + b",".join([b"x"] * 301), "301 columns"),
    ],
)
def test_what_is_no_table_is_refused_with_a_sentence(data, sentence):
    with pytest.raises(CannotRead, match=sentence.split(".")[0].split(":")[0]):
        read(data)


def test_goes_on_behind_any_row():
    data = b"name,note\n" + b"".join(b'%d,"a\nb"\n' % n for n in range(50))
    stream = io.BytesIO(data)
    layout = sniff(stream, len(data))
    table = CsvTable(stream, layout, len(data), {})
    found = []

    for row in table.rows():
        rest = CsvTable(io.BytesIO(data), layout, len(data), table.position)
        found.append((row, len(list(rest.rows()))))

    assert [(row.cells[0], left) for row, left in found] == [(str(n), 49 - n) for n in range(50)]
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

    layout = sniff(io.BytesIO(data), len(data))
    found, position = [], {}
    for _ in range(3):
        table = XlsxTable(open_file, layout, "one", position)
        rows = table.rows()
        found += [next(rows).number for _ in range(3)]
        position = table.position
    late = XlsxTable(open_file, layout, "one", {"row": 9})

    assert found == [2, 3, 4, 5, 6, 7, 8, 9, 10]
    assert len(opened) == 1
    assert [row.number for row in late.rows()] == [10]


def test_a_damaged_sheet_is_refused_with_a_sentence():
    data = workbook(["Mobile"], [1], [2])

    with pytest.raises(CannotRead, match="damaged"):
        read(data[: len(data) // 2])
