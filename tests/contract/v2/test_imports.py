"""An import over v2 ..."""

import csv
import io

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from crm.runs.models import ImportRow, ImportRun, Run
from customers.models import Customer
from loyalty.models import Enrollment
from tests.builders import make_customer, make_program, make_till
from tests.contract.v2.import_requests import (
    CONTENT,
    check,
    read,
    step,
    upload,
)
from tests.customers.import_helpers import reload_import, run_to_end

pytestmark = pytest.mark.django_db

PATHS = ["", "/rows", "/errors.csv", "/confirm", "/cancel", "/continue", "/undo"]


def test_answers_at_once_what_it_made_of_the_file(till):
    answer = upload(till, query="mode=create&rows=all&dates=month&numbers=comma")

    assert answer.status_code == 202
    body = answer.json()
    assert body["columns"] == [
        {"name": "Mobile", "target": "identifier.mobile", "samples": ["9800000001", "12ab"]},
        {"name": "E-mail", "target": "identifier.email", "samples": ["a@example.com"]},
        {"name": "First name", "target": "first_name", "samples": ["Asha", "Ben"]},
        {"name": "Shoe", "target": None, "samples": ["41", "40"]},
    ]
    assert (body["kind"], body["state"], body["fileName"]) == (
        "customers",
        "CHECKING",
        "people.csv",
    )
    assert len(body["fileHash"]) == 64
    assert body["seenBefore"] is False
    assert {
        "mode": "create",
        "rows": "all",
        "dates": "month",
        "numbers": "comma",
        "encoding": "utf-8",
        "delimiter": ",",
        "hasHeader": True,
        "autoConfirm": False,
    }.items() <= body["options"].items()
    assert [warning["code"] for warning in body["warnings"]] == [91107]
    assert body["startedBy"]["code"] == "rr.till"


def test_leads_from_the_file_to_the_customers(till):
    pk = check(till)

    checked = read(till, pk)
    assert checked["state"] == "CHECKED"
    assert checked["counts"] == {
        "create": 1,
        "update": 0,
        "unchanged": 0,
        "skip": 0,
        "error": 1,
        "drifted": 0,
    }
    assert Customer.objects.count() == 0

    status, confirmed = step(till, pk, "confirm")
    assert (status, confirmed["state"]) == (200, "APPLYING")
    run_to_end(ImportRun.objects.get(pk=pk).apply_run)
    applied = read(till, pk)
    assert (applied["state"], applied["progress"]["done"]) == ("APPLIED", 1)
    assert applied["finishedOn"] is not None
    assert Customer.objects.get().registered_by == till.entity


def test_confirms_itself_when_told(till):
    pk = check(till, query="autoConfirm=true")

    assert read(till, pk)["state"] == "APPLYING"
    run_to_end(ImportRun.objects.get(pk=pk).apply_run)
    assert read(till, pk)["counts"]["create"] == 1
    assert Customer.objects.count() == 1


def test_does_not_confirm_itself_when_all_rows_or_none_are_imported_and_one_fails(till):
    pk = check(till, query="autoConfirm=true&rows=all")

    assert read(till, pk)["state"] == "CHECKED"
    assert step(till, pk, "confirm")[0] == 409
    assert Run.objects.count() == 1


def test_asks_when_a_cell_contradicts_and_is_answered(till):
    # Rows below the first hundred decide nothing, so the question comes while checking.
    rows = "".join(f"9800000{n:03},1/2/2020\n" for n in range(100, 300))
    pk = check(till, f"Mobile,Registered on\n{rows}9800000999,2/13/2020\n")

    asked = read(till, pk)
    assert asked["state"] == "FAILED"
    assert "2/13/2020" in asked["reason"]
    assert [warning["code"] for warning in asked["warnings"]] == [91111]
    assert step(till, pk, "continue")[0] == 409

    status, answered = step(till, pk, "continue?dates=month")
    assert (status, answered["state"]) == (200, "CHECKING")
    assert answered["options"]["dates"] == "month"
    run_to_end(ImportRun.objects.get(pk=answered["id"]).dry_run)
    assert read(till, answered["id"])["counts"]["create"] == 201


