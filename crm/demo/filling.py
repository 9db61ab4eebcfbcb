"""Filling the demo, and filling it anew."""

from datetime import datetime

from crm.demo.emptying import empty_database
from crm.demo.fields import FEW_FIELDS, define_fields
from crm.demo.gathering import gather
from crm.demo.ids import continue_after, last_id
from crm.demo.organizations import DEMO, make_demo, make_other
from crm.demo.people import OTHERS, PEOPLE
from crm.demo.secrets import Hashed
from crm.demo.telling import tell, tell_on
from crm.kernel.transactions import within_unit_of_work
from crm.tenancy.models import Organization
from customers.models import Customer


def is_filled() -> bool:
    """Whether the demo is there, whatever was done with it since."""
    return Organization.objects.filter(code=DEMO).exists()


def is_empty() -> bool:
    """Whether there is no organization at all."""
    return not Organization.objects.exists()


@within_unit_of_work
def fill(*, hashed: Hashed, now: datetime) -> int:
    """Write the demo into an empty database; say how many customers it has."""
    last_customer = last_id(Customer)
    demo, other = make_demo(hashed), make_other(hashed)
    define_fields(demo.org)
    define_fields(other.org, FEW_FIELDS)
    tell(demo, PEOPLE)
    tell(other, OTHERS)
    tell_on(demo)
    strangers = gather(demo, now=now)
    # Whoever was registered before the demo was emptied took a number that is never given again.
    continue_after(Customer, max(last_customer, last_id(Customer)))
    return len(PEOPLE) + len(OTHERS) + strangers


@within_unit_of_work
def fill_anew(*, hashed: Hashed, now: datetime) -> int:
    """Empty the database and fill the demo, all of it or nothing."""
    empty_database()
    return fill(hashed=hashed, now=now)
