"""Paths of v2 that lead nowhere."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from crm.dialects.authentication import CredentialAuthentication
from crm.dialects.transport_errors import PathUnknown
from crm.dialects.v2.json_view import JsonView


@extend_schema(exclude=True)
class Nowhere(JsonView):
    """Whatever is under /v2 and is no operation, by any method.

    Who does not log in learns no more here than anywhere else.
    """

    authentication_classes = [CredentialAuthentication]

    def check_request(self, request: Request) -> None:
        self.perform_authentication(request)
        raise PathUnknown()
