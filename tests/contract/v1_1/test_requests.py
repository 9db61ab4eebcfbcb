"""Requests in v1.1: add, approve, reject, get, logs, update_identity (contract, section 5.3)."""

import pytest

from crm.approvals.models import Decision, Request
from crm.kernel.transactions import unit_of_work
from crm.tenancy.models import Scope
from crm.tenancy.operations.settings import change_settings
from customers.models import Identifier
from tests.approval_builders import make_person, make_request
from tests.builders import make_credential, make_customer, make_till
from tests.contract.v1_1.answers import build_status, list_item_codes
from tests.contract.v1_1.conftest import Till
from tests.queries import count_queries

MOBILE, EMAIL = "447700900111", "rita@example.com"
KEYS = {
    "reference_id", "id", "status", "requested_on", "type", "base_type", "customer", "old_value",
    "new_value", "old_type", "new_type", "misc_info", "transaction_id", "reason", "comments",
    "item_status",
}  # fmt: skip


@pytest.fixture
def rita(till):
    return make_customer(
        identifiers=[("mobile", MOBILE), ("email", EMAIL), ("externalId", "R-1")],
    )


@pytest.fixture
def checker(till, client):
    """Another till, which decides."""
    entity = make_till(code="checker.till")
    make_credential(entity)
    return Till(entity, client)


def build_request(**other):
    return {
        "reference_id": "17",
        "type": "CHANGE_IDENTIFIER",
        "base_type": "EMAIL",
        "customer": {"mobile": MOBILE},
        "old_value": EMAIL,
        "new_value": "rita@new.example.com",
        "reason": "typed wrong",
        **other,
    }


def build_body(*items, child="request"):
    return {"root": {child: list(items)}}


def get_rows(response, parent="requests", child="request"):
    return response[parent][child]


@pytest.mark.parametrize("form", ["post", "post_xml"])
def test_are_filed_in_either_format(till, rita, read_answer, form):
    status, response = read_answer(getattr(till, form)("request/add", build_body(build_request())))

    [row] = get_rows(response)
    assert (status["success"], str(status["code"])) == ("true", "200")
    assert set(row) >= KEYS
    assert (row["status"], row["type"], row["base_type"]) == (
        "PENDING", "CHANGE_IDENTIFIER", "EMAIL",
    )  # fmt: skip
    assert (row["reference_id"], row["old_value"], row["new_value"]) == (
        "17", EMAIL, "rita@new.example.com",
    )  # fmt: skip
    assert row["customer"] == {
        "id": str(rita.pk),
        "firstname": "Asha",
        "lastname": "Rao",
        "mobile": MOBILE,
        "email": EMAIL,
        "external_id": "R-1",
    }
    assert row["item_status"]["code"] == "9000"
    request = Request.objects.get(pk=row["id"])
    assert (request.maker, request.reason, request.status) == (
        till.entity,
        "typed wrong",
        "PENDING",
    )


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"type": "NONSENSE"}, "9006"),
        ({"type": None}, "9006"),
        ({"base_type": "NONSENSE"}, "9008"),
        ({"base_type": "POINTS"}, "9008"),
        ({"customer": None}, "9019"),
        ({"customer": {"firstname": "Rita"}}, "9019"),
        ({"customer": {"mobile": "447700900999"}}, "9011"),
        ({"customer": {"id": "99999999999999999999"}}, "9011"),
        ({"old_value": "other@example.com"}, "9012"),
        ({"old_value": ""}, "9012"),
        ({"new_value": ""}, "9024"),
        ({"new_value": {"a": "b"}}, "9024"),
        ({"new_value": "nowhere"}, "9001"),
        ({"base_type": "MOBILE", "old_value": MOBILE, "new_value": "1"}, "9003"),
        ({"base_type": "EXTERNAL_ID", "old_value": "R-1", "new_value": "x" * 256}, "9002"),
        ({"reason": "x" * 300}, "9005"),
    ],
)
def test_what_cannot_be_filed_says_why_by_its_code(till, rita, read_answer, wrong, code):
    status, response = read_answer(till.post("request/add", build_body(build_request(**wrong))))

    assert status == build_status(500)
    assert list_item_codes(get_rows(response)) == [("false", code)]
    assert not Request.objects.exists()


