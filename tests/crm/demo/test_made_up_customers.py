"""The made-up people of the demo: enough of every kind to look real."""

from collections import Counter
from datetime import timedelta

from crm.audit.models import Event
from customers.models import Customer, Profile, SearchKey
from customers.queries.customers.search import find_customers
from customers.queries.source_accounts import get_source_accounts
from tests.crm.demo.moment import NOW


def test_has_two_thousand_more_above_500000000_and_two_that_were_imported(demo):
    made_up = Customer.objects.filter(pk__gt=500_000_000)

    assert made_up.count() == 2_002
    assert set(made_up.values_list("org", flat=True)) == {demo.pk}


def test_lets_them_join_over_the_last_two_years(demo):
    joined = Customer.objects.filter(pk__gt=500_000_000).values_list("registered_at", flat=True)

    by_month = Counter((moment.year, moment.month) for moment in joined)
    assert max(joined) <= NOW
    assert min(joined) >= NOW - timedelta(days=745)
    assert len(by_month) >= 24
    assert sum(moment > NOW - timedelta(days=30) for moment in joined) > 60


def test_has_people_of_every_kind(demo):
    made_up = Customer.objects.filter(pk__gt=500_000_000)
    sources = Profile.objects.filter(customer__in=made_up).values_list(
        "customer_id", "source_account__source"
    )

    assert {source for _, source in sources} == {
        account.source for account in get_source_accounts(org_id=demo.pk)
    }
    assert sum(count > 1 for count in Counter(key for key, _ in sources).values()) > 200
    assert made_up.filter(merged_into__isnull=False).count() == 12
    assert made_up.filter(loyalty_type="NON_LOYALTY").count() > 200
    assert made_up.filter(subscriptions__status="OPTOUT").distinct().count() > 100
    assert set(made_up.values_list("status_label__label", flat=True)) == {
        None,
        "Active",
        "Suspended",
        "Deleted",
    }


def test_finds_people_with_accents_by_their_names_without(demo):
    found = find_customers(org_id=demo.pk, text="zoe", limit=10, offset=0)

    assert found.total > 0


def test_answers_gone_for_somebody_who_was_merged(ask):
    victim = Customer.objects.filter(merged_into__isnull=False).earliest("pk")

    status, answer = ask("get", f"customers/{victim.pk}")

    assert status == 410
    assert answer["errors"][0]["code"] == 8069


def test_is_whole_in_search_and_in_the_log():
    everybody = set(Customer.objects.filter(merged_into=None).values_list("pk", flat=True))

    assert set(SearchKey.objects.values_list("customer_id", flat=True)) == everybody
    assert Event.objects.filter(kind="customer.registered").count() == Customer.objects.count()
