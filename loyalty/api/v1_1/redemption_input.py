"""What redeeming points and redeeming coupons share in v1.1: the customer of an item, its code."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

from crm.dialects.v1_1.batch_items import Item, read_text
from crm.dialects.v1_1.views import ItemResult, Row, V11View
from crm.kernel.errors import DomainError
from crm.kernel.transactions import unit_of_work
from customers.api.v1_1.customer_lookup import read_identifiers
from customers.operations.one_time_codes import try_one_time_code
from customers.queries.customers.by_identifiers import match_customers
from customers.queries.customers.headings import list_headings
from customers.queries.one_time_codes import list_code_targets

IDENTIFIERS = ("mobile", "email", "external_id")


class RedeemingView(V11View):
    """A write whose items can carry a code that was sent to the customer for ``code_action``."""

    code_action: ClassVar[str] = ""

    def write_each(
        self,
        items: Sequence[Item],
        handle: Callable[[Item], ItemResult],
        echo: Callable[[Item], Mapping[str, Any]],
    ) -> list[Row]:
        refusals: dict[int, DomainError] = {}
        for item in items:
            # Before the unit of the item, which would undo the count of a wrong code.
            try:
                self._check_code(item)
            except DomainError as refusal:
                refusals[id(item)] = refusal.detached()

        def checked(item: Item) -> ItemResult:
            if id(item) in refusals:
                raise refusals[id(item)]
            return handle(item)

        return super().write_each(items, checked, echo)

    def _check_code(self, item: Item) -> None:
        if code := read_text(item.get("validation_code")):
            refuse_wrong_code(self, find_nested_customer(self, item), code, self.code_action)


def refuse_wrong_code(view: V11View, customer_id: int, code: str, action: str) -> None:
    """Count a wrong code in a unit of work of its own, so that the count outlives the refusal.

    Raises:
        CodeInvalid, CodeExpired: the code is not good.
    """
    targets = list_code_targets(org_id=view.org.pk, customer_id=customer_id, action=action)
    refusal: DomainError | None = unit_of_work(try_one_time_code)(
        origin=view.origin, targets=targets, code=code
    )
    if refusal is not None:
        raise refusal


def find_nested_customer(view: V11View, item: Item) -> int:
    """Return the id of the customer under the item's ``customer``."""
    customer = item.get("customer")
    lookup = read_identifiers(customer) if isinstance(customer, Mapping) else {}
    [match] = match_customers(org=view.org, items=[lookup])
    if isinstance(match, DomainError):
        raise match
    return match.customer_id


def echo_nested_customer(item: Item) -> dict[str, Any]:
    """Return the identifiers under the item's ``customer``, to repeat them in the answer."""
    customer = item.get("customer")
    identifiers = customer if isinstance(customer, Mapping) else {}
    return {name: read_text(identifiers.get(name)) for name in IDENTIFIERS}


def show_identifiers(org_id: int, customer_id: int) -> dict[str, Any]:
    """Return the mobile, email and external id of the customer."""
    identifiers = list_headings(org_id=org_id, customer_ids=[customer_id])[customer_id].identifiers
    return {
        "mobile": identifiers.get("mobile"),
        "email": identifiers.get("email"),
        "external_id": identifiers.get("externalId"),
    }
