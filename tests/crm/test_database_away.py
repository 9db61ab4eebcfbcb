"""While the database is away ..."""

import socket
import sqlite3
from contextlib import contextmanager
from datetime import timedelta

import orjson
import psycopg
import pytest
from django.db import DatabaseError, OperationalError, connection, connections, transaction
from django.db.backends.sqlite3.base import DatabaseWrapper as Sqlite
from django.utils import timezone

from crm.dialects.v1_1.xml import read_xml, write_xml
from crm.kernel.availability import RETRY_AFTER, is_database_away
from crm.ops.postgresql.base import DatabaseWrapper as Postgresql
from crm.tenancy.models import IdempotencyRecord
from customers.models import Customer
from loyalty.models import Enrollment
from tests.builders import (
    PASSWORD,
    get_or_make_source_account,
    make_credential,
    make_program,
    make_till,
)
from tests.crm.callers import basic_auth
from tests.staff_client import log_in

pytestmark = pytest.mark.django_db

JSON, XML = "application/json", "application/xml"
MESSAGE = f"The service is not available now; try again in {RETRY_AFTER} seconds."
ERROR = {"status": False, "code": 503, "message": MESSAGE}
STATUS = {"success": "false", "code": 503, "message": MESSAGE}
TOKEN = "eyJhbGciOiJIUzI1NiJ9.e30.x"

V2_READS = ["customers?mobile=919010000022", "customers/1", "nowhere"]
V1_1_READS = ["customer/get?mobile=919010000022", "customer/nowhere"]
PAGES = ["admin/", "admin/customers/customer/", "admin/search/?s=tom", "admin/login/"]


@pytest.fixture(autouse=True)
def _show_answers(client):
    client.raise_request_exception = False


@pytest.fixture
def till():
    entity = make_till(code="rr.till")
    make_credential(entity)
    get_or_make_source_account("INSTORE")
    return basic_auth(entity.code)


@contextmanager
def replaced_connection(engine, **settings):
    """Let the program use this database instead; nothing of it stays open."""
    kept = connection.settings_dict
    mine = engine({**kept, "CONN_MAX_AGE": 0, "ATOMIC_REQUESTS": False, **settings}, "default")
    real = connections["default"]
    connections["default"] = mine
    try:
        yield mine
    finally:
        connections["default"] = real
        mine.close()


@contextmanager
def at_a_closed_port(**options):
    with socket.socket() as taken:
        # Bound but not listening: whoever connects is refused.
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        with replaced_connection(
            Postgresql,
            ENGINE="crm.ops.postgresql",
            HOST="127.0.0.1",
            PORT=str(port),
            USER="crm",
            PASSWORD="",
            NAME="crm",
            OPTIONS=options,
        ) as mine:
            yield mine
            if options:
                mine.close_pool()


@contextmanager
def with_an_empty_pool():
    with at_a_closed_port(pool={"min_size": 1, "max_size": 1, "timeout": 0.1}):
        yield


@contextmanager
def in_a_locked_file(tmp_path):
    path = tmp_path / "locked.sqlite3"
    with replaced_connection(
        Sqlite, ENGINE="django.db.backends.sqlite3", NAME=str(path), OPTIONS={"timeout": 0.01}
    ):
        writer = sqlite3.connect(path)
        writer.execute("BEGIN EXCLUSIVE")
        try:
            yield
        finally:
            writer.close()


@pytest.fixture(params=["closed port", "empty pool", "locked file"])
def away(request, tmp_path, till):
    opened = {
        "closed port": at_a_closed_port,
        "empty pool": with_an_empty_pool,
        "locked file": lambda: in_a_locked_file(tmp_path),
    }[request.param]
    with opened():
        yield


def assert_unavailable(answer, body=None):
    assert answer.status_code == 503, answer.content
    assert answer["Retry-After"] == str(RETRY_AFTER)
    assert answer["X-Cap-RequestId"]
    if body is not None:
        assert orjson.loads(answer.content) == body


def test_v2_answers_503_in_its_error_body(client, till, away):
    body = {"errors": [ERROR], "warnings": []}

    for path in V2_READS:
        assert_unavailable(client.get(f"/v2/{path}", **till), body)
    for headers in ({}, {"HTTP_IDEMPOTENCY_KEY": "k-1"}):
        answer = client.post(
            "/v2/customers?source=INSTORE", {}, content_type=JSON, **till, **headers
        )
        assert_unavailable(answer, body)


def test_the_log_in_by_key_answers_503_in_its_error_body(client, away):
    answer = client.post(
        "/v3/oauth/token/generate", {"key": "app", "secret": PASSWORD}, content_type=JSON
    )

    assert_unavailable(answer, {"data": None, "errors": [ERROR]})


def test_v1_1_answers_503_in_the_format_asked_for(client, till, away):
    for path in V1_1_READS:
        answer = client.get(f"/v1.1/{path}", **till)
        assert_unavailable(answer, {"response": {"status": STATUS}})
        answer = client.get(f"/v1.1/{path}", HTTP_ACCEPT=XML, **till)
        assert_unavailable(answer)
        assert answer["Content-Type"].startswith(XML)
        assert read_xml(answer.content) == {
            "response": {"status": {**STATUS, "code": str(STATUS["code"])}}
        }
    xml = write_xml({"root": {"customer": [{"mobile": "919010000022"}]}})
    answer = client.post("/v1.1/customer/add", xml, content_type=XML, HTTP_ACCEPT=JSON, **till)
    assert_unavailable(answer, {"response": {"status": STATUS}})