def test_one_bad_item_leaves_the_others_filed_and_a_repeat_is_refused(till, rita, read_answer):
    status, response = read_answer(
        till.post(
            "request/add",
            build_body(
                build_request(),
                build_request(type="X"),
                build_request(),
                build_request(base_type="MOBILE", old_value=MOBILE, new_value="447700900222"),
            ),
        )
    )

    assert status == build_status(201, total=4, success_count=2)
    codes = [code for _, code in list_item_codes(get_rows(response))]
    assert codes == ["9000", "9006", "9028", "9000"]
    assert Request.objects.count() == 2


def test_are_approved_by_somebody_else_only(till, checker, rita, read_answer):
    [filed] = get_rows(read_answer(till.post("request/add", build_body(build_request())))[1])
    decision = {
        "type": "CHANGE_IDENTIFIER", "base_type": "EMAIL", "id": filed["id"],
        "updated_comments": "seen",
    }  # fmt: skip

    own = read_answer(till.post("request/approve", build_body(decision)))
    first = read_answer(checker.post("request/approve", build_body(decision)))
    again = read_answer(checker.post("request/approve", build_body(decision)))

    assert list_item_codes(get_rows(own[1])) == [("false", "403")]
    [row] = get_rows(first[1])
    assert (row["status"], row["updated_comments"]) == ("APPROVED", "seen")
    assert row["updated_by"]["code"] == "checker.till"
    assert list_item_codes(get_rows(again[1])) == [("false", "409")]
    assert rita.identifiers.get(type="email").value == "rita@new.example.com"
    assert Decision.objects.count() == 1


def test_are_rejected_with_a_reason_only(till, checker, rita, read_answer):
    [filed] = get_rows(read_answer(till.post("request/add", build_body(build_request())))[1])
    decision = {"type": "CHANGE_IDENTIFIER", "base_type": "EMAIL", "id": filed["id"]}

    without = read_answer(checker.post("request/reject", build_body(decision)))
    decision["reason"] = "no proof"
    rejected = read_answer(checker.post("request/reject", build_body(decision)))

    assert list_item_codes(get_rows(without[1])) == [("false", "400")]
    [row] = get_rows(rejected[1])
    assert (row["status"], row["decision_reason"]) == ("REJECTED", "no proof")
    assert rita.identifiers.get(type="email").value == EMAIL


def test_an_approval_that_breaks_a_rule_answers_the_rules_code_and_failed(
    till, checker, rita, read_answer
):
    [filed] = get_rows(read_answer(till.post("request/add", build_body(build_request())))[1])
    make_customer(identifiers=[("email", "rita@new.example.com")])

    status, response = read_answer(
        checker.post(
            "request/approve",
            build_body({"type": "CHANGE_IDENTIFIER", "base_type": "EMAIL", "id": filed["id"]}),
        )
    )

    [row] = get_rows(response)
    assert (status["success"], row["status"]) == ("false", "FAILED")
    assert row["item_status"]["code"] == "9005"
    assert Request.objects.get().status == "FAILED"


@pytest.mark.parametrize(
    "named",
    [
        {"id": "0"},
        {"id": "999999999"},
        {"id": "x"},
        {"id": None},
        {"base_type": "MOBILE"},
    ],
)
def test_only_the_request_that_is_named_right_is_decided(till, checker, rita, read_answer, named):
    [filed] = get_rows(read_answer(till.post("request/add", build_body(build_request())))[1])
    decision = {"type": "CHANGE_IDENTIFIER", "base_type": "EMAIL", "id": filed["id"], **named}

    _, response = read_answer(checker.post("request/approve", build_body(decision)))

    assert list_item_codes(get_rows(response)) == [("false", "9013")]
    assert Request.objects.get().status == "PENDING"


