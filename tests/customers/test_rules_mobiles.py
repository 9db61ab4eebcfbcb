"""A mobile has one spelling: digits with country code."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from phonenumbers import (
    COUNTRY_CODE_TO_REGION_CODE,
    NumberParseException,
    PhoneMetadata,
    PhoneNumberFormat,
    format_number,
    is_possible_number,
    is_valid_number,
    parse,
)

from customers.rules.mobiles import national_number, normalise_mobile

COUNTRIES = [
    "IN",
    "GB",
    "US",
    "CA",
    "DE",
    "IT",
    "BR",
    "MX",
    "AR",
    "CN",
    "SG",
    "RU",
    "ID",
    "AE",
    "ZZ",
]


def library_mobile(digits: str, country: str, *, strict: bool) -> str | None:
    """The rule written out: international, else valid here, else possible abroad, else here."""
    fits = is_valid_number if strict else is_possible_number
    if digits.startswith(("+", "00")):
        attempts = [("+" + digits.removeprefix("00" if digits[0] == "0" else "+"), None, fits)]
    else:
        attempts = [(digits, country, is_valid_number), ("+" + digits, None, fits)]
        attempts.append((digits, country, fits))
    for number, region, accepts in attempts:
        try:
            parsed = parse(number, region)
        except NumberParseException:
            continue
        if accepts(parsed):
            return format_number(parsed, PhoneNumberFormat.E164).removeprefix("+")
    return None


def list_examples(country: str) -> list[str]:
    """Return the library's example numbers of a country, in national and international form."""
    metadata = PhoneMetadata.metadata_for_region(country, None)
    kinds = [metadata.mobile, metadata.fixed_line, metadata.toll_free] if metadata else []
    numbers = [kind.example_number for kind in kinds if kind and kind.example_number]
    code = metadata.country_code if metadata else 91
    spellings = ["{1}", "0{1}", "{0}{1}", "+{0}{1}", "00{0}{1}", "{0}0{1}", "{0}{0}{1}", "9{1}"]
    return [spelling.format(code, number) for number in numbers for spelling in spellings]


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("9876543210", "919876543210"),
        ("09876543210", "919876543210"),
        ("919876543210", "919876543210"),
        ("+919876543210", "919876543210"),
        ("00919876543210", "919876543210"),
        ("(+91) 98765-43210", "919876543210"),
        ("\u202a+91\u00a098765\u201143210\u202c", "919876543210"),
        ("\uff0b91 98765 43210", "919876543210"),
        ("\u096f\u096e\u096d\u096c\u096b\u096a\u0969\u0968\u0967\u0966", "919876543210"),
        ("9876543210.0", "919876543210"),
        ("+44 (0)20 7946 0958", "442079460958"),
        ("44700900000", "44700900000"),
        ("91901000001", "91901000001"),
        ("19889999999", "19889999999"),
        ("6591111111", "916591111111"),
        ("+6591111111", "6591111111"),
    ],
)
def test_a_number_is_kept_as_digits_with_country_code(typed, stored):
    assert normalise_mobile(typed, default_country="IN", strict=False) == stored


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "+",
        "00",
        "++919876543210",
        "98765x3210",
        "9.19877E+11",
        "+0919876543210",
        "123",
        "9876543210\x00",
        "98765\n43210",
        pytest.param("9" * 100_000, id="endless"),
        "+999123456789",
        "\u00b2" * 10,
    ],
)
def test_what_is_no_number_is_refused(typed):
    assert normalise_mobile(typed, default_country="IN", strict=False) is None


@pytest.mark.parametrize(
    ("typed", "stored"),
    [("9876543210", "919876543210"), ("+447400123456", "447400123456"), ("44700900000", None)],
)
def test_a_strict_organization_takes_assigned_ranges_only(typed, stored):
    assert normalise_mobile(typed, default_country="IN", strict=True) == stored


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize(
    "country",
    [*COUNTRIES, *sorted({regions[0] for regions in COUNTRY_CODE_TO_REGION_CODE.values()})],
)
def test_every_country_is_read_as_the_library_reads_it(country, strict):
    typed = list_examples(country)

    read = [normalise_mobile(number, default_country=country, strict=strict) for number in typed]

    assert read == [library_mobile(number, country, strict=strict) for number in typed]


@given(
    digits=st.from_regex(r"\A(\+|00|0)?(91|44|1|49|7|65|55|52|54)?[0-9]{4,12}\Z"),
    country=st.sampled_from(COUNTRIES),
    strict=st.booleans(),
)
@example(digits="1234567890123", country="IN", strict=False)
@example(digits="910000800123456", country="IN", strict=False)
def test_any_digits_are_read_as_the_library_reads_them(digits, country, strict):
    read = normalise_mobile(digits, default_country=country, strict=strict)

    assert read == library_mobile(digits, country, strict=strict)


@given(typed=st.text(max_size=80), country=st.sampled_from(COUNTRIES), strict=st.booleans())
def test_any_text_is_read_or_refused_and_never_breaks(typed, country, strict):
    read = normalise_mobile(typed, default_country=country, strict=strict)

    assert read is None or (read.isascii() and read.isdigit())


@given(
    digits=st.from_regex(r"\A(\+|00|0)?(91|44|1|49|39|65)?[0-9]{4,12}\Z"),
    country=st.sampled_from(COUNTRIES),
)
@example(digits="6591111111", country="SG")
def test_an_assigned_number_given_back_with_its_plus_is_itself(digits, country):
    stored = normalise_mobile(digits, default_country=country, strict=True)

    if stored is not None:
        assert normalise_mobile(f"+{stored}", default_country=country, strict=True) == stored


@pytest.mark.parametrize(
    ("stored", "national"),
    [
        ("919876543210", "9876543210"),
        ("447400123456", "7400123456"),
        ("12025550123", "2025550123"),
        ("390612345678", "0612345678"),
        ("97150123456", "50123456"),
        ("999123", None),
        ("91", None),
        ("", None),
        ("\u0661\u0662", None),
    ],
)
def test_the_national_number_is_what_follows_the_country_code(stored, national):
    assert national_number(stored) == national


def test_no_country_code_begins_another():
    codes = {str(code) for code in COUNTRY_CODE_TO_REGION_CODE}

    assert [c for c in codes if any(other != c and other.startswith(c) for other in codes)] == []