def test_does_not_ask_what_the_options_have_said(till):
    rows = "".join(f"9800000{n:03},1/2/2020\n" for n in range(100, 300))
    pk = check(till, f"Mobile,Registered on\n{rows}9800000999,2/13/2020\n", "dates=day")

    body = read(till, pk)
    assert (body["state"], body["counts"]["error"]) == ("CHECKED", 1)


def test_shows_the_rows_with_what_is_wrong_and_what_changes(till):
    person = make_customer(first_name="Ash", identifiers=[("mobile", "919800000001")])
    pk = check(till)

    body = read(till, pk, "/rows")
    assert body["pagination"] == {"limit": 10, "offset": 0, "total": 2}
    update, error = body["data"]
    assert (update["row"], update["outcome"], update["subjectId"]) == (2, "UPDATE", person.pk)
    assert update["cells"] == {
        "Mobile": "9800000001",
        "E-mail": "a@example.com",
        "First name": "Asha",
        "Shoe": "41",
    }
    assert update["changes"]["first_name"] == {"before": "Ash", "after": "Asha"}
    assert error["errors"] == [{"column": "Mobile", "message": "The mobile number cannot be read."}]
    assert error["warnings"] == []


def test_shows_rows_of_one_outcome_page_by_page(till):
    pk = check(till)

    body = read(till, pk, "/rows?outcome=error&limit=1")
    assert [row["row"] for row in body["data"]] == [3]
    assert body["pagination"]["total"] == 1
    assert read(till, pk, "/rows?offset=1&limit=1")["data"][0]["row"] == 3
    assert till.get(f"imports/{pk}/rows?outcome=hat").status_code == 400
    assert till.get(f"imports/{pk}/rows?limit=101").status_code == 400


def test_sends_the_failed_rows_to_be_corrected_and_read_as_before(till):
    content = "Telly;E-mail;Registered on\n12ab;a@example.com;2/1/2020\n9800000002;;1/13/2020\n"
    pk = check(till, content, 'mapping={"Telly":"mobile"}&dates=day')

    answer = till.get(f"imports/{pk}/errors.csv", HTTP_ACCEPT="text/csv")
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    name = answer["Content-Disposition"].partition('filename="')[2].strip('"')
    lines = list(csv.reader(io.StringIO(b"".join(answer).decode("utf-8-sig"))))
    assert lines[0] == ["Reason (not imported)", "Telly", "E-mail", "Registered on"]
    assert "The mobile number cannot be read." in lines[1][0]
    assert len(lines) == 3

    corrected = ",".join(lines[0]) + "\nx,9800000003,a@example.com,2/1/2020\n"
    again = upload(till, corrected, name=name).json()
    assert [column["target"] for column in again["columns"]] == [
        None,
        "identifier.mobile",
        "identifier.email",
        "registered_on",
    ]
    assert again["options"]["dates"] == "day"


def test_tells_that_a_file_was_seen_before(till):
    pk = check(till, query="autoConfirm=true")
    run_to_end(ImportRun.objects.get(pk=pk).apply_run)

    body = upload(till).json()

    assert body["seenBefore"] is True
    assert 91108 in [warning["code"] for warning in body["warnings"]]


def test_does_once_what_is_sent_twice_with_one_key(till):
    headers = {"idempotency_key": "k-1"}
    first = upload(till, **headers)
    again = upload(till, **headers)
    other = upload(till, CONTENT + "9800000009,,Cy,1\n", **headers)

    assert first.status_code == again.status_code == 202
    assert again.json() == first.json()
    assert again["Idempotent-Replayed"] == "true"
    assert other.status_code == 422
    assert ImportRun.objects.count() == 1


@pytest.mark.parametrize("name", ["confirm", "cancel", "continue"])
def test_takes_no_step_from_a_wrong_state(till, name):
    pk = check(till)
    if name != "continue":
        step(till, pk, name)

    status, body = step(till, pk, name)

    assert (status, body["errors"][0]["code"]) == (409, 409)


