"""The sentence of each refusal and notice; the only place where staff's sentences are found."""

from collections.abc import Mapping
from decimal import Decimal
from string import Formatter
from types import ModuleType
from typing import Any

from crm.approvals import errors as approval_errors
from crm.kernel.errors import DomainError
from crm.kernel.errors import mark_sentence as _
from crm.kernel.staff_texts import StaffText, join_texts, staff_text
from crm.runs import errors as run_errors
from crm.runs import notices as run_notices
from crm.tenancy import errors as tenancy_errors
from customers import errors as customer_errors
from customers import notices as customer_notices
from loyalty import errors as loyalty_errors
from loyalty import notices as loyalty_notices

AMOUNT = "{amount:,}"  # no words: each language has its own marks


def list_sentences(*rooms: ModuleType) -> dict[str, str]:
    """Return the sentence of every refusal in these modules, by its code."""
    return {
        kind.code: kind.message
        for room in rooms
        for kind in vars(room).values()
        if isinstance(kind, type) and issubclass(kind, DomainError) and kind.code
    }


SENTENCES = {
    **list_sentences(approval_errors, customer_errors, loyalty_errors, run_errors, tenancy_errors),
    **customer_notices.MESSAGES,
    **loyalty_notices.MESSAGES,
    **run_notices.MESSAGES,
}

# What staff read instead, where they need other words than a program that calls the API.
FOR_STAFF: Mapping[str, str] = {
    "approvals.new_email_invalid": _("This email address is invalid, or another customer has it."),
    "approvals.new_external_id_invalid": _(
        "This external id is invalid, or another customer has it."
    ),
    "approvals.new_mobile_invalid": _("This mobile number is invalid, or another customer has it."),
    "approvals.new_value_missing": _("Enter a new value that differs from the old one."),
    "approvals.own_request": _("You filed this request. Another person must decide it."),
    "approvals.plan_blocked": "{blockers}",
    "approvals.plan_changed": _(
        "The request has changed since the preview. Nothing was done; check it again."
    ),
    "approvals.points_invalid": _("Enter a number of points above zero."),
    "approvals.request_decided": _("{by} has already decided this request: {status}."),
    "approvals.same_request_pending": _(
        "The same request is already pending: request {request_id}."
    ),
    "approvals.survivor_merged": _("The survivor is merged into customer {survivor_id}."),
    "approvals.victim_merged": _("The customer is merged into another one. Undo that merge first."),
    "customers.account_id_missing": _("The source has several accounts. Give the account id."),
    "customers.customer_changed_meanwhile": _(
        "Someone else changed this customer. Reload the page and look again."
    ),
    "customers.customer_unknown": _("This customer does not exist."),
    "customers.identifier_not_held": _("The customer no longer has the old value."),
    "customers.identifier_taken": _("Customer {customer_id} now has this value."),
    "customers.reason_missing": _("Enter a reason."),
    "customers.status_label_unknown": _("This label is no longer active. Choose another one."),
    "customers.ticket_assignee_unknown": _("The assignee is inactive. Choose another one."),
    "customers.ticket_changed_meanwhile": _(
        "Someone else changed or answered this ticket. Reload it first."
    ),
    "customers.ticket_subject_taken": _("This subject is already open: ticket {ticket}."),
    "loyalty.amount_invalid": _("The {field} is missing, negative or too large."),
    "loyalty.card_count_invalid": _("Enter a count between 1 and {most}."),
    "loyalty.card_label_unknown": _("There is no active card label {label}."),
    "loyalty.card_series_inactive": _("The series is inactive."),
    "loyalty.card_space_too_small": _(
        "So many would be easy to guess. At most {left} more can be made."
    ),
    "loyalty.card_taken": _("Another customer holds this card. Delink it first."),
    "loyalty.card_transition_refused": _("A card with status {present} cannot become {wanted}."),
    "loyalty.card_unknown": _("There is no such card. A new card needs a series."),
    "loyalty.coupon_code_invalid": _("A coupon code has at most 60 printable characters."),
    "loyalty.coupon_expired": _("The coupon's last day is in the past."),
    "loyalty.coupon_held": _("The customer already holds a coupon of this series."),
    "loyalty.coupon_revoked": _("The coupon was already revoked."),
    "loyalty.coupon_series_expired": _("The series has expired."),
    "loyalty.coupon_series_inactive": _("The series is inactive."),
    "loyalty.coupon_series_used_up": _("All {limit} coupons of the series have been issued."),
    "loyalty.coupon_too_soon": _(
        "The customer's last coupon of this series was issued less than {days} days ago."
    ),
    "loyalty.coupon_user_limit_reached": _(
        "The customer has reached the limit of {limit} coupons of this series."
    ),
    "loyalty.insufficient_points": _(
        "Only {available} points are available; {asked} were requested."
    ),
    "loyalty.ledger_date_invalid": _("The date is in the future, or too far in the past."),
    "loyalty.marked_as_fraud": _(
        "Customer {customer_id} is marked as fraud: no redemption, goodwill or transfer."
    ),
    "loyalty.not_enrolled": _("Customer {customer_id} is not enrolled in this program."),
    "loyalty.points_invalid": _("Enter a number of points other than 0, with at most 3 decimals."),
    "loyalty.reference_used_otherwise": _("This was submitted before, with other values."),
    "loyalty.transaction_needs_customer": _(
        "This row has no customer. Give one, or change the option for rows without a customer."
    ),
    "tenancy.log_in_invalid": _("A log-in must not contain colons or control characters."),
    "tenancy.log_in_taken": _(
        "This log-in is taken; till log-ins are unique across all organizations."
    ),
}


def explain(refusal: DomainError) -> StaffText:
    """Return the sentence for staff, with the refusal's facts, in English.

    The domain stores it so; a page translates it (``crm.adminkit.translated_texts``).
    """
    return explain_code(refusal.code, refusal.facts)


def explain_code(code: str, facts: Mapping[str, Any]) -> StaffText:
    """Return the sentence for staff of a refusal or notice that is stored by its code and facts.

    A fact that is missing is blank. A code that no longer exists reads as the words in it.
    """
    sentence = FOR_STAFF.get(code) or SENTENCES.get(code)
    if sentence is None:
        return staff_text("Not done: {reason}.", reason=code.partition(".")[2].replace("_", " "))
    names = [name for _, name, _, _ in Formatter().parse(sentence) if name]
    return staff_text(sentence, **{name: _prepare_fact(facts.get(name, "")) for name in names})


def _prepare_fact(fact: Any) -> Any:
    if isinstance(fact, Decimal):
        return staff_text(AMOUNT, amount=Decimal(f"{fact:.3f}".rstrip("0").rstrip(".")))
    return join_texts(fact) if isinstance(fact, list | tuple) else fact
