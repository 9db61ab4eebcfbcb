"""Paths of v1.1 that lead nowhere."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from crm.dialects.authentication import CredentialAuthentication
from crm.dialects.transport_errors import PathUnknown
from crm.dialects.v1_1.format_view import FormatView


@extend_schema(exclude=True)
class Nowhere(FormatView):
    """Whatever is under /v1.1 and is no operation, by any method.

    Who does not log in learns no more here than anywhere else.
    """

    authentication_classes = [CredentialAuthentication]

    def check_request(self, request: Request) -> None:
        self.perform_authentication(request)
        raise PathUnknown()
