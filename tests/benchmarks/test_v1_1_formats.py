"""A hundred customers in XML and JSON, compared with the standard library's JSON."""

import json

import pytest

from crm.dialects.json_input import read_json
from crm.dialects.v1_1.plain_values import write_json
from crm.dialects.v1_1.xml import read_xml, write_xml
from tests.benchmarks.clocks import format_times, p50, take_turns

pytestmark = pytest.mark.benchmark


def build_customer(number):
    field = {"name": "Hobbies", "value": "[“Playing”] & <reading>"}
    transaction = {
        "id": str(32650300 + number),
        "number": "testbil90",
        "type": "REGULAR",
        "created_date": "2017-05-09 15:55:27",
        "store": "cm.1",
    }
    return {
        "user_id": str(number),
        "firstname": "Rati",
        "lastname": "Ranjan",
        "mobile": f"1988999{number:04}",
        "email": "919090080344343422@mail.com",
        "external_id": None,
        "lifetime_points": 442,
        "lifetime_purchases": 12338,
        "loyalty_points": 242,
        "current_slab": "SILVER",
        "registered_on": "2014-12-10 04:46:38",
        "updated_on": "2017-05-09 15:58:29",
        "registered_store": {"code": "mergestore1", "name": "MERGE FRONT ONE"},
        "custom_fields": {"field": [field] * 5},
        "extended_fields": {"field": [field] * 5},
        "transactions": {"transaction": [transaction] * 6},
        "item_status": {
            "success": "true",
            "code": "1000",
            "message": "Customer successfully retrieved",
            "warnings": {"warning": []},
        },
    }


BODY = {"response": {"customers": {"customer": [build_customer(number) for number in range(100)]}}}


def test_is_written_in_less_than_three_times_and_read_in_less_than_ten_times():
    in_json, in_xml = json.dumps(BODY).encode(), write_xml(BODY)
    print(f"\n{len(in_json) // 1024} KiB of JSON, {len(in_xml) // 1024} KiB of XML")
    writing = take_turns(
        {
            "json.dumps": lambda: json.dumps(BODY).encode(),
            "our JSON": lambda: write_json(BODY),
            "our XML": lambda: write_xml(BODY),
        },
        rounds=50,
    )
    reading = take_turns(
        {
            "json.loads": lambda: json.loads(in_json),
            "our JSON": lambda: read_json(in_json),
            "our XML": lambda: read_xml(in_xml),
        },
        rounds=50,
    )
    for seconds, max_ratio in ((writing, 3), (reading, 10)):
        print(format_times(seconds))
        floor, _, ours = (p50(times) for times in seconds.values())
        print(f"{ours / floor:.1f} times")
        assert ours < max_ratio * floor
