"""The error catalogues ..."""

import pytest

from crm.dialects.catalogue_entry import Entry
from crm.dialects.reserved_codes import get_reserved_codes
from crm.dialects.v1_1.catalogue import CATALOGUE as V1_1
from crm.dialects.v2.catalogue import CATALOGUE as V2
from customers import notices as customer_notices
from loyalty import notices as loyalty_notices

BOTH = {
    *(1000, 1001, 1002, 1003, 1004, 1006, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 1015),
    *(1016, 1017, 1018, 1019, 1020, 1021, 1023, 1024, 1025, 1026, 1027, 1028, 1029, 1030, 1031),
    *(1032, 1033, 1034, 1035, 1036, 1037, 1038, 1039, 1040, 1041, 1042, 1043, 1044, 1045, 1046),
    *(1047, 1048, 1049, 1051, 1060, 1061, 1062, 1088, 1099, 1101, 1102, 1103, 1104, 1105, 1106),
    *(1107, 1108, 1109, 1110, 1202, 1203, 1204, 1205, 1206, 1222, 1300, 1301, 1302, 1303),
    *(400, 500, 618, 816, 1053, 1150, 10001, 10002),
    *(91001, 91002, 91003, 91004, 91005, 91006, 91007, 91009, 91010, 91011, 91012, 91013, 91014),
    *(91015, 91016, 91017, 91018, 91019, 91020, 91021, 91022),
}
OF_V2 = {
    *(1052, 3039, 8007, 8008, 8009, 8010, 8011, 8012, 8013, 8015, 8018, 8045, 8050, 8051, 8053),
    *(8055, 8056, 8057, 8058, 8059, 8062, 8063, 8064, 8065, 8066, 8067, 8069, 19223),
}
OF_V1_1 = {
    *(1005, 1050, *range(1086, 1100)),
    *(9000, 9001, 9002, 9003, 9005, 9006, 9007, 9008, 9011, 9012, 9013, 9018, 9019, 9023, 9024),
    *(9026, 9027, 9028, 9029, 9100),
}
DIALECTS = [
    pytest.param(V2, get_reserved_codes("v2"), BOTH | OF_V2, id="v2"),
    pytest.param(V1_1, get_reserved_codes("v1.1"), BOTH | OF_V1_1, id="v1.1"),
]


@pytest.mark.parametrize(("catalogue", "reserved", "codes"), DIALECTS)
def test_hold_every_code_of_their_reference(catalogue, reserved, codes):
    answered = {entry.code for entry in catalogue.values()}

    assert codes - answered - set(reserved) == set()


@pytest.mark.parametrize(("catalogue", "reserved", "codes"), DIALECTS)
def test_list_what_is_reserved_once_in_order(catalogue, reserved, codes):
    assert list(reserved) == sorted(reserved)
    assert len({line.name for line in reserved.values()}) == len(reserved)


@pytest.mark.parametrize("catalogue", [V2, V1_1], ids=["v2", "v1.1"])
def test_know_every_notice(catalogue):
    for notices in (customer_notices, loyalty_notices):
        assert set(notices.MESSAGES) - set(catalogue) == set()
        assert all(catalogue[notice].status == 200 for notice in notices.MESSAGES)


@pytest.mark.parametrize("catalogue", [V2, V1_1], ids=["v2", "v1.1"])
def test_say_a_sentence_even_when_a_fact_is_missing(catalogue):
    for name, entry in catalogue.items():
        sentence = entry.format_message({})
        assert "{" not in sentence, name
        assert sentence, name


def test_say_back_only_the_beginning_of_what_a_caller_sent():
    entry = Entry(400, 400, "No {name}.")

    assert entry.format_message({"name": "{x}" * 1000}) == "No " + ("{x}" * 34)[:100] + "."


@pytest.mark.parametrize(
    ("name", "code", "status"),
    [
        ("customers.identifier_registered", 8007, 409),
        ("customers.identifier_held_in_source", 8008, 409),
        ("customers.identifiers_of_several_customers", 8053, 409),
        ("customers.source_account_shared", 8066, 409),
        ("customers.customer_unknown", 8009, 404),
        ("customers.customer_unknown.read", 8015, 404),
        ("customers.no_profile_in_source", 8065, 404),
        ("customers.customer_merged", 8069, 410),
        ("customers.source_account_unknown", 8011, 400),
        ("customers.source_account_unknown.details", 8012, 400),
        ("tenancy.idempotency_key_reused", 422, 422),
    ],
)
def test_give_v2_the_statuses_of_the_contract(name, code, status):
    assert (V2[name].code, V2[name].status) == (code, status)
