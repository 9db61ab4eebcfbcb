"""Admin of partner programs."""

import pytest
from django.urls import reverse

from crm.audit.models import Event
from loyalty.models import PartnerProgram, PartnerTier
from tests.builders import make_organization, make_program
from tests.staff_client import log_in

pytestmark = pytest.mark.django_db

ADD = "admin:loyalty_partnerprogram_add"


def _form_data(program, tiers=(), **changes):
    lines = {
        f"tiers-{position}-{name}": value
        for position, tier in enumerate(tiers)
        for name, value in tier.items()
    }
    return {
        "program": program.pk,
        "name": "Miles",
        "description": "",
        "type": "EXTERNAL",
        "is_active": "on",
        **({"is_tier_based": "on"} if tiers else {}),
        "tiers-TOTAL_FORMS": len(tiers),
        "tiers-INITIAL_FORMS": 0,
        **lines,
        **changes,
    }


def test_a_program_with_its_tiers_is_added_and_recorded():
    program = make_program("Club")
    tiers = [{"serial": 1, "name": "Blue"}, {"serial": 2, "name": "Black"}]

    log_in("organization admin").post(reverse(ADD), _form_data(program, tiers))

    partner = PartnerProgram.objects.get()
    assert (partner.org, partner.program, partner.name) == (program.org, program, "Miles")
    assert list(partner.tiers.order_by("serial").values_list("name", flat=True)) == [
        "Blue",
        "Black",
    ]
    assert Event.objects.get(kind="partner_program.added").subject_id == partner.pk


@pytest.mark.parametrize(
    ("tiers", "changes", "message"),
    [
        ([{"serial": 2, "name": "Blue"}], {}, "Number the tiers 1, 2, 3 and so on."),
        (
            [{"serial": 1, "name": "Blue"}],
            {"is_tier_based": ""},
            "Mark the program as tier-based first.",
        ),
        ([], {"is_tier_based": "on"}, "A tier-based program must have at least one tier."),
        ([], {"name": "  "}, "This field is required."),
    ],
)
def test_what_does_not_fit_is_refused(tiers, changes, message):
    answer = log_in("organization admin").post(
        reverse(ADD), _form_data(make_program(), tiers, **changes)
    )

    assert message in answer.content.decode()
    assert not PartnerProgram.objects.exists()
    assert not PartnerTier.objects.exists()


def test_two_partners_of_a_program_have_different_names():
    program = make_program()
    client = log_in("organization admin")
    client.post(reverse(ADD), _form_data(program))

    answer = client.post(reverse(ADD), _form_data(program))

    assert answer.status_code == 200
    assert PartnerProgram.objects.count() == 1


def test_a_program_of_another_organization_is_not_linked():
    foreign_program = make_program("Theirs", make_organization())

    answer = log_in().post(reverse(ADD), _form_data(foreign_program))

    assert "Select a valid choice" in answer.content.decode()
    assert not PartnerProgram.objects.exists()


@pytest.mark.parametrize("role", ["support agent", "approver", "auditor", "import operator"])
def test_others_look_and_change_nothing(role):
    partner = PartnerProgram.objects.create(
        org=(program := make_program()).org, program=program, name="Miles"
    )
    client = log_in(role)

    page = client.get(reverse("admin:loyalty_partnerprogram_change", args=[partner.pk]))

    assert page.status_code == 200
    assert client.post(reverse(ADD), _form_data(program)).status_code == 403


def test_an_address_with_a_number_that_nothing_has_is_refused():
    make_program("Club")
    page = log_in("organization admin").get(
        reverse("admin:loyalty_partnerprogram_changelist"), {"program": "9" * 30}
    )

    assert page.status_code in {200, 400}
