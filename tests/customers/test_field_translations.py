"""Values of extended fields in the requested language."""

import pytest

from customers.queries.fields import translate_values
from tests.builders import get_or_make_organization, make_field, make_organization

pytestmark = pytest.mark.django_db


def translate(values, language):
    return translate_values(values, org_id=get_or_make_organization().pk, language=language)


@pytest.mark.parametrize("language", ["zh", "ZH", " zh-CN ", "zh_Hans_CN"])
def test_come_by_the_tag_or_its_shorter_forms(language):
    make_field("gender", options=["Male", "Female"], translations={("zh", "Male"): "男"})
    make_field("city", translations={("ar", "Pune"): "بونه"})

    assert translate({"gender": "Male", "city": "Pune", "points": 3}, language) == {
        "gender": "男",
        "city": "Pune",
        "points": 3,
    }


def test_prefer_the_longer_tag_value_by_value():
    make_field("city", translations={("zh-CN", "Pune"): "浦那市", ("zh", "Pune"): "浦那"})
    make_field("state", translations={("zh", "Goa"): "果阿"})

    assert translate({"city": "Pune", "state": "Goa"}, "zh-CN") == {
        "city": "浦那市",
        "state": "果阿",
    }


@pytest.mark.parametrize("stored", ["pune", "PUNE"])
def test_match_values_whatever_their_case(stored):
    make_field("city", translations={("zh", "Pune"): "浦那"})

    assert translate({"city": stored}, "zh") == {"city": "浦那"}


def test_reach_yes_and_no_and_numbers():
    make_field("student", data_type="BOOLEAN", translations={("zh", "true"): "是"})
    make_field("floor", data_type="INTEGER", translations={("zh", "4"): "四"})

    assert translate({"student": True, "floor": 4}, "zh") == {"student": "是", "floor": "四"}


@pytest.mark.parametrize("language", ["", "  ", "en", "\x00", "zh;q=1", "z" * 100, "zh'--", "é"])
def test_are_left_as_they_are_where_the_language_is_unknown_or_none(language):
    make_field("city", translations={("zh", "Pune"): "浦那"})

    assert translate({"city": "Pune"}, language) == {"city": "Pune"}


def test_are_the_organizations_own():
    make_field("city", make_organization(), translations={("zh", "Pune"): "浦那"})
    make_field("city")

    assert translate({"city": "Pune"}, "zh") == {"city": "Pune"}


def test_take_one_query_whatever_their_number(django_assert_num_queries):
    org = get_or_make_organization()
    values = {f"field {number}": "Pune" for number in range(20)}
    for name in values:
        make_field(name, org, translations={("zh", "Pune"): "浦那"})

    with django_assert_num_queries(1):
        answer = translate_values(values, org_id=org.pk, language="zh-CN")

    assert answer == dict.fromkeys(values, "浦那")
