"""No admin page shows, offers or accepts rows of another organization, even for a superuser."""

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group
from django.urls import reverse

from crm.adminkit.org_scope import SHARED_BY_ALL, OrgScopedAdmin
from crm.audit.models import Event
from crm.runs.models import ImportRun, Run
from crm.tenancy.models import RateLimit
from customers.models import Interaction, Ticket
from loyalty.models import PartnerProgram, PaymentMode, PointsEntry, ProgramGroup, Transaction
from tests.approval_builders import make_request
from tests.builders import (
    NOON,
    make_credential,
    make_customer,
    make_enrollment,
    make_field,
    make_organization,
    make_program,
    make_source_account,
    make_staff,
    make_status_label,
    make_till,
)
from tests.card_builders import (
    make_card,
    make_card_label,
    make_card_series,
    make_coupon,
    make_coupon_series,
)
from tests.group_builders import make_company, make_hierarchy
from tests.promotion_builders import make_promotion
from tests.referral_builders import make_campaign, make_invitation
from tests.staff_client import log_in

pytestmark = pytest.mark.django_db
SECRET_NAME = "Zanzibar"


@pytest.fixture
def foreign_rows():
    """One row of each kind, of another organization."""
    org = make_organization("other", name=SECRET_NAME)
    till = make_till(org, code="zanzibar.till")
    credential = make_credential(till)
    customer = make_customer(org, first_name=SECRET_NAME)
    program = make_program("Zanzibar", org)
    series = make_card_series("zanzibar", org)
    coupons = make_coupon_series("zanzibar", org)
    campaign = make_campaign("zanzibar", org)
    rows = [
        org,
        till,
        credential,
        make_staff(org, "zanzibar"),
        customer,
        make_field("zanzibar", org),
        make_source_account("WECHAT", "zanzibar", org),
        make_status_label("Zanzibar", org=org),
        make_hierarchy("zanzibar", org),
        make_company("zanzibar", org),
        RateLimit.objects.create(org=org, operation="zanzibar", calls_per_hour=1),
        Run.objects.create(org=org, kind="zanzibar", queued_at=NOON),
        ImportRun.objects.create(
            org=org, kind="zanzibar", uploaded_at=NOON, file_name="zanzibar", file_size=1
        ),
        Event.objects.create(
            org=org,
            door="API",
            kind="zanzibar",
            subject_type="customer",
            subject_id=1,
            happened_at=NOON,
        ),
        program,
        ProgramGroup.objects.create(org=org, title="Zanzibar"),
        PaymentMode.objects.create(org=org, name="Zanzibar"),
        make_promotion(program, name="Zanzibar"),
        PartnerProgram.objects.create(org=org, program=program, name="Zanzibar"),
        make_enrollment(customer, program, points=10),
        PointsEntry.objects.get(org=org),
        Transaction.objects.create(
            org=org,
            customer=customer,
            program=program,
            type="REGULAR",
            number="zanzibar",
            billed_at=NOON,
            amount=1,
            gross_amount=1,
            recorded_at=NOON,
        ),
        make_card_label("Zanzibar", "SUSPENDED", org),
        series,
        make_card("zanzibar", series),
        coupons,
        make_coupon(customer, coupons, "ZANZIBAR"),
        Ticket.objects.create(
            org=org,
            customer=customer,
            code="zanzibar",
            subject="Zanzibar",
            type="STORE",
            reported_from="EMAIL",
            status="OPEN",
            priority="LOW",
            department="ZANZIBAR",
            created_at=NOON,
            modified_at=NOON,
        ),
        Interaction.objects.create(
            org=org,
            customer=customer,
            network="CAPILLARY",
            type="SURVEY",
            survey_name=SECRET_NAME,
            happened_at=NOON,
            recorded_at=NOON,
        ),
        make_request(customer, "EMAIL", new_value="zanzibar@example.com"),
        campaign,
        make_invitation(customer, campaign, "zanzibar@example.com"),
    ]
    return {type(row): row for row in rows}


def _url(model, page, *args):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


DESKS = sorted(
    (model for model in admin.site._registry if model not in SHARED_BY_ALL),
    key=lambda model: model.__name__,
)


@pytest.mark.parametrize("model", admin.site._registry, ids=lambda m: m.__name__)
def test_every_desk_is_scoped(model):
    assert isinstance(admin.site._registry[model], OrgScopedAdmin)
    assert model is not Group


@pytest.mark.parametrize("model", DESKS, ids=lambda m: m.__name__)
def test_a_list_leaves_the_others_out(model, foreign_rows):
    assert model in foreign_rows, "give this test a row of every desk's model"

    page = log_in().get(_url(model, "changelist"), follow=True)

    assert page.status_code == 200
    assert "zanzibar" not in page.content.decode().lower()


@pytest.mark.parametrize("view", ["change", "history", "delete"])
@pytest.mark.parametrize("model", DESKS, ids=lambda m: m.__name__)
def test_a_page_of_theirs_is_not_there(model, view, foreign_rows):
    answer = log_in().get(_url(model, view, foreign_rows[model].pk))

    # Where nothing is ever deleted, not even whether the row exists is told.
    assert answer.status_code in ((403, 404) if view == "delete" else (404,))


