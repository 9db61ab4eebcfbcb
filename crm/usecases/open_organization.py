"""Create an organization with everything its first till needs to register customers."""

from datetime import datetime

from django.contrib.auth.models import Group

from crm.audit.models import Event
from crm.audit.operations.events import NewEvent, record_events
from crm.kernel.transactions import within_unit_of_work
from crm.tenancy.errors import OrganizationCodeTaken, UsernameTaken
from crm.tenancy.models import Organization, StaffUser
from crm.tenancy.operations.staff import ensure_staff_entity
from crm.tenancy.origin import Origin
from customers.models import SourceAccount, StatusLabel
from customers.models.source_account import MULTI_ACCOUNT_SOURCES

ADMIN_ROLE = "organization admin"


@within_unit_of_work
def open_organization(
    *,
    code: str,
    name: str,
    time_zone: str,
    country: str,
    admin_username: str,
    admin_password: str,
    now: datetime,
) -> Organization:
    """Create an organization with its single-account sources, status labels and an admin.

    Stores, tills, fields and further source accounts are added in the dashboard.

    Raises:
        OrganizationCodeTaken, UsernameTaken: the code or the username is in use.
    """
    if Organization.objects.filter(code=code).exists():
        raise OrganizationCodeTaken(code=code)
    if StaffUser.objects.filter(username=admin_username).exists():
        raise UsernameTaken(username=admin_username)
    org = Organization.objects.create(
        code=code, name=name, time_zone=time_zone, default_country=country
    )
    SourceAccount.objects.bulk_create(
        SourceAccount(org=org, source=source)
        for source in SourceAccount.Source.values
        if source not in MULTI_ACCOUNT_SOURCES
    )
    StatusLabel.objects.bulk_create(
        StatusLabel(org=org, label=str(status.label), status=status, is_default=status == "ACTIVE")
        for status in StatusLabel.Status
    )
    admin = StaffUser.objects.create_user(
        admin_username, password=admin_password, org=org, is_staff=True
    )
    admin.groups.add(Group.objects.get(name=ADMIN_ROLE))
    ensure_staff_entity(staff_id=admin.pk)
    record_events(
        origin=Origin(org=org, actor_id=None, door=Event.Door.COMMAND, at=now),
        events=[NewEvent("organization.opened", "organization", org.pk, after={"code": code})],
    )
    return org