def test_a_log_in_that_may_approve_may_have_it_approved_at_once(till, rita, read_answer):
    query = "request/add?client_auto_approve=true"
    [row] = get_rows(read_answer(till.post(query, build_body(build_request())))[1])

    assert row["status"] == "APPROVED"
    assert Decision.objects.get().auto_approved


def test_and_one_that_may_not_waits(till, rita, read_answer, client):
    entity = make_till(code="filing.till")
    make_credential(entity, scopes=[Scope.REQUESTS_WRITE])
    filing = Till(entity, client)

    for query in ("client_auto_approve=true", "is_one_step_change=true"):
        answer = filing.post(
            f"request/add?{query}", build_body(build_request(new_value=f"{query[:3]}@x.example"))
        )
        assert get_rows(read_answer(answer)[1])[0]["status"] == "PENDING"
    assert filing.post("request/approve", build_body(build_request())).status_code == 403


def test_the_organizations_switch_approves_at_once(till, rita, read_answer):
    unit_of_work(change_settings)(org_id=till.org.pk, values={"CI_EMAIL_AUTO_APPROVE": 1})

    [row] = get_rows(read_answer(till.post("request/add", build_body(build_request())))[1])

    assert row["status"] == "APPROVED"


def test_a_repeated_key_files_nothing_again(till, rita, read_answer):
    first = till.post("request/add", build_body(build_request()), idempotency_key="k1")
    again = till.post("request/add", build_body(build_request()), idempotency_key="k1")

    assert first.content == again.content
    assert Request.objects.count() == 1


@pytest.mark.parametrize("path", ["request/get", "request/logs"])
def test_are_listed_by_whatever_tells_them_apart(till, checker, rita, read_answer, path):
    mine = make_request(rita, "EMAIL", maker=till.entity, old_value=EMAIL, new_value="a@b.example")
    other = make_request(make_customer(), maker=make_person())
    till_code = till.entity.code

    def listed(**query):
        status, response = read_answer(till.get(path, query))
        assert status["success"] == "true"
        requests = response["requests"]
        return requests["count"], [row["id"] for row in requests["change_identifier"]]

    both = [str(other.pk), str(mine.pk)]
    assert listed() == (2, both)
    assert listed(order="asc") == (2, both[::-1])
    assert listed(rows="1") == (2, both[:1])
    assert listed(rows="1", start="1") == (2, both[1:])
    for query, expected in (
        ({"mobile": MOBILE}, [mine]),
        ({"base_type": "email"}, [mine]),
        ({"type": "change_identifier", "base_type": "MOBILE"}, [other]),
        ({"type": "GOODWILL"}, []),
        ({"type": "GOODWILL", "base_type": "MOBILE"}, []),
        ({"status": "APPROVED,REJECTED"}, []),
        ({"status": "pending"}, [other, mine]),
        ({"request_id": str(mine.pk)}, [mine]),
        ({"start_id": str(other.pk)}, [other]),
        ({"end_id": str(mine.pk)}, [mine]),
        ({"added_by": till_code}, [mine]),
        ({"added_by": str(till.entity.pk)}, [mine]),
        ({"added_by": "nobody"}, []),
        ({"updated_by": till_code}, []),
        ({"start_date": "2026-03-02"}, [other, mine]),
        ({"end_date": "2026-03-01"}, []),
        ({"end_date": "2026-03-02"}, [other, mine]),
        ({"is_one_step_change": "true"}, []),
    ):
        assert listed(**query) == (len(expected), [str(request.pk) for request in expected]), query


