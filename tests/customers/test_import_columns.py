"""Columns are guessed from their names and first rows, and remembered."""

import pytest

from crm.imports.column_mapping import reuse_mapping
from crm.imports.header_names import REASON_COLUMN
from crm.imports.queries.import_runs import find_mapping
from crm.imports.readings import CellFormats
from customers.imports.customers import CustomerImport, CustomerMapping
from tests.builders import get_or_make_organization, make_field, make_organization
from tests.customers.import_helpers import check_file

pytestmark = pytest.mark.django_db


def read(names, *rows, org=None):
    return CustomerImport.guess(org or get_or_make_organization(), names, rows)


@pytest.mark.parametrize(
    ("name", "target"),
    [
        ("CustomerID", "identifier.externalId"),
        ("external_id", "identifier.externalId"),
        ("E-mail", "identifier.email"),
        ("EMAIL ADDRESS", "identifier.email"),
        ("Mobile No", "identifier.mobile"),
        ("Phone number", "identifier.mobile"),
        ("unionId", "identifier.unionId"),
        ("First Name", "first_name"),
        ("Name", "first_name"),
        ("Surname", "last_name"),
        ("source", "source"),
        ("accountId", "account_id"),
        ("Loyalty Type", "loyalty_type"),
        ("Registered on", "registered_on"),
        ("till_code", "till"),
        ("SMS opt-in", "consent.SMS.BULK"),
        ("Email opt-in, transactional", "consent.EMAIL.TRANS"),
        ("FAVORITE  color", "field.Favorite Color"),
        ("city", "extended.city"),
        ("prénom", "first_name"),
        ("NOM", "last_name"),
        ("Téléphone", "identifier.mobile"),
        ("Adresse e-mail", "identifier.email"),
        ("e.mail:", "identifier.email"),
        ("\u00a0Teléfono móvil ", "identifier.mobile"),
        ("REGISTERED__ON*", "registered_on"),
        ("id", ""),
        ("InvoiceNo", ""),
        (REASON_COLUMN, ""),
    ],
)
def test_guesses_by_name(name, target):
    make_field("city")
    make_field("Favorite Color", kind="CUSTOM", scope="PROFILE")

    assert read([name], ["x"]).targets == [target]


def test_a_second_column_of_the_same_meaning_is_left_to_people():
    assert read(["Mobile", "Phone"], ["1", "2"]).targets == ["identifier.mobile", ""]


@pytest.mark.parametrize(
    ("names", "targets"),
    [
        (["Phone", "Mobile"], ["", "identifier.mobile"]),
        (["id", "customer id", "External_ID"], ["", "", "identifier.externalId"]),
        (["Name", "First name", "Nom"], ["", "first_name", "last_name"]),
        (["since", "Registered on"], ["", "registered_on"]),
        (["Phone 1", "Phone 2"], ["identifier.mobile", "identifier.mobile"]),
        (
            ["Mobile", "mobile_2", "Email", "Email (2)"],
            ["identifier.mobile"] * 2 + ["identifier.email"] * 2,
        ),
        (["Primary mobile", "Other mobile"], ["identifier.mobile", "identifier.mobile"]),
        (["Phone 1", "Mobile", "Phone 2"], ["", "identifier.mobile", ""]),
        (["First name", "First name 2"], ["first_name", ""]),
    ],
)
def test_a_columns_own_name_beats_synonyms_wherever_it_stands(names, targets):
    assert read(names, ["x"] * len(names)).targets == targets


def test_guesses_by_looks_where_columns_have_no_names():
    names = ["Column 1", "Column 2", "Column 3"]

    reading = read(names, ["Asha", "+919800000001", "a@example.com"])

    assert reading.targets == ["", "identifier.mobile", "identifier.email"]


@pytest.mark.parametrize(
    ("country", "cells", "day_first"),
    [
        ("IN", ["1/12/2010"], True),
        ("US", ["1/12/2010"], False),
        ("US", ["1/12/2010 08:26", "13/12/2010 08:26"], True),
        ("IN", ["1/12/2010", "1/13/2010"], False),
        ("IN", ["2010-12-01"], True),
    ],
)
def test_tells_days_from_months_by_the_data_or_the_country(country, cells, day_first):
    org = make_organization(default_country=country)

    assert read(["Registered on"], *([cell] for cell in cells), org=org).day_first is day_first


@pytest.mark.parametrize(
    ("cells", "comma"), [(["2,55", "3"], True), (["2.55"], False), (["1,234"], False), ([], False)]
)
def test_tells_decimal_commas_by_the_data(cells, comma):
    assert read(["Price"], *([cell] for cell in cells)).decimal_comma is comma


def test_remembers_what_a_header_meant_for_the_organization_alone():
    check_file("Mobile,Whatever\n919800000001,Asha\n", targets=["identifier.mobile", "first_name"])

    org = get_or_make_organization()
    stored = find_mapping(org_id=org.pk, kind="customers", header=["MOBILE", " whatever"])

    assert stored["targets"] == ["identifier.mobile", "first_name"]
    other = make_organization()
    header = ["Mobile", "Whatever"]
    assert find_mapping(org_id=other.pk, kind="customers", header=header) is None


def test_forgets_a_field_that_is_gone():
    org = get_or_make_organization()
    known = CustomerImport.columns(org, CellFormats(org.zone))
    stored = CustomerMapping(
        targets=["identifier.mobile", "extended.gone"], day_first=False
    ).as_json()

    reading = reuse_mapping(
        stored, guessed=CustomerMapping(targets=["", ""], defaults=["", ""]), known=known
    )

    assert (reading.targets, reading.day_first) == (["identifier.mobile", ""], True)
