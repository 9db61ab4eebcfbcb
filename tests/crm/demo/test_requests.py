"""Requests in the demo."""

from datetime import timedelta

from crm.approvals.domain.previews import plan_requests
from crm.approvals.models import Decision, Request
from crm.audit.models import Event
from loyalty.operations.transactions.claim import Claim, plan_claims
from loyalty.queries.ledger_check import find_ledger_violations
from tests.builders import make_origin
from tests.crm.demo.moment import NOW


def test_every_kind_stands_in_every_state(demo):
    there = set(Request.objects.filter(org=demo).values_list("kind", "status"))

    assert there == {
        (kind, status) for kind in Request.Kind.values for status in Request.Status.values
    }


def test_the_queue_looks_like_work(demo):
    waiting = Request.objects.filter(org=demo, status="PENDING")

    assert 40 <= waiting.count() <= 70
    assert waiting.values("store").distinct().count() >= 5
    assert waiting.values("maker").distinct().count() >= 6
    assert waiting.filter(filed_at__lt=NOW - timedelta(days=7)).exists()
    assert waiting.filter(filed_at__gt=NOW - timedelta(days=1)).count() >= 5
    assert not waiting.filter(reason="").exists()


def test_what_waits_can_be_decided_with_a_plan_that_nothing_stands_against(demo):
    waiting = list(Request.objects.filter(org=demo, status="PENDING"))

    plans = plan_requests(org=demo, requests=waiting, now=NOW)

    assert [plan.blockers for plan in plans.values() if plan.blockers] == []


def test_both_approvers_decided_and_some_things_approved_themselves(demo):
    words = Decision.objects.filter(org=demo)

    assert set(words.filter(auto_approved=False).values_list("actor__code", flat=True)) == {
        "approver",
        "approver2",
    }
    assert words.filter(auto_approved=True).exists()
    assert Request.objects.filter(org=demo, one_step=True).exists()
    assert not words.filter(decided_at__gt=NOW).exists()
    assert not Event.objects.filter(happened_at__gt=NOW).exists()
    assert find_ledger_violations() == []


def test_the_people_of_the_documents_have_theirs(demo, ask):
    _, retro = ask("get", "customers/368881003/retroRequest")
    _, change = ask("get", "customers/130238908/changeRequest?source=INSTORE")
    _, goodwill = ask("get", "customers/343040815/goodwillRequest")

    assert {row["status"] for row in retro["data"]} == {"APPROVED", "REJECTED"}
    assert all(row["addedByParent"]["code"] == "store_india" for row in retro["data"])
    [email] = change["data"]
    assert email["changeIdentifiers"]["remove"] == [
        {"type": "EMAIL", "value": "dore.gold@example.com"}
    ]
    assert email["comments"].startswith("auto approved by ")
    assert {row["goodwillStatus"] for row in goodwill["data"]} == {
        "PENDING",
        "APPROVED",
        "REJECTED",
    }
    assert {row["goodwillType"] for row in goodwill["data"]} == {"POINTS", "COUPON"}


def test_the_transaction_nobody_was_interested_in_can_be_claimed(demo):
    [foreseen] = plan_claims(
        origin=make_origin(demo, at=NOW),
        claims=[Claim(transaction_id=7_099_259, customer_id=418)],
    )

    assert foreseen.refusal is None
    assert not Request.objects.filter(payload__transaction_id=7_099_259).exists()
