"""Companies, which are created when the first customer joins them."""

from crm.audit.operations.events import NewEvent, record_events
from crm.kernel.bulk import insert_unless_taken, take_ids
from crm.kernel.transactions import within_unit_of_work
from crm.tenancy.origin import Origin
from customers import errors
from customers.models import Company
from customers.rules.hierarchies import clean_external_id


@within_unit_of_work
def get_or_create_company(*, origin: Origin, external_id: object) -> Company:
    """Return the company with this external id, and create it if it does not exist.

    Raises:
        CompanyInvalid: the id is empty, too long or cannot be stored.
        CompanyInactive: the company accepts no more customers.
    """
    clean_id = clean_external_id(external_id)
    company = _find_company(origin, clean_id) or _create_company(origin, clean_id)
    if not company.is_active:
        raise errors.CompanyInactive(external_id=clean_id)
    return company


def _find_company(origin: Origin, external_id: str) -> Company | None:
    return Company.objects.filter(org_id=origin.org.pk, external_id=external_id).first()


def _create_company(origin: Origin, external_id: str) -> Company:
    [pk] = take_ids(Company, 1)
    # If another unit adds it at the same time, this one waits and then reads that row.
    written = insert_unless_taken(
        Company,
        ("id", "org_id", "external_id", "name", "is_active", "created_at"),
        [(pk, origin.org.pk, external_id, "", True, origin.at)],
    )
    if written:
        after = {"external_id": external_id}
        event = NewEvent("company.added", "company", pk, after=after)
        record_events(origin=origin, events=[event])
    return Company.objects.get(org_id=origin.org.pk, external_id=external_id)