@pytest.mark.parametrize("model", DESKS, ids=lambda m: m.__name__)
def test_a_post_to_theirs_changes_nothing(model, foreign_rows):
    before = type(foreign_rows[model]).objects.filter(pk=foreign_rows[model].pk).values().get()

    answer = log_in().post(_url(model, "change", foreign_rows[model].pk), {"name": "mine"})

    assert answer.status_code in (403, 404)
    assert (
        type(foreign_rows[model]).objects.filter(pk=foreign_rows[model].pk).values().get() == before
    )


@pytest.mark.parametrize("model", DESKS, ids=lambda m: m.__name__)
def test_no_form_offers_theirs(model, foreign_rows):
    answer = log_in().get(_url(model, "add"))

    assert answer.status_code in (200, 403)
    assert "zanzibar" not in answer.content.decode().lower()


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("customers_customer_label", {"label": "Active", "reason": "because"}),
        ("tenancy_credential_new_secret", {}),
        ("loyalty_enrollment_adjust", {"points": 5, "reason": "because"}),
        ("loyalty_enrollment_transfer", {"points": 5, "customer": 1, "reason": "because"}),
        ("loyalty_card_change_label", {"label": "Zanzibar", "reason": "because"}),
        ("loyalty_coupon_revoke", {"reason": "because"}),
        ("customers_customer_add_note", {"description": "because"}),
        ("customers_ticket_answer", {"message": "because"}),
        ("customers_ticket_hand", {"status": "CLOSED"}),
        ("loyalty_cardseries_numbers", {"count": 1}),
        ("loyalty_cardseries_progress", {}),
        ("tenancy_credential_switch", {}),
        ("approvals_request_decide", {"verdict": "reject", "reason": "because"}),
        ("auth_user_password_change", {"password1": "x", "password2": "x"}),
    ],
)
def test_pages_of_our_own_are_scoped_too(name, data, foreign_rows):
    rows = {row_model._meta.model_name: row for row_model, row in foreign_rows.items()}
    make_status_label("Active")
    row = next((r for key, r in rows.items() if f"_{key}_" in name), rows["staffuser"])

    assert log_in().post(reverse(f"admin:{name}", args=[row.pk]), data).status_code == 404


def test_autocomplete_offers_only_ones_own(foreign_rows):
    make_till(code="zanzibar.mine")

    answer = log_in().get(
        reverse("admin:autocomplete"),
        {
            "app_label": "tenancy",
            "model_name": "credential",
            "field_name": "entity",
            "term": "zanzibar",
        },
    )

    assert [row["text"] for row in answer.json()["results"]] == ["zanzibar.mine"]


def test_a_form_that_names_theirs_is_refused(foreign_rows):
    from crm.tenancy.models import Credential

    answer = log_in().post(
        _url(RateLimit, "add"),
        {"operation": "*", "credential": foreign_rows[Credential].pk, "calls_per_hour": 5},
    )

    assert answer.status_code == 200
    assert "Select a valid choice" in answer.content.decode()
    assert RateLimit.objects.count() == 1


@pytest.mark.parametrize(
    ("model", "query"),
    [
        ("customer", "org__id__exact={org}"),
        ("credential", "entity__id__exact={till}"),
        ("credential", "org__name__startswith=Z"),
        ("ratelimit", "credential__id__exact={credential}"),
    ],
)
def test_a_filter_made_by_hand_finds_nothing_of_theirs(model, query, foreign_rows):
    models_by_name = {m._meta.model_name: m for m in foreign_rows}
    ids = {
        "org": foreign_rows[models_by_name["organization"]].pk,
        "till": foreign_rows[models_by_name["orgentity"]].pk,
        "credential": foreign_rows[models_by_name["credential"]].pk,
    }

    answer = log_in().get(_url(models_by_name[model], "changelist") + "?" + query.format(**ids))

    assert answer.status_code in (200, 302, 400)
    assert "zanzibar" not in answer.content.decode().lower()


def test_what_is_typed_finds_only_ones_own(foreign_rows):
    client = log_in()

    suggested = client.get(reverse("admin:customers_customer_suggest"), {"q": SECRET_NAME})
    palette = client.get(reverse("admin:search"), {"s": SECRET_NAME, "extended": 1})

    assert suggested.json() == {"customers": []}
    assert "/customers/customer/" not in palette.content.decode()


def test_an_export_holds_only_ones_own(foreign_rows):
    mine = make_customer(first_name="Mine")

    answer = log_in().get(reverse("admin:customers_customer_export", args=["csv"]))

    rows = b"".join(answer).decode("utf-8-sig").splitlines()
    assert [row.split(",")[0] for row in rows] == ["id", str(mine.pk)]


def test_staff_of_a_closed_organization_do_not_come_in():
    org = make_organization("closed", is_active=False)

    assert log_in(org=org).get(reverse("admin:index")).status_code == 302
