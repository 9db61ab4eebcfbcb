"""The way through the undo of an import in the dashboard."""

import pytest
from django.urls import reverse

from crm.kernel.transactions import unit_of_work
from crm.tenancy.operations.settings import change_settings
from customers.models import Customer
from tests.builders import get_or_make_organization, get_or_make_source_account
from tests.crm.undo_helpers import import_customers, write_note
from tests.customers.import_helpers import check_file, reload_import, run_to_end
from tests.queries import count_queries
from tests.staff_client import log_in

pytestmark = pytest.mark.django_db

CONTENT = "Mobile\n9800000001\n9800000002\n"


@pytest.fixture
def staff():
    get_or_make_source_account()
    return log_in("import operator", org=get_or_make_organization())


def url(page, upload):
    return reverse(f"admin:runs_importrun_{page}", args=[upload.pk])


def read_text(answer):
    return " ".join(answer.content.decode().split())


def test_shows_what_would_be_undone_then_does_it(staff):
    upload = import_customers(CONTENT)
    write_note(Customer.objects.order_by("pk")[0])
    assert url("undo", upload) in read_text(staff.get(url("change", upload)))

    preview = read_text(staff.get(url("undo", upload)))
    assert "1 of these can be undone, 1 cannot." in preview
    assert "Something came to depend on it: note." in preview
    assert Customer.objects.count() == 2

    assert staff.post(url("undo", upload)).url == url("change", upload)
    upload = reload_import(upload)
    assert "Undoing the import" in read_text(staff.get(url("change", upload)))
    run_to_end(upload.undo_run)

    assert staff.get(url("progress", upload)).json()["over"] is True
    result = staff.get(url("change", upload), {"outcome": "NOT_UNDONE"})
    assert "Partly undone" in read_text(result)
    assert "1 of 2 imported rows were undone." in read_text(result)
    assert "Something came to depend on it: note." in read_text(result)
    assert [row["number"] for row in result.context["rows"]] == [2]
    undone = staff.get(url("change", upload), {"outcome": "UNDONE"})
    assert [row["number"] for row in undone.context["rows"]] == [3]
    assert Customer.objects.count() == 1
    assert "Partly undone" in read_text(staff.get(reverse("admin:runs_importrun_changelist")))


def test_a_large_undo_is_approved_by_somebody_else(staff):
    org = get_or_make_organization()
    unit_of_work(change_settings)(org_id=org.pk, values={"CONF_IMPORT_UNDO_APPROVAL_ROWS": 1})
    upload = import_customers(CONTENT)

    page = read_text(staff.post(url("undo", upload), follow=True))
    assert "An approver must agree before it is undone." in page
    assert "asked on" in page
    assert staff.post(url("decide", upload), {"verdict": "approve"}).status_code == 403
    approver = log_in("organization admin", org=org)
    assert 'value="approve"' in read_text(approver.get(url("change", upload)))
    assert approver.post(url("decide", upload), {"verdict": "perhaps"}).status_code == 400
    approver.post(url("decide", upload), {"verdict": "approve"})

    run_to_end(reload_import(upload).undo_run)
    assert "Undone" in read_text(staff.get(url("change", upload)))
    assert Customer.objects.count() == 0


def test_says_so_when_there_is_nothing_to_undo(staff):
    upload = check_file(CONTENT)

    answer = staff.post(url("undo", upload), follow=True)

    assert "This import has nothing that can be undone." in read_text(answer)


def test_is_closed_to_who_may_not_import_such_files(staff):
    upload = import_customers(CONTENT)
    agent = log_in("support agent", org=get_or_make_organization())
    auditor = log_in("auditor", org=get_or_make_organization())

    refused = {
        client.post(url(page, upload)).status_code
        for client in (agent, auditor)
        for page in ("undo", "decide")
    }

    assert refused == {403}
    assert staff.get(url("decide", upload)).status_code == 403
    assert url("undo", upload) not in read_text(auditor.get(url("change", upload)))


@pytest.mark.parametrize("rows", [3, 40])
def test_the_preview_costs_the_same_number_of_queries_whatever_the_file(staff, rows):
    content = "Mobile,First name\n" + "".join(f"98{n:08},Asha\n" for n in range(rows))
    upload = import_customers(content)
    staff.get(url("undo", upload))

    assert count_queries(lambda: staff.get(url("undo", upload))) <= 90
