"""A log-in that is found ..."""

import pytest

from crm.tenancy.models import Credential
from crm.tenancy.queries.credentials import find_credential
from tests.builders import make_credential

pytestmark = pytest.mark.django_db


def find(login):
    return find_credential(kind=Credential.Kind.BASIC, login=login)


def test_comes_with_its_entity_and_organization_in_one_query(django_assert_num_queries):
    till = make_credential()

    for _ in range(2):
        with django_assert_num_queries(1):
            credential = find(till.login)
            assert (credential, credential.entity, credential.org) == (till, till.entity, till.org)
            assert credential.entity.org is credential.org
            assert credential.scopes == till.scopes


def test_is_read_anew_each_time():
    till = make_credential()
    assert find(till.login).org.name == till.org.name

    till.org.name = "Renamed"
    till.org.save()

    assert find(till.login).org.name == "Renamed"


def test_is_nobody_else_s_copy():
    till = make_credential()
    first = find(till.login)
    first.org.name, first._state.adding = "Only here", True

    second = find(till.login)

    assert second.org.name == till.org.name
    assert not second._state.adding
