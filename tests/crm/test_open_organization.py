"""Opening an organization by command."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from crm.tenancy.models import Organization, StaffUser
from customers.models import SourceAccount, StatusLabel

pytestmark = pytest.mark.django_db
PASSWORD = "a-long-enough-secret-9"


def call_command_open(code="acme", **options):
    output = StringIO()
    call_command("open_organization", code, password=PASSWORD, stdout=output, **options)
    return output.getvalue()


def test_makes_what_a_first_registration_needs_and_an_admin_who_can_log_in():
    output = call_command_open(name="Acme", time_zone="Asia/Kolkata", admin="ravi")

    org = Organization.objects.get()
    admin = StaffUser.objects.get()
    assert (org.code, org.name, org.time_zone) == ("acme", "Acme", "Asia/Kolkata")
    assert SourceAccount.objects.filter(org=org, source="INSTORE", account_id="").exists()
    assert not SourceAccount.objects.filter(source="WECHAT").exists()
    assert StatusLabel.objects.get(is_default=True).label == "Active"
    assert admin.entity.org == org
    assert admin.has_perm("tenancy.change_organization")
    client = Client()
    client.force_login(admin)
    assert client.get("/admin/").status_code == 200
    assert output == (
        "Acme is open: ravi can log in at /admin/ and set up its stores, tills and fields.\n"
    )


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"code": "acme", "admin": "other"}, "Another organization has this code"),
        ({"code": "other", "admin": "admin"}, "Somebody else logs in by this name"),
        ({"code": "no good"}, "valid"),
        ({"code": "other", "time_zone": "Mars/Base"}, "Mars/Base is not a time zone"),
    ],
)
def test_refuses_in_words_and_opens_nothing(options, sentence):
    call_command_open()

    with pytest.raises(CommandError, match=sentence):
        call_command_open(**options)

    assert Organization.objects.count() == 1
    assert StaffUser.objects.count() == 1
