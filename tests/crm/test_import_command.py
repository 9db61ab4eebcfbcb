"""The command import_csv ..."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from crm.runs.models import ImportRun
from customers.models import Customer
from tests.builders import get_or_make_organization, get_or_make_source_account, make_organization

pytestmark = pytest.mark.django_db

CONTENT = "Phone;Given name\n9800000001;Asha\n12ab;Ben\n"


@pytest.fixture
def run(tmp_path):
    get_or_make_source_account(org=get_or_make_organization())

    def run(content, *words):
        path = tmp_path / "people.csv"
        path.write_text(content)
        out, errors = StringIO(), StringIO()
        code = 0
        try:
            call_command("import_csv", "customers", str(path), *words, stdout=out, stderr=errors)
        except SystemExit as end:
            code = end.code
        except CommandError as end:
            code, errors = end.returncode, StringIO(str(end))
        return code, out.getvalue(), errors.getvalue()

    return run


def test_imports_the_valid_rows_and_tells_of_the_others(run):
    code, out, errors = run(CONTENT, "--map", "Given name=first_name")

    assert code == 1
    assert "Phone -> identifier.mobile" in out
    assert "create: 1" in out
    assert "row 3: Phone: The mobile number cannot be read." in errors
    assert Customer.objects.count() == 1


def test_ends_with_zero_when_every_row_is_fine(run):
    assert run("Mobile\n9800000001\n")[0] == 0
    assert Customer.objects.count() == 1


def test_only_checks_when_told(run):
    code, out, _ = run(CONTENT, "--dry-run")

    assert (code, "create: 1" in out) == (1, True)
    assert ImportRun.objects.get().apply_run is None
    assert Customer.objects.count() == 0


@pytest.mark.parametrize(
    ("content", "words", "sentence"),
    [
        ("Hat\nred\n", [], "Map at least one identifier"),
        ("Mobile\n9800000001\n", ["--map", "Hat=mobile"], "no column “Hat”"),
        ("Mobile\n9800000001\n", ["--map", "Hat"], "HEADER=TARGET"),
        ("Mobile\n9800000001\n", ["--organization", "nobody"], "There is no organization"),
        ("Mobile\n9800000001\n", ["--mode", "update"], "no rows to import"),
        ("", [], "The file is empty."),
    ],
)
def test_ends_with_two_and_a_reason_when_nothing_is_imported(run, content, words, sentence):
    code, _, errors = run(content, *words)

    assert code == 2
    assert sentence in errors
    assert Customer.objects.count() == 0


def test_asks_for_the_organization_where_there_are_several(run):
    make_organization()

    assert run("Mobile\n9800000001\n")[0] == 2


def test_ends_with_two_when_there_is_no_file(run, tmp_path):
    with pytest.raises(CommandError) as end:
        call_command("import_csv", "customers", str(tmp_path / "none.csv"))
    assert end.value.returncode == 2
