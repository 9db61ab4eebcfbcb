"""Requests in v2: the table of contents."""

from django.urls import path

import crm.dialects.paths  # noqa: F401  registers <id:...>
from crm.approvals.api.v2.lists import ChangeRequests, GoodwillRequests, RetroRequests

urlpatterns = [
    path("customers/<id:customer_id>/retroRequest", RetroRequests.as_view()),
    path("customers/<id:customer_id>/changeRequest", ChangeRequests.as_view()),
    path("customers/<id:customer_id>/goodwillRequest", GoodwillRequests.as_view()),
]
