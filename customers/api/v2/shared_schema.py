"""Answer shapes that several operations share, for the API page."""

from rest_framework import serializers


class WarningOut(serializers.Serializer):
    status = serializers.BooleanField(help_text="Always false.")
    code = serializers.IntegerField()
    message = serializers.CharField()


class WriteResultOut(serializers.Serializer):
    """The customer that was saved, with warnings and side effects."""

    createdId = serializers.IntegerField(help_text="The customer's id.")
    warnings = WarningOut(many=True)
    sideEffects = serializers.ListField(child=serializers.DictField())


class PageOut(serializers.Serializer):
    limit = serializers.IntegerField()
    offset = serializers.IntegerField()
    total = serializers.IntegerField()
