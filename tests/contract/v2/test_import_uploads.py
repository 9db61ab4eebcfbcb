"""A file that is uploaded over v2 ..."""

import pytest

from crm.runs.models import ImportRun, Run
from tests.contract.v2.import_requests import (
    CONTENT,
    XLSX,
    list_messages,
    make_file,
    send_body,
    upload,
)
from tests.contract.v2.workbooks import make_workbook

pytestmark = pytest.mark.django_db


def test_takes_the_file_as_the_body(till):
    answer = send_body(till, CONTENT)

    assert (answer.status_code, answer.json()["fileName"]) == (202, "people.csv")


def test_takes_a_workbook_as_the_body(till):
    content = make_workbook([["Mobile", "First name"], ["9800000001", "Asha"]])

    answer = send_body(till, content, "imports?fileName=people.xlsx", XLSX)

    assert answer.status_code == 202, answer.content
    assert [column["target"] for column in answer.json()["columns"]] == [
        "identifier.mobile",
        "first_name",
    ]


def test_obeys_the_mapping(till):
    mapping = '{"Phone": "mobile", "given": "First name", "E-mail": null}'
    content = "Phone,given,E-mail\n9800000001,Asha,a@example.com\n"

    answer = till.upload("imports", {"file": make_file(content), "mapping": mapping})

    assert [column["target"] for column in answer.json()["columns"]] == [
        "identifier.mobile",
        "first_name",
        None,
    ]


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ('mapping={"Hat":"mobile"}', "The file has no column “Hat”"),
        ('mapping={"Mobile":"hat"}', "there is no target “hat”"),
        ('mapping={"Mobile":"first_name","E-mail":"first_name"}', "already mapped"),
        ('mapping={"Mobile":null,"E-mail":null}', "Map at least one identifier"),
        ("mapping=[1]", "must be a JSON object"),
        ("mapping={", "not JSON"),
        ('mapping={"Mobile":1}', "must map each header"),
        ("kind=hats", "There is no import type “hats”"),
        ("mode=hat", "mode"),
        ("rows=some", "rows"),
        ("dates=year", "dates"),
        ("encoding=ebcdic", "There is no encoding"),
        ("delimiter=x", "is no delimiter"),
        ('options={"hat":1}', "no option “hat”"),
        ('options={"loyalty_type":"hat"}', "loyalty_type"),
        ('options={"channels":"perhaps"}', "channels"),
    ],
)
def test_says_what_is_wrong_with_the_options_and_stores_nothing(till, query, sentence):
    answer = upload(till, query=query)

    assert answer.status_code == 400
    assert sentence in " ".join(list_messages(answer.json()))
    assert ImportRun.objects.count() == Run.objects.count() == 0


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 9, "This is not a CSV or Excel file"),
        (b"Mobile\n", "The file has a header but no rows below it."),
        (b"\xd0\xcf\x11\xe0" + b"x" * 100, "This is an old Excel file"),
        (b"PK\x03\x04" + b"x" * 100, "damaged"),
    ],
)
def test_refuses_what_is_no_table_and_stores_nothing(till, content, sentence):
    answer = upload(till, content)

    assert answer.status_code == 400
    assert sentence in list_messages(answer.json())[0]
    assert ImportRun.objects.count() == 0


def test_refuses_a_workbook_that_unfolds_beyond_all_measure(till, monkeypatch):
    monkeypatch.setattr("crm.imports.files.xlsx_table.MAX_UNPACKED_BYTES", 1000)

    answer = upload(till, make_workbook([["Mobile"], *[["9800000001"]] * 99]), name="a.xlsx")

    assert answer.status_code == 400
    assert ImportRun.objects.count() == 0


@pytest.mark.parametrize(
    ("path", "content_type", "body", "status"),
    [
        ("imports?fileName=a.csv", "text/plain", CONTENT, 415),
        ("imports?fileName=a.csv", "application/json", "{}", 415),
        ("imports", "text/csv", CONTENT, 400),
        ("imports?fileName=a.csv", "text/csv", "  \n", 400),
        ("imports?fileName=a.csv", "multipart/form-data; boundary=x", "{", 400),
        ("imports?fileName=a.csv", "multipart/form-data", "x", 400),
    ],
)
def test_refuses_bodies_that_are_no_file(till, path, content_type, body, status):
    answer = send_body(till, body, path, content_type)

    assert answer.status_code == status
    assert ImportRun.objects.count() == 0


def test_refuses_two_files(till):
    answer = till.upload("imports", {"file": [make_file(), make_file()]})

    assert answer.status_code == 400


def test_takes_a_file_above_the_limit_of_other_bodies(till):
    content = "Mobile,First name\n" + f"9800000001,{'x' * 60}\n" * 200_000
    assert len(content) > 11 * 1024**2

    assert send_body(till, content).status_code == 202
    assert upload(till, content).status_code == 202


def test_refuses_a_file_above_the_limit_of_uploads(till, settings):
    settings.UPLOAD_MAX_BYTES = 1000

    answers = [upload(till, CONTENT * 50), send_body(till, CONTENT * 50)]

    assert [answer.status_code for answer in answers] == [413, 413]
    assert ImportRun.objects.count() == 0