def test_pages_answer_503_with_a_page(tmp_path, till):
    staff = log_in()
    staff.raise_request_exception = False

    for opened in (at_a_closed_port, with_an_empty_pool, lambda: in_a_locked_file(tmp_path)):
        with opened():
            for path in PAGES:
                answer = staff.get(f"/{path}")
                assert_unavailable(answer)
                assert "Not available now" in answer.content.decode()
                assert answer["X-Cap-RequestId"] in answer.content.decode()
            form = {"username": "agent", "password": PASSWORD}
            assert_unavailable(staff.post("/admin/login/", form))


def test_the_process_is_alive_but_not_ready(client, away):
    assert client.get("/health/live").status_code == 200


# --- In the middle of a request ---------------------------------------------------------


@contextmanager
def cut_after(statements):
    """Let so many statements through, then fail each as a lost connection does."""
    passed = []

    def run(execute, sql, params, many, context):
        # The test's own transaction has to survive.
        if sql.startswith(("SAVEPOINT", "ROLLBACK TO", "RELEASE")):
            return execute(sql, params, many, context)
        if len(passed) >= statements:
            lost = psycopg.OperationalError("server closed the connection unexpectedly")
            raise OperationalError(*lost.args) from lost
        passed.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(run):
        yield


def cut_everywhere(send, most=200):
    """Yield the answer for each statement at which the database can go away; end at the first
    request that needs no more.
    """
    for statements in range(most):
        with cut_after(statements):
            answer = send(statements)
        yield statements, answer
    raise AssertionError("the request never ended")


REGISTRATION = {
    "profiles": [{"identifiers": [{"type": "mobile", "value": "919010000022"}]}],
    "loyaltyInfo": {"loyaltyType": "loyalty"},
}


@pytest.mark.parametrize("with_key", [False, True])
def test_a_registration_is_answered_503_or_done_wherever_it_is_cut(client, till, with_key):
    make_program(is_default=True)

    def send(number):
        headers = {"HTTP_IDEMPOTENCY_KEY": f"k-{number}"} if with_key else {}
        return client.post(
            "/v2/customers?source=INSTORE", REGISTRATION, content_type=JSON, **till, **headers
        )

    refused = 0
    for _, answer in cut_everywhere(send):
        if answer.status_code == 200:
            break
        assert_unavailable(answer, {"errors": [ERROR], "warnings": []})
        refused += 1
        if Customer.objects.exists():
            # The write was committed, and only what follows it was cut.
            break
    assert refused > 5
    assert Customer.objects.count() == 1


def test_a_batch_of_v1_1_is_answered_503_as_a_whole_and_its_key_does_the_rest(client, till):
    items = [{"mobile": f"91901000002{n}", "firstname": "Tom"} for n in range(3)]
    body = orjson.dumps({"root": {"customer": items}})
    headers = {**till, "HTTP_IDEMPOTENCY_KEY": "k-1"}

    statuses = []
    for statements in range(1, 400):
        with cut_after(statements):
            answer = client.post("/v1.1/customer/add", body, content_type=JSON, **headers)
        statuses.append(answer.status_code)
        if answer.status_code == 200:
            break
        if answer.status_code == 503:
            assert_unavailable(answer, {"response": {"status": STATUS}})
        end_the_lease()

    assert set(statuses) == {503, 200}
    assert Customer.objects.count() == 3
    rows = answer.json()["response"]["customers"]["customer"]
    assert [row["item_status"]["success"] for row in rows] == ["true"] * 3
    assert Enrollment.objects.count() <= 3


def test_a_page_is_answered_503_wherever_it_is_cut():
    staff = log_in()
    staff.raise_request_exception = False
    staff.get("/admin/customers/customer/")

    refused = 0
    for _, answer in cut_everywhere(lambda number: staff.get("/admin/customers/customer/")):
        if answer.status_code == 200:
            break
        assert_unavailable(answer)
        refused += 1
    assert refused > 3


def end_the_lease():
    IdempotencyRecord.objects.update(lease_until=timezone.now() - timedelta(seconds=1))


# --- What is no outage ------------------------------------------------------------------


@pytest.mark.parametrize("sql", ["SELECT nothing FROM nowhere", "SELEC 1", "SELECT 1 + FROM"])
def test_a_wrong_statement_is_a_fault_of_ours_and_no_outage(sql):
    with pytest.raises(DatabaseError) as caught, transaction.atomic():
        connection.cursor().execute(sql)

    assert not is_database_away(caught.value)


@pytest.mark.parametrize(
    ("error", "is_away"),
    [
        (psycopg.errors.AdminShutdown(), True),
        (psycopg.errors.CannotConnectNow(), True),
        (psycopg.errors.TooManyConnections(), True),
        (psycopg.errors.DeadlockDetected(), True),
        (psycopg.errors.LockNotAvailable(), True),
        (psycopg.errors.ReadOnlySqlTransaction(), True),
        (psycopg.InterfaceError("the connection is closed"), True),
        (psycopg.errors.ProgramLimitExceeded(), False),
        (psycopg.errors.UniqueViolation(), False),
        (psycopg.errors.UndefinedColumn(), False),
        (psycopg.errors.NumericValueOutOfRange(), False),
    ],
)
def test_postgresql_says_by_its_code_whether_it_is_away(error, is_away):
    wrapper = Postgresql({**connection.settings_dict, "OPTIONS": {}}, "default")

    with pytest.raises(Exception) as caught, wrapper.wrap_database_errors:
        raise error

    assert is_database_away(caught.value) is is_away


def test_what_is_no_error_of_the_database_is_no_outage():
    assert not is_database_away(ConnectionRefusedError())
    assert not is_database_away(None)
    assert is_database_away(OperationalError("the connection was lost"))
