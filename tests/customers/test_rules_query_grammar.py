"""The grammar of the advanced search ..."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customers.errors import QueryMalformed
from customers.rules.query_grammar import parse_query


def parse_to_tuples(query):
    return [
        (c.attribute.text, c.operator, [value.text for value in c.values])
        for c in parse_query(query)
    ]


@pytest.mark.parametrize(
    ("query", "conditions"),
    [
        ("mobile:EQUALS:44700900000", [("mobile", "EQUALS", ["44700900000"])]),
        ("(firstname:EXACT:Tom)", [("firstname", "EXACT", ["Tom"])]),
        ("occupation:Student", [("occupation", "EXACT", ["Student"])]),
        (
            "(firstname:STARTS:to) & (lastname:ends:er)",
            [("firstname", "STARTS", ["to"]), ("lastname", "ENDS", ["er"])],
        ),
        (
            "firstname:EXACT:Tom&(loyalty_points:RANGE:1;2 & (slab:IN:GOLD; SILVER))",
            [
                ("firstname", "EXACT", ["Tom"]),
                ("loyalty_points", "RANGE", ["1", "2"]),
                ("slab", "IN", ["GOLD", "SILVER"]),
            ],
        ),
        (
            "registered_date:GREATER:2012-12-25 11:25:32",
            [("registered_date", "GREATER", ["2012-12-25 11:25:32"])],
        ),
        (" ( firstname : exact :  Tom Lee ) ", [("firstname", "EXACT", ["Tom Lee"])]),
        ("(firstname:EXACT:Tom (Jr))", [("firstname", "EXACT", ["Tom (Jr)"])]),
        (r"external_id:EXACT:a\&b\)\\", [("external_id", "EXACT", ["a&b)\\"])]),
        (r"external_id:IN:a\;b;c", [("external_id", "IN", ["a;b", "c"])]),
        ("external_id:EXACT:a;b", [("external_id", "EXACT", ["a;b"])]),
        (r"shop\:size:EXACT:8", [("shop:size", "EXACT", ["8"])]),
    ],
)
def test_reads(query, conditions):
    assert parse_to_tuples(query) == conditions


def test_remembers_where_each_word_stands():
    [_, condition] = parse_query("(a:b) & ( slab:IN: GOLD ; SILVER)")

    assert condition.attribute.position == 11
    assert [value.position for value in condition.values] == [20, 27]


@pytest.mark.parametrize(
    ("query", "position", "reason"),
    [
        ("", 1, "a condition is missing: attribute:OPERATOR:value"),
        ("   ", 4, "a condition is missing: attribute:OPERATOR:value"),
        ("tom", 4, "a colon is missing after the attribute"),
        (":EXACT:tom", 1, "the attribute is missing"),
        (
            "firstname:LIKE:tom",
            11,
            "no operator; there are STARTS ENDS EXACT RANGE LESS GREATER EQUALS IN",
        ),
        (
            "firstname::tom",
            11,
            "no operator; there are STARTS ENDS EXACT RANGE LESS GREATER EQUALS IN",
        ),
        ("firstname:", 11, "a value is missing"),
        ("firstname:EXACT:", 17, "a value is missing"),
        ("(firstname:EXACT:) & (a:b)", 18, "a value is missing"),
        ("slab:IN:GOLD;", 14, "a value is missing"),
        ("slab:IN:;GOLD", 9, "a value is missing"),
        ("points:RANGE:1", 14, "RANGE takes two values: from;to"),
        ("points:RANGE:1;2;3", 14, "RANGE takes two values: from;to"),
        ("(a:b", 1, "the bracket is never closed"),
        ("((a:b)", 1, "the bracket is never closed"),
        ("a:b)", 4, "a closing bracket has no opening one"),
        ("(a:b) (c:d)", 7, "conditions are joined by &"),
        ("(a:b) | (c:d)", 7, "conditions are joined by &"),
        ("(a:b) &", 8, "a condition is missing: attribute:OPERATOR:value"),
        ("(a:b) & & (c:d)", 9, "a condition is missing: attribute:OPERATOR:value"),
        ("()", 2, "a condition is missing: attribute:OPERATOR:value"),
        ("a:b\x00", 4, "a character that no text holds"),
        ("((((((a:b))))))", 6, "brackets stand in each other at most 5 deep"),
        ("a:" + "b" * 256, 3, "a value has at most 255 characters"),
        ("a:b&" * 20 + "c:d", 81, "a query has at most 20 conditions"),
        ("a:IN:" + "b;" * 100 + "c", 206, "IN takes at most 100 values"),
        ("x" * 4_001, 4_001, "a query has at most 4000 characters"),
    ],
)
def test_says_where_it_stumbles_and_why(query, position, reason):
    with pytest.raises(QueryMalformed) as refused:
        parse_query(query)

    assert refused.value.facts == {"position": position, "reason": reason}


@given(st.text(alphabet="(): ;&\\aIN", max_size=40))
def test_reads_or_refuses_whatever_is_typed(query):
    try:
        conditions = parse_query(query)
    except QueryMalformed as malformed:
        position = malformed.facts["position"]
    else:
        position = 1
        assert conditions
        assert all(c.attribute.text and all(v.text for v in c.values) for c in conditions)

    assert 1 <= position <= len(query) + 1
