"""An organization's settings: defaults, changes, and the desk that changes them."""

import pytest
from django.urls import reverse

from crm.audit.models import Event
from crm.kernel.transactions import unit_of_work
from crm.tenancy.errors import SettingInvalid
from crm.tenancy.operations.settings import change_settings
from crm.tenancy.queries.settings import get_settings
from tests.builders import make_organization
from tests.staff_client import log_in

pytestmark = pytest.mark.django_db
DAYS = "CONF_CLIENT_RETRO_MAX_ALLOWED_AGE_DAYS"


def test_says_the_default_until_something_is_set():
    org, other = make_organization("one"), make_organization("two")

    unit_of_work(change_settings)(org_id=org.pk, values={DAYS: 7, "CI_MOBILE_AUTO_APPROVE": True})

    assert get_settings(org.pk).number(DAYS) == 7
    assert get_settings(org.pk).is_on("CI_MOBILE_AUTO_APPROVE")
    assert not get_settings(org.pk).is_on("CI_EMAIL_AUTO_APPROVE")
    assert get_settings(other.pk).number(DAYS) == 30
    assert not get_settings(other.pk).is_on("CI_MOBILE_AUTO_APPROVE")


@pytest.mark.parametrize("values", [{"NOTHING": 1}, {DAYS: -1}, {DAYS: 10**9}])
def test_refuses_what_is_no_setting_or_beyond_its_bounds(values):
    org = make_organization("one")

    with pytest.raises(SettingInvalid):
        unit_of_work(change_settings)(org_id=org.pk, values=values)

    assert get_settings(org.pk).number(DAYS) == 30


def test_the_desk_shows_changes_and_records_them():
    client = log_in("organization admin")
    org = client.user.org
    address = reverse("admin:tenancy_organization_change", args=[org.pk])
    page = client.get(address)
    form = page.context["adminform"].form
    sent = {
        name: form.initial.get(name)
        for name in form.fields
        if form.initial.get(name) is not None and form.initial[name] is not False
    }

    answer = client.post(address, {**sent, "CI_MERGE_AUTO_APPROVE": "on", DAYS: "45"})

    assert answer.status_code == 302, answer.context["adminform"].form.errors
    assert get_settings(org.pk).is_on("CI_MERGE_AUTO_APPROVE")
    assert get_settings(org.pk).number(DAYS) == 45
    event = Event.objects.get(kind="organization.changed")
    assert event.after[DAYS] == 45
