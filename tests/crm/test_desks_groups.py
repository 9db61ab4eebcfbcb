"""The desks of hierarchies and companies, and the hierarchies on a customer's page ..."""

import pytest
from django.urls import reverse

from crm.audit.models import Event
from customers.models import Company, Hierarchy
from customers.queries.hierarchies.hierarchies import get_role_order
from tests.builders import get_or_make_organization, make_customer, make_organization
from tests.group_builders import make_association, make_company, make_hierarchy
from tests.queries import count_queries
from tests.staff_client import log_in

pytestmark = pytest.mark.django_db


def get_url(model, page, *args):
    return reverse(f"admin:customers_{model}_{page}", args=args)


def build_form_data(*roles, first=0, parent="", **fields):
    """What the form of a hierarchy sends; roles are (id, code, name, level)."""
    lines = {
        f"roles-{n}-{name}": value
        for n, role in enumerate(roles)
        for name, value in zip(
            ("id", "hierarchy", "code", "name", "level"),
            (role[0], parent, *role[1:]),
            strict=True,
        )
    }
    return {
        "name": "",
        "is_active": "on",
        **fields,
        **lines,
        "roles-TOTAL_FORMS": len(roles),
        "roles-INITIAL_FORMS": first,
    }


def test_a_hierarchy_is_set_up_with_its_roles():
    staff = log_in("organization admin")

    page = staff.post(
        get_url("hierarchy", "add"),
        build_form_data(("", "FA", "Admin", 1), ("", "FC", "Driver", 2), code="fleet"),
    )

    assert page.status_code == 302
    hierarchy = Hierarchy.objects.get()
    assert hierarchy.org == get_or_make_organization()
    assert list(hierarchy.roles.order_by("level").values_list("code", "level")) == [
        ("FA", 1),
        ("FC", 2),
    ]
    assert get_role_order(org_id=hierarchy.org_id, code="FLEET").get_by_code("fa").level == 1
    assert Event.objects.get().kind == "hierarchy.added"


def test_a_role_keeps_its_code_and_level_and_others_may_come():
    staff = log_in("organization admin")
    hierarchy = make_hierarchy(roles={"FA": 1})
    role = hierarchy.roles.get()

    staff.post(
        get_url("hierarchy", "change", hierarchy.pk),
        build_form_data(
            (role.pk, "XX", "Boss", 9),
            ("", "FC", "", 2),
            first=1,
            parent=hierarchy.pk,
            code="other",
        ),
    )

    hierarchy.refresh_from_db()
    assert hierarchy.code == "fleet"
    assert sorted(hierarchy.roles.values_list("code", "name", "level")) == [
        ("FA", "Boss", 1),
        ("FC", "", 2),
    ]
    order = get_role_order(org_id=hierarchy.org_id, code="fleet")
    assert order.below(order.get_by_code("FA")).code == "FC"


@pytest.mark.parametrize(
    "roles", [(), (("", "FA", "", 1), ("", "fa", "", 2)), (("", "FA", "", 0),)]
)
def test_a_hierarchy_without_roles_that_work_is_refused(roles):
    page = log_in("organization admin").post(
        get_url("hierarchy", "add"), build_form_data(*roles, code="fleet")
    )

    assert page.status_code == 200
    assert not Hierarchy.objects.exists()


def test_two_hierarchies_of_one_organization_have_two_codes():
    make_hierarchy("Fleet")
    make_hierarchy("theirs", make_organization())
    staff = log_in("organization admin")
    roles = [("", "FA", "", 1)]

    assert (
        staff.post(get_url("hierarchy", "add"), build_form_data(*roles, code="fleet")).status_code
        == 200
    )
    assert (
        staff.post(get_url("hierarchy", "add"), build_form_data(*roles, code="theirs")).status_code
        == 302
    )


def test_a_company_is_added_renamed_and_closed_but_keeps_its_id():
    staff = log_in("organization admin")

    staff.post(
        get_url("company", "add"), {"external_id": "ex1", "name": "Swift", "is_active": "on"}
    )
    company = Company.objects.get()
    staff.post(get_url("company", "change", company.pk), {"external_id": "ex2", "name": "Swifter"})

    company.refresh_from_db()
    assert (company.external_id, company.name, company.is_active) == ("ex1", "Swifter", False)
    assert [event.kind for event in Event.objects.order_by("pk")] == [
        "company.added",
        "company.changed",
    ]


@pytest.mark.parametrize("model", ["hierarchy", "company"])
def test_only_who_may_sees_and_changes(model):
    row = make_hierarchy() if model == "hierarchy" else make_company()
    expected = {
        "organization admin": (200, 200),
        "auditor": (200, 403),
        "support agent": (200 if model == "company" else 403, 403),
        "import operator": (403, 403),
    }

    for role, statuses in expected.items():
        staff = log_in(role)
        answers = [staff.get(get_url(model, "changelist")), staff.get(get_url(model, "add"))]
        assert tuple(answer.status_code for answer in answers) == statuses, role
        assert staff.post(get_url(model, "delete", row.pk), {"post": "yes"}).status_code == 403


def test_a_customers_page_shows_parent_children_and_company():
    boss = make_association(company=make_company("ex1", name="Swift Haulage"))
    driver = make_association(make_customer(first_name="Anil"), role="FC", parent=boss)

    above = log_in("support agent").get(get_url("customer", "change", boss.customer_id))
    below = log_in("import operator").get(get_url("customer", "change", driver.customer_id))

    text = above.content.decode()
    assert "Swift Haulage" in text
    assert get_url("company", "change", boss.company_id) in text
    assert get_url("customer", "change", driver.customer_id) in text
    assert "Anil Rao" in text
    assert get_url("customer", "change", boss.customer_id) in below.content.decode()


def test_a_customers_page_costs_the_same_for_many_children():
    few, many = make_association(), make_association(hierarchy=make_hierarchy("large"))
    for boss, count in ((few, 1), (many, 15)):
        for _ in range(count):
            make_association(role="FC", parent=boss)
    staff = log_in("support agent")

    def queries(row):
        return count_queries(lambda: staff.get(get_url("customer", "change", row.customer_id)))

    queries(few)
    assert queries(few) == queries(many)
    plenty = staff.get(get_url("customer", "change", many.customer_id)).content.decode()
    assert "15 directly below" in plenty