def test_continues_exactly_once_what_was_cancelled(till):
    pk = upload(till).json()["id"]
    assert step(till, pk, "cancel")[1]["state"] == "CANCELLED"

    assert [step(till, pk, "continue")[0] for _ in range(2)] == [200, 409]
    run_to_end(ImportRun.objects.get(pk=pk).dry_run)
    assert read(till, pk)["counts"]["create"] == 1
    assert ImportRow.objects.filter(upload_id=pk).count() == 2


def test_undoes_what_was_imported(till):
    pk = check(till, query="autoConfirm=true")
    run_to_end(ImportRun.objects.get(pk=pk).apply_run)
    assert till.post(f"imports/{pk}/undo", {"rows": ["x"]}).status_code == 400

    undone = till.post(f"imports/{pk}/undo", {"rows": [2]})
    assert (undone.status_code, undone.json()["state"]) == (200, "UNDOING")
    assert step(till, pk, "undo")[0] == 409
    run_to_end(ImportRun.objects.get(pk=pk).undo_run)

    assert read(till, pk)["state"] == "UNDONE"
    assert [row["id"] for row in till.get("imports?state=UNDONE").json()["data"]] == [pk]
    assert till.get("imports?state=APPLIED").json()["data"] == []


def test_lists_imports_by_kind_and_state(till):
    checked, reading = check(till), upload(till, CONTENT + "\n").json()["id"]

    def list_ids(query):
        return [row["id"] for row in till.get(f"imports?{query}").json()["data"]]

    assert list_ids("") == [reading, checked]
    assert list_ids("state=CHECKED") == [checked]
    assert list_ids("state=CHECKING&kind=customers") == [reading]
    assert list_ids("kind=points") == []
    assert till.get("imports?state=HAT").status_code == 400


@pytest.mark.parametrize(
    "state",
    ["READING", "APPLYING", "APPLIED", "FAILED", "CANCELLED", "UNDOING", "UNDONE", "PARTLY_UNDONE"],
)
def test_lists_imports_of_every_state(till, state):
    assert till.get(f"imports?state={state}").json()["pagination"]["total"] == 0


def test_lists_many_with_as_many_queries_as_one(till):
    check(till)
    till.get("imports")
    with CaptureQueriesContext(
        connection,
    ) as one:
        till.get("imports")
    for _ in range(3):
        check(till)
    with CaptureQueriesContext(connection) as many:
        till.get("imports")

    assert len(many) == len(one)


def test_lists_what_columns_can_mean(till):
    [kind] = till.get("imports/columns?kind=points").json()["data"]

    assert (kind["kind"], kind["example"][0]) == ("points", "Mobile")
    points = next(column for column in kind["columns"] if column["target"] == "points")
    assert (points["label"], points["type"], points["isRequired"]) == ("Points", "number", True)
    assert "adjustment" in points["synonyms"]
    assert len(till.get("imports/columns").json()["data"]) >= 7
    assert till.get("imports/columns?kind=hats").status_code == 400


@pytest.mark.parametrize("path", PATHS)
def test_is_unknown_to_another_organization(till, stranger, path):
    pk = check(till)
    ask = stranger.get if path in ("", "/rows", "/errors.csv") else None

    answer = ask(f"imports/{pk}{path}") if ask else stranger.post(f"imports/{pk}{path}", b"")

    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (404, 404)
    assert stranger.get("imports").json()["data"] == []
    assert reload_import(ImportRun.objects.get(pk=pk)).apply_run is None


def test_is_attributed_to_the_till_and_remembers_who_logged_in(till):
    other = make_till(code="t2", name="t2")
    pk = upload(
        till,
        X_CAP_API_ATTRIBUTION_ENTITY_TYPE="TILL",
        X_CAP_API_ATTRIBUTION_ENTITY_CODE="t2",
    ).json()["id"]

    run = ImportRun.objects.get(pk=pk).dry_run
    assert (run.started_by, run.called_by) == (other, till.entity)


def test_imports_points_by_their_short_name(till):
    program = make_program(is_default=True)
    person = make_customer(identifiers=[("mobile", "919800000001")])
    Enrollment.objects.filter(customer=person).delete()
    content = "Mobile,Points,Reason\n9800000001,5,gift\n"

    pk = check(till, content, "kind=points")

    assert read(till, pk)["kind"] == "points"
    assert program.pk
