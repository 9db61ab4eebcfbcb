"""XML in v1.1 ..."""

import time
from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.dialects.transport_errors import RequestInvalid
from crm.dialects.v1_1.plain_values import write_json
from crm.dialects.v1_1.xml import MAX_NODES, XML_DECLARATION, read_xml, write_xml

KOLKATA = ZoneInfo("Asia/Kolkata")


@pytest.mark.parametrize(
    ("document", "read"),
    [
        ("<root/>", {"root": ""}),
        ("<root></root>", {"root": ""}),
        ("<root> a </root>", {"root": " a "}),
        ("<root><a>1</a><b/></root>", {"root": {"a": "1", "b": ""}}),
        ("<root>\n <a>1</a>\n <a>2</a>\n</root>", {"root": {"a": ["1", "2"]}}),
        ("<root>text<a>1</a>more</root>", {"root": {"a": "1"}}),
        (
            "<r><a>000123</a><b>1_000</b><c>NaN</c></r>",
            {"r": {"a": "000123", "b": "1_000", "c": "NaN"}},
        ),
        ("<r><a>true</a><b>null</b><c>1e5</c></r>", {"r": {"a": "true", "b": "null", "c": "1e5"}}),
        ("<r>&lt;b&gt; &amp;amp; &#x4ed6;</r>", {"r": "<b> &amp; 他"}),
        ("<r><![CDATA[a <b> ]]]]><![CDATA[> c]]></r>", {"r": "a <b> ]]> c"}),
        ("<r>a<!-- no -->b<?no data?>c</r>", {"r": "abc"}),
        ('<r><a null="true"/><b nil="1"/></r>', {"r": {"a": None, "b": None}}),
        ('<r><a null="true">x</a><b class="y">z</b></r>', {"r": {"a": "x", "b": "z"}}),
        ('<r><_ key="Lieblings Farbe">rot</_></r>', {"r": {"Lieblings Farbe": "rot"}}),
        ("<r><他他>1</他他></r>", {"r": {"他他": "1"}}),
        ('<a:r xmlns:a="urn:x"><a:b>1</a:b></a:r>', {"a:r": {"a:b": "1"}}),
        ("\ufeff<r>bom</r>", {"r": "bom"}),
        (XML_DECLARATION + "<r/>", {"r": ""}),
    ],
)
def test_is_read_without_guessing(document, read):
    assert read_xml(document.encode()) == read


@pytest.mark.parametrize(
    "document",
    [
        "<r>café</r>".encode("utf-16"),
        "<?xml version='1.0' encoding='ISO-8859-1'?><r>café</r>".encode("latin-1"),
        "<?xml version='1.0' encoding='utf-8'?><r>café</r>".encode(),
    ],
)
def test_is_read_in_the_encodings_that_every_reader_knows(document):
    assert read_xml(document) == {"r": "café"}


