"""A mobile has one spelling: digits with country code."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from phonenumbers import (
    COUNTRY_CODE_TO_REGION_CODE,
    SUPPORTED_REGIONS,
    NumberParseException,
    PhoneMetadata,
    PhoneNumber,
    PhoneNumberFormat,
    PhoneNumberType,
    country_code_for_region,
    example_number_for_type,
    format_number,
    is_possible_number,
    is_valid_number,
    national_significant_number,
    number_type,
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
MOBILE_TYPES = {PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE}


def read_by_rule(digits: str, country: str, *, strict: bool) -> str | None:
    """The rule written out; a number that the digits alone do not mean has 00 in front."""
    if digits.startswith(("+", "00")):
        number = read_abroad(digits.removeprefix("+").removeprefix("00"), strict=strict)
    else:
        number = read_plain(digits, country, strict=strict)
    while number is not None and read_plain(number, country, strict=strict) != number:
        reading = read_abroad(number, strict=strict)
        if reading == number:
            return f"00{number}"
        number = reading
    return number


def read_plain(digits: str, country: str, *, strict: bool) -> str | None:
    """Return the number that digits without a plus mean."""
    home, abroad = parse_number(digits, country), parse_number(f"+{digits}", None)
    if home and is_valid_number(home):
        if abroad and is_valid_number(abroad) and prefers_abroad(digits, country, home, abroad):
            return show(abroad)
        return show(home)
    fits = is_valid_number if strict else is_possible_number
    return next((show(number) for number in (abroad, home) if number and fits(number)), None)


def prefers_abroad(digits: str, country: str, home: PhoneNumber, abroad: PhoneNumber) -> bool:
    """Of two valid readings: the mobile; else the own one; else national, if nothing lacks."""
    is_own = home.country_code == abroad.country_code
    is_mobile_abroad = number_type(abroad) in MOBILE_TYPES
    if number_type(home) in MOBILE_TYPES:
        return is_own and is_mobile_abroad
    if is_own or national_significant_number(home) != digits:
        return is_own
    metadata = PhoneMetadata.metadata_for_region(country, None)
    return is_mobile_abroad or metadata.national_prefix == "0"


def read_abroad(digits: str, *, strict: bool) -> str | None:
    number = parse_number(f"+{digits}", None)
    fits = is_valid_number if strict else is_possible_number
    return show(number) if number and fits(number) else None


def parse_number(text: str, country: str | None) -> PhoneNumber | None:
    try:
        return parse(text, country)
    except NumberParseException:
        return None


def show(number: PhoneNumber) -> str:
    return format_number(number, PhoneNumberFormat.E164).removeprefix("+")


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
        ("+6591111111", "006591111111"),
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

    assert read == [read_by_rule(number, country, strict=strict) for number in typed]


@given(
    digits=st.from_regex(r"\A(\+|00|0)?(91|44|1|49|7|65|55|52|54)?[0-9]{4,12}\Z"),
    country=st.sampled_from(COUNTRIES),
    strict=st.booleans(),
)
@example(digits="1234567890123", country="IN", strict=False)
@example(digits="910000800123456", country="IN", strict=False)
def test_any_digits_are_read_as_the_library_reads_them(digits, country, strict):
    read = normalise_mobile(digits, default_country=country, strict=strict)

    assert read == read_by_rule(digits, country, strict=strict)


@given(typed=st.text(max_size=80), country=st.sampled_from(COUNTRIES), strict=st.booleans())
def test_any_text_is_read_or_refused_and_never_breaks(typed, country, strict):
    read = normalise_mobile(typed, default_country=country, strict=strict)

    assert read is None or (read.isascii() and read.isdigit())


EXAMPLES = sorted(
    {
        show(number)
        for region in SUPPORTED_REGIONS
        for kind in (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE)
        if (number := example_number_for_type(region, kind))
    }
)


@pytest.mark.parametrize("country", sorted(SUPPORTED_REGIONS))
def test_a_number_of_any_country_is_its_own_answer(country):
    answers = [normalise_mobile(f"+{e}", default_country=country, strict=False) for e in EXAMPLES]

    again = [normalise_mobile(answer, default_country=country, strict=False) for answer in answers]

    assert again == answers
    assert [answer.removeprefix("00") for answer in answers] == EXAMPLES


@pytest.mark.parametrize("country", sorted(SUPPORTED_REGIONS))
def test_a_number_of_the_country_is_answered_with_its_code_alone(country):
    code = str(country_code_for_region(country))

    answers = [
        normalise_mobile(f"+{example}", default_country=country, strict=False)
        for example in EXAMPLES
        if example.startswith(code)
    ]

    assert [answer for answer in answers if answer.startswith("00")] == []


@given(
    digits=st.from_regex(r"\A(\+|00|0)?(91|44|1|49|39|65|84|98)?[0-9]{4,12}\Z"),
    country=st.sampled_from(sorted(SUPPORTED_REGIONS)),
    strict=st.booleans(),
    prefix=st.sampled_from(["", "+"]),
)
@example(digits="6591111111", country="SG", strict=True, prefix="+")
@example(digits="+9876543210", country="IN", strict=False, prefix="")
@example(digits="+84951234567", country="RU", strict=True, prefix="")
@example(digits="910000000000", country="AC", strict=False, prefix="")
@example(digits="+490490490151234", country="DE", strict=False, prefix="")
def test_an_answer_given_back_is_itself(digits, country, strict, prefix):
    answer = normalise_mobile(digits, default_country=country, strict=strict)

    if answer is not None:
        given_back = f"{prefix}{answer}"
        assert normalise_mobile(given_back, default_country=country, strict=strict) == answer


@pytest.mark.parametrize(
    ("country", "typed", "stored"),
    [
        # The own country code wins over a fixed line that nobody writes without its zero.
        ("DE", "4915112345678", "4915112345678"),
        ("DE", "04915112345678", "494915112345678"),
        ("DE", "015112345678", "4915112345678"),
        ("DE", "15112345678", "4915112345678"),
        ("DE", "447400123456", "447400123456"),
        ("DE", "+447400123456", "447400123456"),
        # Mobiles are written without their zero.
        ("IN", "6591111111", "916591111111"),
        ("IN", "+6591111111", "006591111111"),
        ("IN", "006591111111", "006591111111"),
        ("US", "2672401234", "12672401234"),
        ("US", "+2672401234", "002672401234"),
        # The 8 of a call within Russia is also the beginning of a Vietnamese mobile.
        ("RU", "84951234567", "74951234567"),
        ("RU", "+84951234567", "0084951234567"),
    ],
)
def test_digits_that_are_a_number_here_and_abroad_mean_one_of_them(country, typed, stored):
    assert normalise_mobile(typed, default_country=country, strict=False) == stored


@pytest.mark.parametrize(
    ("stored", "national"),
    [
        ("919876543210", "9876543210"),
        ("447400123456", "7400123456"),
        ("12025550123", "2025550123"),
        ("390612345678", "0612345678"),
        ("97150123456", "50123456"),
        ("006591111111", "91111111"),
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
