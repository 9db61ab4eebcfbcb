"""Claim a form of the dashboard before it takes effect, and keep its result."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from crm.kernel.transactions import within_unit_of_work
from crm.tenancy.models import FormReceipt


@dataclass(frozen=True, slots=True)
class KeptResult:
    """The message and the page of a form that took effect before."""

    message: str
    url: str


@within_unit_of_work
def claim_form(*, staff_id: int, key: UUID, now: datetime) -> KeptResult | None:
    """Claim the form for this unit; return its result if it took effect before.

    Waits for a unit that holds the claim, until it commits or rolls back.
    """
    try:
        with transaction.atomic():
            FormReceipt.objects.create(staff_id=staff_id, key=key, created_at=now)
    except IntegrityError:
        receipt = FormReceipt.objects.get(staff_id=staff_id, key=key)
        return KeptResult(receipt.message, receipt.url)
    return None


@within_unit_of_work
def keep_form_result(*, staff_id: int, key: UUID, message: str, url: str) -> None:
    """Keep the result of a claimed form, in the unit that did it."""
    FormReceipt.objects.filter(staff_id=staff_id, key=key).update(message=message, url=url)


@within_unit_of_work
def purge_form_receipts(before: datetime) -> int:
    """Delete the receipts of forms that were sent before that time; return how many."""
    return FormReceipt.objects.filter(created_at__lt=before).delete()[0]
