"""Identifiers: types in any spelling, and normalised values."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customers.rules.identifiers import (
    CHANNEL_TYPES,
    IDENTIFIER_TYPES,
    canonical_channel,
    canonical_type,
    normalise_identifier,
    restore_plus,
)

ANYTHING = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(),
    st.binary(),
    st.lists(st.text()),
)


def normalise(identifier_type: str, raw: object) -> str | None:
    return normalise_identifier(identifier_type, raw, default_country="IN", strict_mobile=False)


@pytest.mark.parametrize(
    ("spelling", "name"),
    [
        *((name, name) for name in IDENTIFIER_TYPES),
        ("MOBILE", "mobile"),
        ("cardNumber", "cardnumber"),
        ("card", "cardnumber"),
        ("external_id", "externalId"),
        ("EXTERNAL_ID", "externalId"),
        ("externalid", "externalId"),
        ("FBID", "fbId"),
        (" unionid ", "unionId"),
        ("id", None),
        ("", None),
        ("phone", None),
    ],
)
def test_a_type_is_known_in_any_case_and_by_its_aliases(spelling, name):
    assert canonical_type(spelling) == name


@pytest.mark.parametrize(
    ("spelling", "name"),
    [
        *((n, n) for n in CHANNEL_TYPES),
        ("EMAIL", "email"),
        ("MobilePush", "mobilePush"),
        ("x", None),
    ],
)
def test_a_channel_is_known_in_any_case(spelling, name):
    assert canonical_channel(spelling) == name


@pytest.mark.parametrize(
    ("identifier_type", "raw", "stored"),
    [
        ("mobile", 919111111111, "919111111111"),
        ("mobile", "9876543210", "919876543210"),
        ("externalId", 888555888555898855, "888555888555898855"),
        ("externalId", 0, "0"),
        ("externalId", "  Ab 12\u00a0", "Ab 12"),
        ("externalId", "000123", "000123"),
        ("wechat", "e\u0301", "\u00e9"),
        ("externalId", "\ufeffA\u200bB\u200d-\u00ad1\u2060\ufe0f", "AB-1"),
        ("externalId", "\u2066AB-1\u2069\u200e", "AB-1"),
        ("externalId", "\u200b\u2060", None),
        ("externalId", "\uff21\uff22\uff0d\uff11", "AB-1"),
        ("externalId", "AB\u00a01", "AB 1"),
        ("externalId", "o\u00b4b", "o\u00b4b"),
        ("line", "\ufb01n", "fin"),
        ("cardnumber", "TTM\u200b001", "TTM001"),
        ("mobile", "\u202a+91 98765\u00a043210\u202c", "919876543210"),
        ("cardnumber", "TTM001110000000001ZS", "TTM001110000000001ZS"),
        ("externalId", "x" * 255, "x" * 255),
        ("externalId", "x" * 256, None),
        ("externalId", " \t ", None),
        ("externalId", "a\x00b", None),
        ("externalId", "a\nb", None),
        ("externalId", "a\ud800b", None),
        ("externalId", -5, None),
        pytest.param("externalId", 10**5000, None, id="endless number"),
        ("externalId", 1.5, None),
        ("externalId", True, None),
        ("externalId", None, None),
        ("externalId", ["ts1234"], None),
        ("mobile", {"value": "9876543210"}, None),
    ],
)
def test_a_value_is_stored_in_one_spelling(identifier_type, raw, stored):
    assert normalise(identifier_type, raw) == stored


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        (" Tom.Sawyer@Example.COM ", "tom.sawyer@example.com"),
        ("sample.email10031@gmail.com", "sample.email10031@gmail.com"),
        ("o'neil+shop@sub.example.co.uk", "o'neil+shop@sub.example.co.uk"),
        ("x@xn--fsq.xn--0zwm56d", "x@\u4f8b.\u6d4b\u8bd5"),
        ("\u7528\u6237@\u4f8b\u5b50.\u5e7f\u544a", "\u7528\u6237@\u4f8b\u5b50.\u5e7f\u544a"),
        ("stra\u00dfe@example.de", "stra\u00dfe@example.de"),
    ],
)
def test_an_email_is_kept_in_lower_case(typed, stored):
    assert normalise("email", typed) == stored


@pytest.mark.parametrize(
    "typed",
    [
        "tom@b\u00fccher.example",
        "TOM@B\u00dcCHER.example",
        "tom@xn--bcher-kva.example",
        "Tom@XN--Bcher-KVA.Example",
        "tom@bu\u0308cher.example",
        "t\u200bom@b\u00fccher\u00ad.example\ufeff",
        "\uff54om\uff20b\u00fccher\uff0eexample",
        "tom@b\u00fccher\u3002example",
    ],
)
def test_an_address_is_one_in_each_spelling(typed):
    assert normalise("email", typed) == "tom@b\u00fccher.example"


@pytest.mark.parametrize(
    "domain",
    [
        pytest.param("xn--abc-", id="plain letters in punycode"),
        pytest.param("xn--a", id="no punycode"),
        pytest.param("xn--Bcher-kva\u00fc".lower(), id="not ASCII"),
        pytest.param("xn--" + "\u212a\u00fc".encode("punycode").decode(), id="not unified"),
        pytest.param("xn--" + "\u3002\u00fc".encode("punycode").decode(), id="a dot of its own"),
    ],
)
def test_what_is_the_punycode_of_nothing_stays(domain):
    assert normalise("email", f"tom@{domain}.example") in (f"tom@{domain}.example", None)


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "tom",
        "tom@",
        "@example.com",
        "tom@example",
        "tom@example.c",
        "tom@@example.com",
        "tom sawyer@example.com",
        "tom..s@example.com",
        ".tom@example.com",
        "tom@-example.com",
        "tom@example..com",
        "tom@example.com.",
        "tom@1.2.3.4",
        '"tom"@example.com',
        "<t@example.com>",
        "tom@example.com\x00",
        "to\nm@example.com",
        "a@b.com,c@d.com",
        "x" * 65 + "@example.com",
        "tom@" + "x" * 250 + ".com",
        pytest.param("a" * 100_000 + "@example.com", id="endless"),
        5,
    ],
)
def test_what_is_no_email_is_refused(typed):
    assert normalise("email", typed) is None


@given(identifier_type=st.sampled_from(IDENTIFIER_TYPES), raw=ANYTHING)
def test_anything_is_read_or_refused_and_never_breaks(identifier_type, raw):
    stored = normalise(identifier_type, raw)

    assert stored is None or (0 < len(stored) <= 255 and "\x00" not in stored)


@given(
    identifier_type=st.sampled_from([name for name in IDENTIFIER_TYPES if name != "mobile"]),
    raw=st.one_of(st.text(), st.emails(), st.integers()),
)
def test_a_stored_value_is_stored_as_itself(identifier_type, raw):
    stored = normalise(identifier_type, raw)

    if stored is not None:
        assert normalise(identifier_type, stored) == stored


@given(spelling=st.text())
def test_any_spelling_of_a_type_is_known_or_not_and_never_breaks(spelling):
    assert canonical_type(spelling) in {None, *IDENTIFIER_TYPES}
    assert canonical_channel(spelling) in {None, *CHANNEL_TYPES}


@pytest.mark.parametrize(
    ("arrived", "meant"),
    [
        (" 447400123456", "+447400123456"),
        (" 44 (0)7400 123456 ", "+44 (0)7400 123456"),
        (" 9876543210", "9876543210"),
        ("447400123456", "447400123456"),
        (" +447400123456", "+447400123456"),
        (" tom", "tom"),
        (" ", ""),
    ],
)
def test_a_plus_that_arrived_as_a_blank_is_a_plus(arrived, meant):
    assert restore_plus(arrived) == meant
