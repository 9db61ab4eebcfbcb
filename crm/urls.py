"""URL configuration."""

from django.contrib import admin
from django.urls import include, path

from crm.ops import health

urlpatterns = [
    # First, because it has the most requests; patterns are tried in order.
    path("v2/", include("customers.api.v2.urls")),
    path("v2/", include("loyalty.api.v2.urls")),
    path("v2/", include("crm.approvals.api.v2.urls")),
    path("v2/", include("crm.bulk_api.v2.urls")),
    path("v1.1/", include("customers.api.v1_1.urls")),
    path("v1.1/", include("loyalty.api.v1_1.urls")),
    path("v1.1/", include("crm.approvals.api.v1_1.urls")),
    path("admin/", admin.site.urls),
    path("files/", include("customers.api.files")),
    path("health/live", health.check_live),
    path("health/ready", health.CheckReady.as_view()),
    path("metrics", health.show_metrics),
    # Last, because it handles all other paths of the API.
    path("", include("crm.dialects.urls")),
]

handler400 = "crm.ops.error_answers.bad_request"
handler403 = "crm.ops.error_answers.permission_denied"
handler404 = "crm.ops.error_answers.not_found"
handler500 = "crm.ops.error_answers.server_error"
