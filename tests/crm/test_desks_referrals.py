"""Admin of referrals, and the referrals on the customer page."""

import pytest
from django.urls import reverse

from crm.kernel.transactions import unit_of_work
from loyalty.models import Referee, ReferralCampaign
from loyalty.operations.referrals.invite import invite_people
from loyalty.queries.referrals.campaigns import get_campaigns
from loyalty.rules.referrals import Invitee
from tests.builders import get_or_make_organization, make_customer, make_origin
from tests.card_builders import make_coupon, make_coupon_series
from tests.referral_builders import make_campaign, make_code, make_invitation, make_referee
from tests.staff_client import log_in

pytestmark = pytest.mark.django_db
INVITATIONS = "/admin/loyalty/invitation/"
CAMPAIGNS = "/admin/loyalty/referralcampaign/"


def list_identifiers(client, query=""):
    page = client.get(f"{INVITATIONS}?{query}")
    assert page.status_code == 200
    return [row.identifier for row in page.context["cl"].result_list]


def campaign_form(**changes):
    return {
        "name": "Bring a friend",
        "token": " FRIENDS ",
        "first_day": "",
        "last_day": "",
        "most_invitees": "",
        "registration_series": "",
        "transaction_series": "",
        "is_active": "on",
        "is_default": "on",
        **changes,
    }


def test_an_admin_makes_a_campaign_that_works_at_once():
    series, customer = make_coupon_series(), make_customer()
    assert get_campaigns(get_or_make_organization().pk) == {}

    answer = log_in("organization admin").post(
        f"{CAMPAIGNS}add/", campaign_form(registration_series=series.pk)
    )

    assert answer.status_code == 302, answer.context["adminform"].form.errors
    assert ReferralCampaign.objects.get().registration_series == series
    result = unit_of_work(invite_people)(
        origin=make_origin(),
        customer_id=customer.pk,
        token="friends",
        invitees=[Invitee(type="MOBILE", identifier="919810000001")],
    )
    assert result.outcomes[0].is_new


def test_an_admin_switches_a_campaign_off_and_its_token_stays():
    campaign = make_campaign("FRIENDS", is_default=True)
    url = f"{CAMPAIGNS}{campaign.pk}/change/"

    log_in("organization admin").post(url, campaign_form(token="OTHER", is_active=""))

    campaign.refresh_from_db()
    assert (campaign.token, campaign.is_active) == ("FRIENDS", False)
    assert not get_campaigns(campaign.org_id)[campaign.pk].is_active


@pytest.mark.parametrize(
    "changes",
    [
        {"token": "two words"},
        {"token": " "},
        {"token": "taken"},
        {"is_default": "on", "token": "new"},
        {"first_day": "2026-03-02", "last_day": "2026-03-01", "is_default": ""},
    ],
)
def test_a_campaign_that_cannot_be_is_refused_in_words(changes):
    make_campaign("TAKEN", is_default=True)

    answer = log_in("organization admin").post(f"{CAMPAIGNS}add/", campaign_form(**changes))

    assert answer.status_code == 200
    assert answer.context["adminform"].form.errors
    assert ReferralCampaign.objects.count() == 1


@pytest.mark.parametrize("role", ["support agent", "approver", "import operator", "auditor"])
def test_others_look_and_change_nothing(role):
    campaign = make_campaign()
    client = log_in(role)

    assert client.get(CAMPAIGNS).status_code == client.get(INVITATIONS).status_code == 200
    assert client.post(f"{CAMPAIGNS}add/", campaign_form()).status_code == 403
    answer = client.post(f"{CAMPAIGNS}{campaign.pk}/change/", campaign_form())
    assert answer.status_code == 403


def test_invitations_are_listed_newest_first_with_what_became_of_them():
    campaign, friend = make_campaign(), make_customer()
    accepted = make_invitation(friend, campaign, "919810000001", name="Ann")
    make_invitation(friend, campaign, "bob@example.com")
    guest = make_customer()
    make_referee(friend, guest, campaign, invitation=accepted)
    make_referee(friend, guest, campaign, Referee.Event.TRANSACTION, invitation=accepted)
    client = log_in("support agent")

    assert list_identifiers(client) == ["bob@example.com", "919810000001"]
    text = client.get(INVITATIONS).content.decode()
    assert "Bought" in text
    assert "Not yet" in text
    page = client.get(f"{INVITATIONS}{accepted.pk}/change/").content.decode()
    assert "Registered, Bought" in page
    assert f"Customer {friend.pk}" in page


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("q=98100 00001", ["919810000001"]),
        ("q=BOB@example.com", ["bob@example.com"]),
        ("q=bob", []),
        ("q=%00", []),
        ("campaign={campaign}", ["919810000001"]),
        ("customer={friend}", ["bob@example.com", "919810000001"]),
        ("customer=999999", []),
    ],
)
def test_invitations_are_found_by_whom_and_by_whose_they_are(query, expected):
    campaign, friend = make_campaign(), make_customer()
    make_invitation(friend, campaign, "919810000001")
    make_invitation(friend, make_campaign(), "bob@example.com")
    query = query.format(campaign=campaign.pk, friend=friend.pk)

    page = log_in("support agent").get(f"{INVITATIONS}?{query}")

    if "%00" in query:
        assert page.status_code == 400
    else:
        assert [row.identifier for row in page.context["cl"].result_list] == expected


def test_a_list_takes_as_many_queries_for_many_as_for_few(django_assert_max_num_queries):
    campaign, friend = make_campaign(), make_customer()
    client = log_in("support agent")
    for n in range(12):
        make_invitation(friend, campaign, f"{n}@example.com")
    client.get(INVITATIONS)

    with django_assert_max_num_queries(10):
        client.get(INVITATIONS)


def test_a_customers_page_tells_of_their_referrals():
    campaign = make_campaign(name="Bring a friend")
    friend = make_customer(first_name="Tom", last_name="Sawyer")
    guest = make_customer(first_name="Huck", last_name="Finn")
    code, coupon = make_code(friend, campaign), make_coupon(friend)
    invitation = make_invitation(friend, campaign)
    make_referee(friend, guest, campaign, invitation=invitation, coupon=coupon)
    client = log_in("support agent")

    def page(customer):
        url = reverse("admin:customers_customer_change", args=[customer.pk])
        return client.get(url).content.decode()

    referrer_page = page(friend)
    for text in ("Bring a friend", code, "1 invited", "1 joined", "Huck Finn registered"):
        assert text in referrer_page
    assert coupon.code in referrer_page
    assert "Referred by <a" in page(guest)
    assert 'id="referrals"' not in page(make_customer())
