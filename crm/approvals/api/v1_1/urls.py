"""URLs of requests in v1.1."""

from django.urls import path

from crm.approvals.api.v1_1.add_requests import Add
from crm.approvals.api.v1_1.decide_requests import Approve, Reject
from crm.approvals.api.v1_1.get_requests import Get, Logs
from crm.approvals.api.v1_1.update_identity import UpdateIdentity

urlpatterns = [
    path("customer/update_identity", UpdateIdentity.as_view()),
    path("request/add", Add.as_view()),
    path("request/approve", Approve.as_view()),
    path("request/reject", Reject.as_view()),
    path("request/get", Get.as_view()),
    path("request/logs", Logs.as_view()),
]
