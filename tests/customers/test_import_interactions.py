"""A file of interactions ..."""

import pytest
from django.urls import reverse

from customers.models import Interaction
from tests.builders import make_customer, the_organization
from tests.customers.importing import counts, outcomes, remarks
from tests.loyalty.importing import carry_out, check
from tests.staff_client import log_in

pytestmark = pytest.mark.django_db

MOBILE = "919800000001"
HEADER = (
    "Mobile,Network,Type,Date,Count,Lat,Long,From,To,Subject,Status,Survey,NPS,Sent by,Reference\n"
)


@pytest.fixture
def customer():
    return make_customer(identifiers=[("mobile", MOBILE)])


def test_writes_down_check_ins_messages_and_surveys(customer):
    content = (
        f"{HEADER}"
        f"{MOBILE},facebook,Check-in,12/03/2012 11:33,,22.23,23.33,,,,,,,,\n"
        f"{MOBILE},,retweet,2013-01-02,5,,,,,,,,,,\n"
        f"{MOBILE},,bulk email,2013-01-02,,,,a@x.example,b@x.example,Sale,sent,,,,m-1\n"
        f"{MOBILE},Our own messages,survey,2013-12-16,,,,,,,,Satisfaction,9,Shilpa,\n"
    )

    upload = check("interactions", content)

    assert outcomes(upload) == dict.fromkeys((2, 3, 4, 5), "CREATE")
    assert not Interaction.objects.exists()
    upload = carry_out(upload)
    assert counts(upload.apply_run) == {"create": 4}
    checkin, retweet, email, survey = Interaction.objects.order_by("pk")
    assert (checkin.network, checkin.latitude, checkin.longitude) == ("FACEBOOK", 22.23, 23.33)
    assert (retweet.network, retweet.times) == ("TWITTER", 5)
    assert (email.type, email.sender, email.delivery_status) == ("EMAILBULK", "a@x.example", "SENT")
    assert (survey.survey_name, survey.nps_score, survey.sent_by) == ("Satisfaction", 9, "Shilpa")
    assert {row.customer for row in (checkin, retweet, email, survey)} == {customer}


def test_passes_over_what_was_brought_in_before(customer):
    content = (
        f"{HEADER}{MOBILE},,tweet,2013-01-02,,,,,,,,,,,\n{MOBILE},,sms,2013-01-03,,,,,,,,,,,m\n"
    )
    carry_out(check("interactions", content))

    again = check("interactions", content)

    assert outcomes(again) == {2: "SKIP", 3: "SKIP"}
    assert remarks(again)[3] == [("Reference", "This was written down before.")]
    assert Interaction.objects.count() == 2


def test_lets_the_first_of_two_equal_rows_decide(customer):
    row = f"{MOBILE},,tweet,2013-01-02,,,,,,,,,,,\n"

    upload = check("interactions", HEADER + row + row)

    assert outcomes(upload) == {2: "CREATE", 3: "SKIP"}
    assert remarks(upload)[3] == [("Reference", "Same reference as row 2.")]


def test_says_what_is_wrong_and_where(customer):
    content = (
        f"{HEADER}"
        "919800000009,,tweet,2013-01-02,,,,,,,,,,,\n"
        f"{MOBILE},,shout,2013-01-02,,,,,,,,,,,\n"
        f"{MOBILE},,check-in,2013-01-02,,,,,,,,,,,\n"
        f"{MOBILE},,tweet,someday,,,,,,,,,,,\n"
        f"{MOBILE},,tweet,2013-01-02,many,,,,,,,,,,\n"
        f"{MOBILE},,tweet,2013-01-02,,,,,,Hello,,,,,\n"
        f"{MOBILE},,survey,2013-01-02,,,,,,,,Satisfaction,11,,\n"
        f"{MOBILE},,survey,,,,,,,,,Satisfaction,1,,\n"
        ",,survey,2013-01-02,,,,,,,,Satisfaction,1,,\n"
    )

    upload = check("interactions", content)

    assert set(outcomes(upload).values()) == {"ERROR"}
    said = {number: lines[0] for number, lines in remarks(upload).items()}
    assert said[2] == ("Mobile", "Nobody has this mobile. Mend it, or bring the customer in first.")
    assert said[3][0] == "Type"
    assert said[4] == ("Network", "Say in which network it happened.")
    assert said[5] == ("Date", "“someday” is no date with the day first.")
    assert said[6] == ("Count", "“many” is no whole number.")
    assert said[7] == (
        "Subject",
        "This is too long, or not told of interactions of this type.",
    )
    assert said[8] == ("NPS", "A survey is scored from 0 to 10; nothing else is.")
    assert said[9] == ("Date", "Say when it was.")
    assert said[10] == ("", "The row names no customer.")


@pytest.mark.parametrize(("role", "offered"), [("import operator", True), ("auditor", False)])
def test_is_offered_to_those_who_bring_files_in(role, offered):
    page = log_in(role, org=the_organization()).get(reverse("admin:runs_importrun_add"))

    assert (b'value="interactions"' in page.content) is offered
