"""URLs that belong to no app: the token endpoint and the API documentation."""

from django.urls import path, re_path

from crm.dialects.api_page import pages
from crm.dialects.token_view import GenerateToken
from crm.dialects.v1_1.views import Nowhere as NowhereInV11
from crm.dialects.v2.views import Nowhere

urlpatterns = [
    path("v3/oauth/token/generate", GenerateToken.as_view()),
    path("api/schema", pages.show_schema, name="api-schema"),
    path("api/docs", pages.DocsView.as_view(), name="api-docs"),
    path("api/docs/errors", pages.show_codes, name="api-codes"),
    # Must come after the paths of all apps.
    re_path(r"^v1\.1(?:/|\Z)", NowhereInV11.as_view(), name="v1.1-nowhere"),
    re_path(r"^v2(?:/|\Z)", Nowhere.as_view(), name="v2-nowhere"),
]