DOCTYPE = '<!DOCTYPE r [<!ENTITY a "aaaaaaaaaa">'
BOMB = DOCTYPE + "".join(
    f'<!ENTITY {chr(98 + n)} "{(f"&{chr(97 + n)};") * 10}">' for n in range(12)
)
HOSTILE = {
    "an entity bomb": f"{BOMB}]><r>&m;</r>",
    "one large entity, often": f"{DOCTYPE}]><r>{'&a;' * 100_000}</r>",
    "an external entity": '<!DOCTYPE r [<!ENTITY a SYSTEM "file:///etc/passwd">]><r>&a;</r>',
    "an external subset": '<!DOCTYPE r SYSTEM "http://127.0.0.1:1/x.dtd"><r/>',
    "a parameter entity": '<!DOCTYPE r [<!ENTITY % p SYSTEM "http://127.0.0.1:1/x">%p;]><r/>',
    "a bomb behind UTF-16": f"{BOMB}]><r>&m;</r>".encode("utf-16"),
    "an entity nobody declared": "<r>&nbsp;</r>",
    "a hundred thousand levels": "<a>" * 100_000 + "</a>" * 100_000,
    "a hundred thousand levels, unclosed": "<a>" * 100_000,
    "ten megabytes of attributes": "<r " + "".join(f'a{n}="1" ' for n in range(1_000_000)) + "/>",
    "attributes of many elements": "<r>" + '<a b="1" c="2" d="3" e="4"/>' * 400_000 + "</r>",
    "one attribute of ten megabytes": f'<r a="{"x" * 10 * 1024**2}"/>',
    "a name of ten megabytes": f"<{'x' * 10 * 1024**2}/>",
    "a comment of ten megabytes": f"<r><!--{'x' * 10 * 1024**2}--></r>",
    "ten megabytes of elements": "<r>" + "<a/>" * 2_600_000 + "</r>",
    "one attribute twice": '<r a="1" a="2"/>',
    "control characters": "<r>\x01</r>",
    "a NUL": "<r>\0</r>",
    "a NUL by its number": "<r>&#0;</r>",
    "a lone surrogate by its number": "<r>&#xD800;</r>",
    "no character": "<r>\uffff</r>",
    "broken UTF-8": b"<r>\xff</r>",
    "an unknown encoding": "<?xml version='1.0' encoding='x-unknown'?><r/>",
    "an encoding that is none": "<?xml version='1.0' encoding='rot13'?><r/>",
    "UTF-7": "<?xml version='1.0' encoding='utf-7'?><r>+ADw-</r>",
    "EBCDIC": "<?xml version='1.0' encoding='cp037'?><r/>",
    "nothing": "",
    "spaces": "   ",
    "two roots": "<r/><r/>",
    "text only": "hello",
    "half of it": "<r><a>1</a>",
    "crossed tags": "<r><a></r></a>",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_that_is_hostile_is_refused_at_once(name):
    document = HOSTILE[name]
    raw = document if isinstance(document, bytes) else document.encode()

    began = time.perf_counter()
    with pytest.raises(RequestInvalid) as refused:
        read_xml(raw)

    # A tenth of a second on a machine that does nothing else.
    assert time.perf_counter() - began < 0.3
    assert 0 < len(refused.value.facts["detail"]) < 200


def test_may_be_as_large_as_a_hundred_customers_need():
    field = "<field><name>n</name><value>v</value></field>"
    customer = f"<customer><fields>{field * 100}</fields></customer>"

    read = read_xml(f"<root>{customer * 100}</root>".encode())

    assert len(read["root"]["customer"]) == 100
    assert MAX_NODES > 100 * 302


@given(st.binary(max_size=400) | st.text(max_size=400).map(lambda text: f"<r>{text}</r>".encode()))
def test_of_any_kind_is_read_or_refused(raw):
    try:
        read = read_xml(raw)
    except RequestInvalid:
        return
    assert isinstance(read, dict)


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (None, "<a/>"),
        ("", "<a/>"),
        ("007", "<a>007</a>"),
        ("<b> & ]]>", "<a>&lt;b&gt; &amp; ]]&gt;</a>"),
        ("a\rb\nc", "<a>a&#13;b\nc</a>"),
        ("\x00\x0b\ufffe", "<a>\ufffd\ufffd\ufffd</a>"),
        ("𝄞", "<a>𝄞</a>"),
        (True, "<a>true</a>"),
        (12, "<a>12</a>"),
        (Decimal("12.000"), "<a>12</a>"),
        (Decimal("12.50"), "<a>12.5</a>"),
        (0.25, "<a>0.25</a>"),
        (date(2026, 3, 2), "<a>2026-03-02</a>"),
        (datetime(2026, 3, 2, 12, 0, 5, 99, tzinfo=UTC), "<a>2026-03-02 17:30:05</a>"),
        ({}, "<a></a>"),
        ([], ""),
        (["1", None, {"b": 2}], "<a>1</a><a/><a><b>2</b></a>"),
        ([["1", "2"]], "<a><item>1</item><item>2</item></a>"),
        ({"fav colour": "x"}, '<a><_ key="fav colour">x</_></a>'),
        (
            {'"<\n': "x", "1st": "", "_": "y"},
            '<a><_ key="&quot;&lt;&#10;">x</_><_ key="1st"/><_ key="_">y</_></a>',
        ),
    ],
)
def test_is_written_so_that_every_reader_takes_it(value, written):
    document = write_xml({"r": {"a": value}}, KOLKATA).decode()

    assert document == f"{XML_DECLARATION}<r>{written}</r>"


LEAVES = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.decimals(-(10**9), 10**9, places=3)
    | st.datetimes(timezones=st.just(UTC))
    | st.dates()
    | st.text()
)
NAMES = st.text(min_size=1, max_size=30) | st.sampled_from(["customer", "field", "_", "a-b"])
TREES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=20,
)


@given(st.dictionaries(NAMES, TREES, max_size=5))
def test_carries_what_json_carries(body):
    data = {"response": body}

    in_json = orjson.loads(write_json(data, KOLKATA))
    in_xml = read_xml(write_xml(data, KOLKATA))

    assert in_xml == {"response": seen_through_xml(in_json["response"])}


def seen_through_xml(value):
    """What XML leaves of a value: text, objects, and lists of more than one."""
    if isinstance(value, dict):
        document = {}
        for name, inner in value.items():
            name = _text(name)
            inner = inner if isinstance(inner, list) else [inner]
            # Two names may become one when characters cannot be written.
            document.setdefault(name, []).extend(map(_of_list, inner))
        kept = {
            name: inner[0] if len(inner) == 1 else inner
            for name, inner in document.items()
            if inner
        }
        return kept or ""
    return _text(value)


def _of_list(value):
    return seen_through_xml({"item": value} if isinstance(value, list) else value)


def _text(value):
    if value is None:
        return ""
    text = value if isinstance(value, str) else orjson.dumps(value).decode()
    return "".join("\ufffd" if _is_unwritable(letter) else letter for letter in text)


def _is_unwritable(letter):
    return (letter < " " and letter not in "\t\n\r") or letter in "\ufffe\uffff"
