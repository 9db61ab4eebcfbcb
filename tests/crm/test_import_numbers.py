"""Numbers and money as countries write them are read as the number that is meant, or not at all."""

from datetime import UTC

import pytest

from crm.imports.files.xlsx_table import format_cell
from crm.imports.numbers import OTHER_CURRENCY, UNUSUAL_GROUPS, read_number
from crm.imports.readings import AnotherReading, CellFormats

POINT, COMMA = False, True


def read(text, country, decimal_comma, **formats):
    return read_number(
        text, CellFormats(UTC, decimal_comma=decimal_comma, country=country, **formats)
    )


@pytest.mark.parametrize(
    ("country", "decimal_comma", "text", "number"),
    [
        ("DE", COMMA, "1.234", "1234"),
        ("DE", COMMA, "10.000", "10000"),
        ("DE", COMMA, "1.234.567,5", "1234567.5"),
        ("DE", COMMA, "1 234,50", "1234.50"),
        ("FR", COMMA, "1\u202f234,50\u00a0€", "1234.50"),
        ("DE", COMMA, "EUR 1.234,50", "1234.50"),
        ("DE", COMMA, "100,- €", "100"),
        ("DE", COMMA, "-5 Euro", "-5"),
        ("IN", POINT, "1,234", "1234"),
        ("IN", POINT, "1.234", "1.234"),
        ("IN", POINT, "1,23,456.50", "123456.50"),
        ("IN", POINT, "12,34,567", "1234567"),
        ("IN", POINT, "1,234,567", "1234567"),
        ("IN", POINT, "₹1,234.50", "1234.50"),
        ("IN", POINT, "Rs. 1,00,000/-", "100000"),
        ("IN", POINT, "(₹100.00)", "-100.00"),
        ("IN", POINT, "INR -100", "-100"),
        ("IN", POINT, "(100.00)", "-100.00"),
        ("IN", POINT, "100.00-", "-100.00"),
        ("IN", POINT, "\u22125.00", "-5.00"),
        ("IN", POINT, "\uff11\uff12", "12"),
        ("IN", POINT, ".5", "0.5"),
        ("IN", POINT, "5.", "5"),
        ("GB", POINT, "£1,234.50", "1234.50"),
        ("US", POINT, "$1,234.50", "1234.50"),
        ("US", POINT, "($1,234.50)", "-1234.50"),
        ("CH", POINT, "CHF 1'234.50", "1234.50"),
        ("CH", POINT, "1\u2019234\u2019567.05", "1234567.05"),
        ("CH", POINT, "Fr. 20.\u2013", "20"),
        ("JP", POINT, "￥1,200", "1200"),
        ("BR", COMMA, "R$ 1.234,50", "1234.50"),
        ("PL", COMMA, "1 234,50 zł", "1234.50"),
    ],
)
def test_reads_what_the_country_writes(country, decimal_comma, text, number):
    assert read(text, country, decimal_comma) == number


@pytest.mark.parametrize(
    ("country", "decimal_comma", "text"),
    [
        ("IN", POINT, "1.23.4"),
        ("IN", POINT, "1,2345,678"),
        ("IN", POINT, "1,23,4567"),
        ("IN", POINT, "1'234.50"),
        ("IN", POINT, "1 234.50"),
        ("US", POINT, "1,23,456.50"),
        ("DE", COMMA, "1.23.456,50"),
        ("DE", COMMA, "1 234.567,50"),
    ],
)
def test_what_is_grouped_wrongly_is_never_another_number(country, decimal_comma, text):
    for comma in (decimal_comma, None):
        with pytest.raises(ValueError, match=UNUSUAL_GROUPS):
            read(text, country, comma)


@pytest.mark.parametrize("text", ["--5", "-(5)", "1\u00b2", "₹", "5 pieces", "-", "1/2"])
def test_what_is_no_number_stays_text(text):
    assert read(text, "IN", POINT) == text


@pytest.mark.parametrize(
    ("decimal_comma", "text"),
    [
        (POINT, "12,34"),
        (POINT, "0,125"),
        (POINT, "1.234,50"),
        (COMMA, "12.34"),
        (COMMA, "0.125"),
        (COMMA, "1,234.50"),
        (None, "1.234"),
        (None, "1,234"),
    ],
)
def test_a_number_of_the_other_kind_is_a_question(decimal_comma, text):
    with pytest.raises(AnotherReading) as caught:
        read(text, "DE", decimal_comma)

    assert caught.value.about == "numbers"


@pytest.mark.parametrize(
    ("text", "number"), [("1.5", "1.5"), ("1,5", "1.5"), ("1.234,5", "1234.5"), ("1234", "1234")]
)
def test_undecided_numbers_that_can_be_read_in_one_way_are_read(text, number):
    assert read(text, "DE", None) == number


@pytest.mark.parametrize(("country", "text"), [("IN", "$5"), ("IN", "5 EUR"), ("DE", "£ 3")])
def test_another_currency_is_no_amount(country, text):
    with pytest.raises(ValueError, match=OTHER_CURRENCY):
        read(text, country, None)


@pytest.mark.parametrize("value", [1.234, 12.34, 0.125, 1234.567, 5.0])
def test_a_workbooks_own_numbers_are_the_same_whatever_its_texts_have(value):
    text = format_cell(value)

    for decimal_comma in (POINT, COMMA):
        number = read(text, "DE", decimal_comma, has_typed_numbers=True)
        assert float(number) == value
