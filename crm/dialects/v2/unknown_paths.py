"""Unknown paths of v2."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from crm.dialects.authentication import CredentialAuthentication
from crm.dialects.transport_errors import PathUnknown
from crm.dialects.v2.json_view import JsonView


@extend_schema(exclude=True)
class Nowhere(JsonView):
    """Answers every path under /v2 that is no operation.

    It requires authentication, so that anonymous callers cannot probe which paths exist.
    """

    authentication_classes = [CredentialAuthentication]

    def check_request(self, request: Request) -> None:
        self.perform_authentication(request)
        raise PathUnknown()