def test_logs_tell_every_word_about_a_request(till, checker, rita, read_answer):
    [filed] = get_rows(read_answer(till.post("request/add", build_body(build_request())))[1])
    named = {"type": "CHANGE_IDENTIFIER", "base_type": "EMAIL", "id": filed["id"]}
    rival = make_customer(identifiers=[("email", "rita@new.example.com")])
    checker.post("request/approve", build_body(named))
    Identifier.objects.filter(customer=rival).update(value="else@example.com")
    checker.post("request/approve", build_body({**named, "updated_comments": "now it is free"}))

    _, response = read_answer(till.get("request/logs", {"mobile": MOBILE}))

    [row] = response["requests"]["change_identifier"]
    assert [(word["status"], word["by"]["code"]) for word in row["logs"]["log"]] == [
        ("FAILED", "checker.till"),
        ("APPROVED", "checker.till"),
    ]
    assert row["updated_comments"] == "now it is free"


@pytest.mark.parametrize(
    "query",
    [
        {"status": "LOST"},
        {"type": "X"},
        {"rows": "0"},
        {"rows": "101"},
        {"rows": "x"},
        {"start": "-1"},
        {"request_id": "1,x"},
        {"request_id": ",".join("1" * 101)},
        {"start_date": "yesterday"},
        {"order": "up"},
        {"mobile": f"{MOBILE},447700900222"},
        {"is_one_step_change": "maybe"},
    ],
)
def test_a_filter_that_cannot_be_read_is_refused(till, rita, query):
    assert till.get("request/get", query).status_code == 400


def test_listing_costs_the_same_for_one_and_for_ten(till, rita):
    def cost():
        return count_queries(lambda: till.get("request/logs", {"rows": "100"}))

    make_request(rita, "EMAIL", old_value=EMAIL, new_value="a@b.example")
    till.get("request/logs")
    for_one = cost()
    for _ in range(9):
        make_request(make_customer())
    assert cost() == for_one


class TestUpdateIdentity:
    PATH = "customer/update_identity"

    def item(self, **other):
        return {
            "identifier": "mobile", "old_value": MOBILE, "new_value": "447700900222", **other,
        }  # fmt: skip

    @pytest.mark.parametrize("form", ["post", "post_xml"])
    def test_files_a_request_in_either_format(self, till, rita, read_answer, form):
        _, response = read_answer(
            getattr(till, form)(self.PATH, build_body(self.item(), child="customer"))
        )

        [row] = get_rows(response, "customers", "customer")
        assert (row["identifier"], row["old_value"], row["new_value"], row["updated"]) == (
            "mobile", MOBILE, "447700900222", "true",
        )  # fmt: skip
        assert row["item_status"]["code"] == "1040"
        assert Request.objects.get().status == "PENDING"
        assert rita.identifiers.get(type="mobile").value == MOBILE

    @pytest.mark.parametrize(
        "wrong",
        [
            {"identifier": "wechat"},
            {"identifier": None},
            {"old_value": "447700900999"},
            {"old_value": None},
            {"new_value": "1"},
            {"new_value": None},
        ],
    )
    def test_says_1041_and_why(self, till, rita, read_answer, wrong):
        _, response = read_answer(
            till.post(self.PATH, build_body(self.item(**wrong), child="customer"))
        )

        [row] = get_rows(response, "customers", "customer")
        assert (row["updated"], row["item_status"]["code"]) == ("false", "1041")
        assert len(row["item_status"]["message"]) > len("The change could not be filed: ")


@pytest.mark.parametrize("path", ["request/get", "request/logs"])
def test_of_a_customer_whom_nobody_knows_nothing_is_listed(till, rita, read_answer, path):
    make_request(rita, "EMAIL", old_value=EMAIL, new_value="a@b.example")

    status, response = read_answer(till.get(path, {"mobile": "447700900999"}))

    assert (status["success"], status["code"], status["total"]) == ("false", 9011, "0")
    assert response["requests"] == {
        "count": 0,
        "rows": 0,
        "change_identifier": [],
        "goodwill": [],
        "transaction_update": [],
    }
