"""The schema of the advanced search in v1.1, for the API page."""

from drf_spectacular.utils import inline_serializer
from rest_framework import serializers

from crm.dialects.v1_1.body_schema import WarningOut
from customers.api.v1_1.customers_schema import FieldOut


class SoughtOut(serializers.Serializer):
    """A customer in the results; for the API page only."""

    user_id = serializers.CharField()
    org_id = serializers.CharField()
    firstname = serializers.CharField()
    lastname = serializers.CharField()
    mobile = serializers.CharField(allow_blank=True)
    email = serializers.CharField(allow_blank=True)
    external_id = serializers.CharField(allow_blank=True)
    loyalty_points = serializers.CharField()
    lifetime_points = serializers.CharField()
    lifetime_purchases = serializers.CharField()
    current_slab = serializers.CharField(help_text="Empty if not enrolled in the default program.")
    registered_on = serializers.CharField()
    registered_by = serializers.CharField(help_text="The code of a till, store or user.")
    last_trans_value = serializers.CharField(help_text="The amount of the last transaction.")
    attributes = inline_serializer("SoughtFields", {"attribute": FieldOut(many=True)})


SEARCH_RESPONSE = inline_serializer(
    "SoughtAnswer",
    {
        "response": inline_serializer(
            "SoughtResponse",
            {
                "status": inline_serializer(
                    "SoughtStatus",
                    {
                        "success": serializers.ChoiceField(["true"]),
                        "code": serializers.IntegerField(),
                        "message": serializers.CharField(),
                    },
                ),
                "customer": inline_serializer(
                    "SoughtPage",
                    {
                        "count": serializers.CharField(
                            help_text="The number of matches, up to 1,000."
                        ),
                        "start": serializers.CharField(),
                        "rows": serializers.CharField(),
                        "results": inline_serializer(
                            "SoughtResults", {"item": SoughtOut(many=True)}
                        ),
                        "warnings": inline_serializer(
                            "SoughtWarnings", {"warning": WarningOut(many=True)}
                        ),
                    },
                ),
            },
        )
    },
)
