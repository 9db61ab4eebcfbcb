"""Customers in v2: the table of contents."""

from django.urls import path

import crm.dialects.path_converters  # noqa: F401  registers <id:...>
from customers.api.v2.bulk import BulkCustomers
from customers.api.v2.customer import Customer
from customers.api.v2.extended_fields import ExtendedFields
from customers.api.v2.identifiers import ChangeIdentifier
from customers.api.v2.images import LookedUpSetImage, SetImage
from customers.api.v2.labels import ChangeLabels, CustomerLabels, Labels, LabelSearch
from customers.api.v2.logs import StatusLog, SubscriptionLog
from customers.api.v2.lookup import Lookup, LookupDetails
from customers.api.v2.one_time_codes import SendCode, UseCode
from customers.api.v2.organization import Config, CustomFields, Sources, Till
from customers.api.v2.registration import Register
from customers.api.v2.search import Search
from customers.api.v2.status import UpdateStatus
from customers.api.v2.subscriptions import LookedUpSubscriptions, Subscriptions

urlpatterns = [
    path("customers", Register.as_view()),
    path("customers/bulk", BulkCustomers.as_view()),
    path("customers/search", Search.as_view()),
    path("customers/lookup", Lookup.as_view()),
    path("customers/lookup/status", UpdateStatus.as_view()),
    path("customers/lookup/customerDetails", LookupDetails.as_view()),
    path("customers/lookup/setImage", LookedUpSetImage.as_view()),
    path("customers/lookup/subscriptions", LookedUpSubscriptions.as_view()),
    path("customers/<id:customer_id>", Customer.as_view()),
    path("customers/<id:customer_id>/changeIdentifier", ChangeIdentifier.as_view()),
    path("customers/<id:customer_id>/setImage", SetImage.as_view()),
    path("customers/<id:customer_id>/subscriptions", Subscriptions.as_view()),
    path("customers/<id:customer_id>/statusLog", StatusLog.as_view()),
    path("customers/<id:customer_id>/subscriptionStatusChangeLog", SubscriptionLog.as_view()),
    path("customers/<id:customer_id>/labels", CustomerLabels.as_view()),
    path("customers/<id:customer_id>/changeLabels", ChangeLabels.as_view()),
    path("customers/labels/search", LabelSearch.as_view()),
    path("otp/generate", SendCode.as_view()),
    path("otp/validate", UseCode.as_view()),
    path("meta/sources", Sources.as_view()),
    path("organization/configs/<str:name>", Config.as_view()),
    path("organization/customFields", CustomFields.as_view()),
    path("organization/labels", Labels.as_view()),
    path("organization/till", Till.as_view()),
    path("extendedFields", ExtendedFields.as_view()),
]
