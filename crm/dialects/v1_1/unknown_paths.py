"""Unknown paths of v1.1."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from crm.dialects.authentication import CredentialAuthentication
from crm.dialects.transport_errors import PathUnknown
from crm.dialects.v1_1.format_view import FormatView


@extend_schema(exclude=True)
class Nowhere(FormatView):
    """Answers every path under /v1.1 that is no operation.

    It requires authentication, so that anonymous callers cannot probe which paths exist.
    """

    authentication_classes = [CredentialAuthentication]

    def check_request(self, request: Request) -> None:
        self.perform_authentication(request)
        raise PathUnknown()
