"""GET /v2/extendedFields ..."""

import pytest

from tests.builders import make_field, make_organization

pytestmark = pytest.mark.django_db


def test_lists_the_fields_of_each_scope_with_enum_values(till):
    gender = make_field("gender", label="Gender", options=["Male", "Female"])
    size = make_field("size", scope="LINE_ITEM", parent=gender, data_type="INTEGER")
    make_field("closed", is_active=False)
    make_field("custom", kind="CUSTOM", scope="PROFILE")
    make_field("elsewhere", make_organization())

    answer = till.get("extendedFields")

    moments = {"createdOn": "2026-03-02T17:30:00+05:30", "modifiedOn": "2026-03-02T17:30:00+05:30"}
    assert answer.status_code == 200
    assert answer.json() == {
        "entity": {
            "customer": [
                {
                    "id": gender.pk,
                    "name": "gender",
                    "label": "Gender",
                    "dataType": "ENUM",
                    "parentId": None,
                    **moments,
                    "enumValues": ["Male", "Female"],
                }
            ],
            "transaction": [],
            "lineitem": [
                {
                    "id": size.pk,
                    "name": "size",
                    "label": "",
                    "dataType": "INTEGER",
                    "parentId": gender.pk,
                    **moments,
                    "enumValues": [],
                }
            ],
            "card": [],
        },
        "warnings": [],
    }
