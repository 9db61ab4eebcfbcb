"""The import of subscriptions: opt-ins and opt-outs of known customers."""

from collections.abc import Mapping, Sequence
from typing import Any

from crm.imports.columns import Column, WholeNumberColumn
from crm.imports.customer_columns import build_customer_columns, find_customers
from crm.imports.file_import import CREATE, ERROR, UNCHANGED, UPDATE
from crm.imports.operation_import import CUSTOMER_CELL, CUSTOMER_COLUMN
from crm.imports.operations.staged_rows import Key
from crm.imports.parsed_rows import ParsedRow, RowEffect
from crm.imports.readings import CellFormats
from crm.imports.refusals import build_remark
from crm.imports.row_import import NOTHING_DIFFERS, RowImport
from crm.kernel.staff_texts import staff_text
from crm.tenancy.models import Organization
from crm.tenancy.origin import Origin
from customers import errors
from customers.operations.subscriptions.change import (
    SubscriptionChangeIn,
    SubscriptionRequest,
    SubscriptionResult,
    subscribe_customers,
)
from customers.queries.subscriptions import list_stored_consents

CHANNEL, PRIORITY, STATUS, UNIT = "channel", "priority", "status", "org_unit_id"
SOURCE, ACCOUNT, REASON = "source", "account_id", "reason"
BULK = "BULK"


class SubscriptionImport(RowImport):
    """Opts customers in and out, a chunk at a time."""

    key = "subscriptions"
    singular = "subscription"
    plural = "subscriptions"
    permission = "customers.import_customers"
    subject = "customers.customer"
    example = ["Mobile", "Channel", "Priority", "Status"]
    hints = [
        staff_text("Each row opts a customer in or out of one channel: OPTIN or OPTOUT."),
        staff_text("Without a source, it is about the stores; without a priority, about BULK."),
    ]
    required_columns = [
        CUSTOMER_COLUMN,
        (CHANNEL, staff_text("Map a column to the channel.")),
        (STATUS, staff_text("Map a column to the status.")),
    ]
    required_cells = [
        CUSTOMER_CELL,
        (CHANNEL, staff_text("Give the channel.")),
        (STATUS, staff_text("Give the status: OPTIN or OPTOUT.")),
    ]
    repeats = {"consent": (CHANNEL, "subscription")}
    fault_targets = {
        errors.SubscriptionChannelInvalid: CHANNEL,
        errors.SubscriptionPriorityInvalid: PRIORITY,
        errors.SubscriptionStatusInvalid: STATUS,
        errors.SubscriptionUnitUnknown: UNIT,
        errors.AccountIdMissing: ACCOUNT,
    }

    @classmethod
    def column_groups(
        cls, org: Organization, formats: CellFormats
    ) -> Mapping[str, Sequence[Column]]:
        return {
            staff_text("Customer"): build_customer_columns(),
            staff_text("Subscription"): [
                Column(CHANNEL, staff_text("Channel"), "medium"),
                Column(PRIORITY, staff_text("Priority")),
                Column(STATUS, staff_text("Status"), "optstatus consent subscribed type"),
                Column(SOURCE, staff_text("Source")),
                Column(ACCOUNT, staff_text("Account id"), "sourceaccount"),
                WholeNumberColumn(UNIT, staff_text("Org unit"), formats, "ouid concept"),
                Column(REASON, staff_text("Reason"), "comment comments notes"),
            ],
        }

    def list_keys(self, origin: Origin, parsed: ParsedRow) -> Sequence[Key]:
        names = (CHANNEL, PRIORITY, SOURCE, ACCOUNT, UNIT)
        what = "|".join(str(parsed.values.get(name, "")).casefold() for name in names)
        return [("consent", f"{kind}:{value}|{what}"[:255]) for kind, value in parsed.lookup]

    def act(self, origin: Origin, rows: Sequence[ParsedRow]) -> list[RowEffect]:
        """Opt the customers of a chunk in and out; the number of queries is always the same."""
        customers = find_customers(origin.org.pk, rows, self.column_of)
        ids = {customer for customer in customers if isinstance(customer, int)}
        before = list_stored_consents(customer_ids=ids)
        requests = [
            _build_request(customer, row)
            for customer, row in zip(customers, rows, strict=True)
            if isinstance(customer, int)
        ]
        results = iter(subscribe_customers(origin=origin, requests=requests))
        return [
            self._build_effect(customer, next(results), before)
            if isinstance(customer, int)
            else RowEffect(ERROR, remarks=[customer] if customer else [])
            for customer in customers
        ]

    def _build_effect(
        self, customer_id: int, result: SubscriptionResult, before: Mapping[Any, str]
    ) -> RowEffect:
        if result.refusal is not None:
            remark = build_remark(result.refusal, self.fault_targets, self.column_of)
            return RowEffect(ERROR, remarks=[remark])
        [consent] = result.consents
        name = f"{consent.channel} {consent.priority}"
        key = (
            customer_id,
            consent.channel,
            consent.priority,
            consent.source,
            consent.account_id,
            consent.org_unit_id,
        )
        old = before.get(key)
        if old == consent.status:
            return RowEffect(UNCHANGED, customer_id, remarks=[("", NOTHING_DIFFERS)])
        outcome = CREATE if old is None else UPDATE
        return RowEffect(
            outcome, customer_id, None if old is None else {name: old}, {name: consent.status}
        )


def _build_request(customer_id: int, row: ParsedRow) -> SubscriptionRequest:
    values = row.values
    change = SubscriptionChangeIn(
        channel=values[CHANNEL],
        priority=values.get(PRIORITY, BULK),
        status=values[STATUS],
        source=values.get(SOURCE),
        account_id=values.get(ACCOUNT),
        org_unit_id=values.get(UNIT),
    )
    return SubscriptionRequest(
        customer_id=customer_id, changes=[change], reason=values.get(REASON, "")
    )
