"""A file of interactions ..."""

import pytest
from django.urls import reverse

from customers.models import Interaction
from tests.builders import get_or_make_organization, make_customer
from tests.customers.import_helpers import list_counts, list_outcomes, list_remarks
from tests.loyalty.import_helpers import check_file, import_file
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

    upload = check_file("interactions", content)

    assert list_outcomes(upload) == dict.fromkeys((2, 3, 4, 5), "CREATE")
    assert not Interaction.objects.exists()
    upload = import_file(upload)
    assert list_counts(upload.apply_run) == {"create": 4}
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
    import_file(check_file("interactions", content))

    again = check_file("interactions", content)

    assert list_outcomes(again) == {2: "UNCHANGED", 3: "UNCHANGED"}
    assert list_remarks(again)[3] == [("Reference", "This interaction was recorded before.")]
    assert Interaction.objects.count() == 2


def test_lets_the_first_of_two_equal_rows_decide(customer):
    row = f"{MOBILE},,tweet,2013-01-02,,,,,,,,,,,\n"

    upload = check_file("interactions", HEADER + row + row)

    assert list_outcomes(upload) == {2: "CREATE", 3: "SKIP"}
    assert list_remarks(upload)[3] == [("Reference", "Same reference as row 2.")]


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

    upload = check_file("interactions", content)

    assert set(list_outcomes(upload).values()) == {"ERROR"}
    first_remarks = {number: lines[0] for number, lines in list_remarks(upload).items()}
    assert first_remarks[2] == (
        "Mobile",
        "No customer has this mobile. Correct it, or import the customer first.",
    )
    assert first_remarks[3][0] == "Type"
    assert first_remarks[4] == ("Network", "Give the network.")
    assert first_remarks[5] == ("Date", "“someday” is no date with the day first.")
    assert first_remarks[6] == ("Count", "“many” is no whole number.")
    assert first_remarks[7] == (
        "Subject",
        "This is too long, or not allowed for this type.",
    )
    assert first_remarks[8] == (
        "NPS",
        "Surveys have a score from 0 to 10; other types must not have one.",
    )
    assert first_remarks[9] == ("Date", "Give the date.")
    assert first_remarks[10] == ("", "The row names no customer.")


@pytest.mark.parametrize(("role", "offered"), [("import operator", True), ("auditor", False)])
def test_is_offered_to_those_who_bring_files_in(role, offered):
    page = log_in(role, org=get_or_make_organization()).get(reverse("admin:runs_importrun_add"))

    assert (b'value="interactions"' in page.content) is offered
