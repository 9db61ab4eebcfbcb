"""A file of memberships in partners' programs ..."""

import pytest

from loyalty.models import PartnerMembership
from tests.builders import NOON, make_customer, make_enrollment, make_program
from tests.customers.import_helpers import list_counts, list_outcomes, list_remarks
from tests.loyalty.import_helpers import check_file, import_file
from tests.partner_builders import YEAR, link, make_partner

pytestmark = pytest.mark.django_db

MOBILE = "919800000001"
HEADER = "Mobile,Partner program,Membership id,Tier,Tier expires,Action,Reason\n"


@pytest.fixture
def member():
    customer = make_customer(identifiers=[("mobile", MOBILE)])
    enrolled = make_enrollment(customer, make_program("Stars", is_default=True))
    make_partner(enrolled.program)
    make_partner(enrolled.program, "Plain", tiers=())
    return enrolled


def check(*rows):
    return check_file("partner_memberships", HEADER + "".join(f"{row}\n" for row in rows))


def list_rows():
    rows = PartnerMembership.objects.order_by("pk").values_list(
        "partner_program__name", "membership_id", "tier__name", "unlinked_at"
    )
    return [(*row[:3], row[3] is None) for row in rows]


def test_links_updates_and_unlinks(member):
    upload = check(f"{MOBILE},miles,m-1,blue,2099-12-31,,", f"{MOBILE},Plain,p-1,,,link,")
    assert list_outcomes(upload) == {2: "CREATE", 3: "CREATE"}
    assert list_rows() == []
    assert list_counts(import_file(upload).apply_run) == {"create": 2}

    upload = check(
        f"{MOBILE},Miles,m-1,Black,2099-12-31,,",
        f"{MOBILE},Plain,,,,Unlink,asked to",
    )
    assert list_outcomes(upload) == {2: "UPDATE", 3: "UPDATE"}
    import_file(upload)
    assert list_rows() == [("Miles", "m-1", "Black", True), ("Plain", "p-1", None, False)]

    again = check(f"{MOBILE},Miles,m-1,Black,2099-12-31,,")
    assert list_outcomes(again) == {2: "UNCHANGED"}


def test_says_which_cell_is_wrong_and_writes_nothing(member):
    link(make_enrollment(program=member.program).customer, "taken")

    upload = check(
        f"{MOBILE},Moon,m-1,,,,",
        f"{MOBILE},Miles,m-1,Red,2099-12-31,,",
        f"{MOBILE},Miles,m-1,Blue,2001-12-31,,",
        f"{MOBILE},Miles,taken,Blue,2099-12-31,,",
        f"{MOBILE},Miles,,Blue,2099-12-31,,",
        f"{MOBILE},Miles,,,,Unlink,",
        f"{MOBILE},Miles,m-1,Blue,2099-12-31,Jump,",
        "919800000009,Miles,m-1,Blue,2099-12-31,,",
    )

    assert set(list_outcomes(upload).values()) == {"ERROR"}
    columns = [[column for column, _ in remarks] for remarks in list_remarks(upload).values()]
    assert columns == [
        ["Partner program"],
        ["Tier"],
        ["Tier expires"],
        ["Membership id"],
        ["Membership id"],
        ["Partner program"],
        ["Action"],
        ["Mobile"],
    ]
    assert len(list_rows()) == 1


def test_refuses_another_number_of_a_linked_customer(member):
    link(member.customer, "m-1", tier_expires_at=NOON + 50 * YEAR)

    upload = check(f"{MOBILE},Miles,m-2,Blue,2099-12-31,,")

    sentence = "The customer is linked to the partner program Miles with other details."
    assert list_remarks(upload)[2] == [("Membership id", sentence)]
