"""Whatever is posted to v1.1 ..."""

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crm.dialects.v1_1.xml import read_xml, write_xml

KEYS = [
    *("mobile", "email", "external_id", "card", "id", "user_id", "firstname", "lastname", "type"),
    *("registered_on", "custom_fields", "extended_fields", "subscriptions", "field", "name"),
    *("value", "subscription", "channel", "priority", "scope", "is_subscribed", "customer", "root"),
]
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20)
    | st.sampled_from(["447700900111", "a@example.com", "sms", "bulk", "0", "1", "ALL", "LOYALTY"])
    | st.sampled_from(
        ["0001-01-01", "9999-12-31 23:59:59", "2026-02-30", "\x01", "\ufffe", "'\"--"]
    )
)
TREES = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=5)
    ),
    max_leaves=15,
)
ITEMS = st.dictionaries(st.sampled_from(KEYS), TREES, max_size=8)
BODIES = (
    st.fixed_dictionaries(
        {
            "root": st.fixed_dictionaries(
                {
                    "customer": st.lists(ITEMS, max_size=3),
                    "subscription": st.lists(ITEMS, max_size=2),
                }
            )
        }
    )
    | st.fixed_dictionaries({"root": TREES})
    | ITEMS
)


@pytest.mark.parametrize("path", ["customer/add", "customer/update", "customer/subscriptions"])
def test_is_answered_without_a_failure_of_ours(till, path):
    @settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
    @given(body=BODIES, is_xml=st.booleans())
    def send(body, is_xml):
        if is_xml:
            answer = till.post_xml(
                f"{path}?format=xml", write_xml({"root": body.get("root", body)})
            )
            status = read_xml(answer.content)["response"]["status"]
        else:
            try:
                data = orjson.dumps(body)
            except TypeError:
                return  # a whole number that JSON's writer does not take
            answer = till.post(path, data)
            status = orjson.loads(answer.content)["response"]["status"]
        assert answer.status_code in (200, 400)
        assert status["success"] in ("true", "partial", "false")

    send()
