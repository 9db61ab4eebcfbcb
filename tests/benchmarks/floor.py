"""The floor for the API: WSGI without a framework, and one prepared statement per answer.

It has no login, no rules, no log and no metrics, and returns bodies like ours. gunicorn loads it
as ``tests.benchmarks.floor:application``; FLOOR_DSN names the database, FLOOR_ORG and FLOOR_ACCOUNT
whose rows it reads and writes.
"""

import os
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any
from urllib.parse import parse_qs

import orjson
import psycopg

ORG = int(os.environ.get("FLOOR_ORG", "0"))
ACCOUNT = int(os.environ.get("FLOOR_ACCOUNT", "0"))


def _attribution_sql(row: str, event: str) -> str:
    return (
        f"json_build_object('createDate', {row}.{event}_at, 'createdBy', {_actor_sql(row, event)}, "
        f"'modifiedDate', {row}.modified_at, 'modifiedBy', {_actor_sql(row, 'modified')})"
    )


def _actor_sql(row: str, event: str) -> str:
    return (
        "(SELECT json_build_object('id', e.id, 'code', e.code, 'description', e.description, "
        "'name', e.name, 'type', e.type) FROM tenancy_orgentity e "
        f"WHERE e.id = {row}.{event}_by_id)"
    )


IDENTIFIER = "json_build_object('type', i.type, 'value', i.value)"

DETAILS = f"""
SELECT json_build_object('id', c.id, 'loyaltyInfo', json_build_object(
        'loyaltyType', lower(c.loyalty_type), 'attributionV2',
        {_attribution_sql("c", "registered")}),
    'profiles', (SELECT json_agg(json_build_object('firstName', p.first_name,
            'lastName', p.last_name, 'fields', p.fields, 'source', s.source, 'userId', c.id,
            'accountId', s.account_id, 'autoUpdateTime', p.modified_at, 'attribution',
            {_attribution_sql("p", "created")},
            'identifiers', (SELECT json_agg({IDENTIFIER}) FROM customers_profileidentifier pi
                JOIN customers_identifier i ON i.id = pi.identifier_id WHERE pi.profile_id = p.id),
            'identifiersAll', (SELECT json_agg({IDENTIFIER}) FROM customers_identifier i
                WHERE i.customer_id = c.id),
            'commChannels', (SELECT json_agg(json_build_object('type', h.type, 'value', h.value,
                'primary', h.is_primary, 'verified', h.is_verified, 'meta', h.meta,
                'attributes', h.attributes)) FROM customers_channel h WHERE h.profile_id = p.id),
            'conflictingProfileList', json_build_array()))
        FROM customers_profile p JOIN customers_sourceaccount s ON s.id = p.source_account_id
        WHERE p.customer_id = c.id AND p.closed_at IS NULL),
    'segments', json_build_object(), 'associatedWith', c.associated_with_id,
    'extendedFields', c.extended_fields, 'subscriptionInfo', json_build_object('subscriptions',
        (SELECT json_agg(json_build_object('channel', u.channel, 'priority', u.priority,
            'type', u.status)) FROM customers_subscription u WHERE u.customer_id = c.id)),
    'warnings', json_build_array())::text
FROM customers_customer c WHERE c.id = %s AND c.org_id = %s"""

LOOKUP = """
SELECT json_build_object('entity', customer_id, 'warnings', json_build_array())::text
FROM customers_identifier WHERE org_id = %s AND type = 'mobile' AND value = %s"""

SEARCH = f"""
SELECT json_build_object('data', json_agg(json_build_object('userId', c.id, 'matchedIdentifiers',
    (SELECT json_agg({IDENTIFIER}) FROM customers_identifier i WHERE i.customer_id = c.id),
    'profiles', (SELECT json_agg(json_build_object('firstName', p.first_name,
        'lastName', p.last_name)) FROM customers_profile p WHERE p.customer_id = c.id))))::text
FROM (SELECT DISTINCT customer_id AS id FROM (SELECT customer_id FROM customers_searchkey
    WHERE org_id = %s AND text >= %s AND text < %s ORDER BY text LIMIT 44) AS words
    LIMIT 10) AS c"""

REGISTER = f"""
WITH c AS (INSERT INTO customers_customer (org_id, loyalty_type, extended_fields, end_points,
        registered_in_id, registered_at, modified_at, fraud_status)
    VALUES ({ORG}, 'LOYALTY', '{{}}', '[]', {ACCOUNT}, now(), now(), 'NOT_FRAUD') RETURNING id),
p AS (INSERT INTO customers_profile (customer_id, source_account_id, first_name, last_name, fields,
        created_at, modified_at)
    SELECT id, {ACCOUNT}, %s, %s, '{{}}', now(), now() FROM c RETURNING id),
i AS (INSERT INTO customers_identifier (org_id, customer_id, type, value)
    SELECT {ORG}, c.id, said.type, said.value
    FROM c, unnest(%s::text[], %s::text[]) AS said (type, value) RETURNING id),
l AS (INSERT INTO customers_profileidentifier (profile_id, identifier_id)
    SELECT p.id, i.id FROM p, i),
h AS (INSERT INTO customers_channel (profile_id, type, value, is_primary, is_verified, meta,
        attributes)
    SELECT p.id, said.type, said.value, true, false, '{{}}', '{{}}'
    FROM p, unnest(%s::text[], %s::text[]) AS said (type, value))
SELECT json_build_object('createdId', id, 'warnings', json_build_array())::text FROM c"""


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    path = environ["PATH_INFO"]
    query = {name: values[0] for name, values in parse_qs(environ["QUERY_STRING"]).items()}
    if environ["REQUEST_METHOD"] == "POST":
        body = fetch_answer(REGISTER, read_registration(environ))
    elif path.endswith("/lookup"):
        body = fetch_answer(LOOKUP, [ORG, query["identifierValue"]])
    elif path.endswith("/search"):
        body = fetch_answer(SEARCH, [ORG, query["q"], query["q"] + "\U0010ffff"])
    else:
        body = fetch_answer(DETAILS, [int(path.rpartition("/")[2]), ORG])
    headers = [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
    start_response("200 OK", headers)
    return [body]


def read_registration(environ: dict[str, Any]) -> list[Any]:
    [profile] = orjson.loads(environ["wsgi.input"].read())["profiles"]
    pairs = [
        [entry[name] for entry in profile[kind]]
        for kind in ("identifiers", "commChannels")
        for name in ("type", "value")
    ]
    return [profile["firstName"], profile["lastName"], *pairs]


def fetch_answer(statement: str, values: list[Any]) -> bytes:
    row = _connection().execute(statement, values).fetchone()
    assert row is not None
    return str(row[0]).encode()


@cache
def _connection() -> psycopg.Connection[Any]:
    return psycopg.connect(os.environ["FLOOR_DSN"], autocommit=True, prepare_threshold=0)
