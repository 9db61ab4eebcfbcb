"""Requests of the demo, filed and decided by the domain."""

from datetime import timedelta
from decimal import Decimal

from crm.approvals.domain.decisions import Verdict, decide_requests
from crm.approvals.domain.drafts import NewRequest
from crm.approvals.domain.new_requests import file_request
from crm.approvals.models import Request
from crm.demo.data_files import Row, read_data
from crm.demo.made_up_customers import MadeUpCustomers
from crm.demo.organization import DemoOrganization
from crm.kernel.errors import DomainError
from crm.kernel.transactions import within_unit_of_work
from crm.tenancy.operations.settings import change_settings
from crm.usecases.merge_customers import merge_customers
from crm.usecases.unmerge_customers import unmerge_customers
from customers.models import Customer, MergeJournal
from loyalty.operations.transactions.enter import enter_transaction
from loyalty.rules.transactions import Sale


@within_unit_of_work
def load_requests(demo: DemoOrganization) -> None:
    """Set the settings, then file the requests and decide those that are decided."""
    data = read_data("requests")
    change_settings(org_id=demo.org.pk, values=data["settings"])
    for row in data["requests"]:
        _file_and_decide(demo, row)


@within_unit_of_work
def load_made_up_requests(demo: DemoOrganization, customers: MadeUpCustomers) -> None:
    """File requests of made-up customers, of every kind and in every state."""
    for row in read_data("made_up_requests"):
        _set_customers(customers, row)
        request = _file(demo, row)
        if "meanwhile" in row:
            _write_meanwhile(demo, customers, request, **row["meanwhile"])
        _decide(demo, request, row)


def _file_and_decide(demo: DemoOrganization, row: Row) -> None:
    _decide(demo, _file(demo, row), row)


def _file(demo: DemoOrganization, row: Row) -> Request:
    """File the request of a row; the decisions AUTO and ONE_STEP are taken at once."""
    values = dict(row.get("values", {}))
    if "transaction" in row:
        values["transaction_id"] = _enter_not_interested(demo, row)
    return file_request(
        origin=demo.origin(row["maker"], row["at"]),
        new_request=NewRequest(
            kind=row["kind"],
            customer_id=row["customer_id"],
            reason=row.get("reason", ""),
            comments=row.get("comments", ""),
            **values,
        ),
        auto_approve=row.get("decision") == "AUTO",
        one_step=row.get("decision") == "ONE_STEP",
    ).request


def _decide(demo: DemoOrganization, request: Request, row: Row) -> None:
    """Approve or reject a request as its row says; where it ``fails``, it must."""
    if "checker" not in row:
        return
    at = min(demo.moment(row["at"]) + timedelta(hours=row["after_hours"]), demo.now)
    approve, comment = row["decision"] == "APPROVED", row.get("decision_comment", "")
    [decided] = decide_requests(
        origin=demo.origin(row["checker"], at),
        request_ids=[request.pk],
        verdict=Verdict(
            approve=approve,
            reason="" if approve else comment,
            comments=comment if approve else "",
            points={request.pk: Decimal(row["points"])} if "points" in row else {},
        ),
    )
    refusal: DomainError | None = decided.refusal
    if (refusal is not None) != row.get("fails", False):
        raise refusal or AssertionError(f"The request of {row} did not fail")


def _enter_not_interested(demo: DemoOrganization, row: Row) -> int:
    """Enter the transaction that a retro request is about; return its id."""
    data = row["transaction"]
    at = demo.moment(row["at"]) - timedelta(days=data["days_before"])
    entered = enter_transaction(
        origin=demo.origin(data["till"], at),
        sale=Sale(
            number=data["number"],
            type="NOT_INTERESTED",
            till_id=demo.entity_ids[data["till"]],
            billed_at=at,
            amount=data["amount"],
        ),
    )
    assert entered.transaction_id is not None  # noqa: S101 - nothing was refused
    return entered.transaction_id


def _set_customers(customers: MadeUpCustomers, row: Row) -> None:
    """Replace the numbers of made-up customers by ids."""
    row["customer_id"] = customers[row.pop("customer")]["id"]
    values = row.setdefault("values", {})
    if "merge_into" in row:
        values["target_id"] = customers[row["merge_into"]]["id"]
    if "undo_merge_of" in row:
        victim_id = customers[row["undo_merge_of"]]["id"]
        values["merge_id"] = MergeJournal.objects.get(victim_id=victim_id, undone_at=None).pk


def _write_meanwhile(
    demo: DemoOrganization,
    customers: MadeUpCustomers,
    filed: Request,
    *,
    request: Row | None = None,
    fraud_status: str = "",
    merge_into: int | None = None,
    unmerge: bool = False,
) -> None:
    """Write what happens between filing and decision, and makes the decision fail."""
    origin = demo.origin("admin", filed.filed_at + timedelta(hours=1))
    if request is not None:
        _set_customers(customers, request)
        _file_and_decide(demo, request)
    if fraud_status:
        Customer.objects.filter(pk=filed.customer_id).update(fraud_status=fraud_status)
    if merge_into is not None:
        merge_customers(
            origin=origin,
            survivor_id=customers[merge_into]["id"],
            victim_id=filed.customer_id,
            cause=MergeJournal.Cause.IDENTIFIER_CHANGE,
        )
    if unmerge:
        unmerge_customers(origin=origin, merge_id=filed.payload["merge_id"], reason=filed.reason)
