"""URLs of requests in v2."""

from django.urls import path

import crm.dialects.path_converters  # noqa: F401  registers <id:...>
from crm.approvals.api.v2.request_lists import (
    ChangeRequests,
    GoodwillRequests,
    LookedUpChangeRequests,
    LookedUpGoodwillRequests,
    LookedUpRetroRequests,
    RetroRequests,
)

urlpatterns = [
    path("customers/lookup/retroRequest", LookedUpRetroRequests.as_view()),
    path("customers/lookup/changeRequest", LookedUpChangeRequests.as_view()),
    path("customers/lookup/goodwillRequest", LookedUpGoodwillRequests.as_view()),
    path("customers/<id:customer_id>/retroRequest", RetroRequests.as_view()),
    path("customers/<id:customer_id>/changeRequest", ChangeRequests.as_view()),
    path("customers/<id:customer_id>/goodwillRequest", GoodwillRequests.as_view()),
]
