"""A filled demo, and how to ask it."""

import orjson
import pytest
from django.db import connection, transaction

from crm.demo.fill import fill_demo
from crm.demo.secrets import TILL_PASSWORD, hash_secrets
from crm.kernel.transactions import unit_of_work
from crm.tenancy.models import Organization
from tests.crm.callers import basic_auth
from tests.crm.demo.moment import NOW


@pytest.fixture(scope="package", autouse=True)
def _filled(django_db_setup, django_db_blocker):
    """Fill once for all tests here; each works in a savepoint above it.

    Without ``__init__.py`` this folder is no package, and the fill would stay for later tests.
    """
    with django_db_blocker.unblock():
        around = transaction.atomic()
        # Like the wrapper of a test case: no unit of work, so one may be opened inside.
        around._from_testcase = True
        around.__enter__()
        try:
            unit_of_work(fill_demo)(hashed=hash_secrets(), now=NOW)
            # Once here instead of at the end of each test, which would check the demo's rows again.
            connection.check_constraints()
            # No other connection sees these rows, so nothing else counts them for the planner.
            with connection.cursor() as cursor:
                cursor.execute("ANALYZE")
            yield
        finally:
            transaction.set_rollback(True)
            around.__exit__(None, None, None)


@pytest.fixture(autouse=True)
def _within_the_database(db):
    pass


@pytest.fixture
def demo():
    return Organization.objects.get(code="demo")


@pytest.fixture
def ask(client):
    def ask(method, path, body=None, login="demo.till", **headers):
        said = {} if body is None else {"content_type": "application/json"}
        answer = getattr(client, method)(
            f"/v2/{path}",
            *([] if body is None else [orjson.dumps(body)]),
            **said,
            **basic_auth(login, TILL_PASSWORD),
            **headers,
        )
        return answer.status_code, orjson.loads(answer.content)

    return ask
