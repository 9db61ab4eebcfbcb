"""Companies that become known by the customers who join them."""

from crm.audit.operations.events import NewEvent, record_events
from crm.kernel.bulk import insert_unless_taken, take_ids
from crm.kernel.transactions import within_unit_of_work
from crm.tenancy.origin import Origin
from customers import errors
from customers.models import Company
from customers.rules.companies import clean_external_id


@within_unit_of_work
def settle_company(*, origin: Origin, external_id: object) -> Company:
    """Return the company of this external id, which is added when nobody has heard of it.

    Raises:
        CompanyInvalid: the id is empty, too long or cannot be kept.
        CompanyInactive: the company takes in nobody any more.
    """
    name = clean_external_id(external_id)
    company = _find(origin, name) or _add(origin, name)
    if not company.is_active:
        raise errors.CompanyInactive(external_id=name)
    return company


def _find(origin: Origin, external_id: str) -> Company | None:
    return Company.objects.filter(org_id=origin.org.pk, external_id=external_id).first()


def _add(origin: Origin, external_id: str) -> Company:
    [pk] = take_ids(Company, 1)
    # Another unit may add it at the same moment: this one waits for it, and then finds it.
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
