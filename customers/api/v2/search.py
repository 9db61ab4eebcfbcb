"""Searching customers (v2, "Get Customers (Advanced Customer Search)")."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from crm.dialects.answer_shapes import Answer, Shape, computed
from crm.dialects.api_page.examples import load_examples
from crm.dialects.v2.pagination import Paging
from crm.dialects.v2.views import V2View
from crm.kernel.errors import Notice
from crm.tenancy.models import Scope
from customers import notices
from customers.api.v2.shared_schema import PageOut, WarningOut
from customers.api.v2.source_accounts import ReadSourceQuery, get_account_to_read
from customers.errors import AccountIdMissing, SearchTextInvalid, SourceAccountUnknown
from customers.queries.customers.search import SearchResult, find_customers

# Skipping is slow: each skipped row is read. A longer text narrows the search instead.
MAX_OFFSET = 10_000


class SearchQuery(ReadSourceQuery, Paging):
    q = serializers.CharField(
        allow_blank=True, default="", help_text="The beginning of a name or identifier."
    )
    offset = serializers.IntegerField(
        min_value=0, max_value=MAX_OFFSET, default=0, help_text="Customers to skip."
    )


class MatchOut(Shape):
    idType = serializers.CharField(
        source="kind", help_text="firstName, lastName, fullName or a type of identifier."
    )
    idValue = serializers.CharField(source="value")
    source = serializers.CharField()  # type: ignore[assignment]
    accountId = serializers.CharField(source="account_id")


class SearchProfileOut(serializers.Serializer):
    source = serializers.CharField()  # type: ignore[assignment]
    accountId = serializers.CharField()
    firstName = serializers.CharField()
    lastName = serializers.CharField()


def _build_profiles(customer: SearchResult) -> list[Answer]:
    return [
        {"source": source, "accountId": account, "firstName": first, "lastName": last}
        for source, account, first, last in customer.profiles
    ]


class SearchResultOut(Shape):
    userId = serializers.IntegerField(source="customer_id")
    matchedIdentifiers = MatchOut(many=True, source="matches")
    profiles = computed(SearchProfileOut(many=True), _build_profiles)


class SearchOut(serializers.Serializer):
    pagination = PageOut()
    data = SearchResultOut(many=True)  # type: ignore[assignment]
    warnings = WarningOut(many=True)
    errors = WarningOut(many=True)  # type: ignore[assignment]


class Search(V2View):
    """GET /v2/customers/search"""

    operation = "customers.search"
    scopes = {"GET": Scope.CUSTOMERS_READ}
    examples = {"GET": {"q": "tom"}}
    refusals = {"GET": [SearchTextInvalid, SourceAccountUnknown, AccountIdMissing]}

    @extend_schema(
        summary="Search customers",
        tags=["v2 customers"],
        parameters=[SearchQuery],
        responses=SearchOut,
        examples=load_examples(__file__, "search"),
    )
    def get(self, request: Request) -> Response:
        """Find customers whose first, last or full name or any identifier begins with `q`.

        All sources are searched. With `source` (and `accountId`), only customers with a profile in
        it are found, and `profiles` has that one only. Case, accents and width are ignored;
        mobiles also match without their country code, and with separators, `+`, `00` or the zero
        of a call from within the country. `total` is exact up to 1,000; above, it is 1,000 with a
        warning.
        """
        query = self.read_query(SearchQuery)
        limit, offset = query["limit"], query["offset"]
        account = get_account_to_read(self.org.pk, query)
        results = find_customers(
            org_id=self.org.pk,
            text=query["q"],
            limit=limit,
            offset=offset,
            source_account_id=None if account is None else account.id,
        )
        cap_notices = [Notice(notices.SEARCH_CAPPED)] if results.is_capped else []
        return Response(
            {
                "pagination": {"limit": limit, "offset": offset, "total": results.total},
                "data": [SearchResultOut.build(customer) for customer in results.customers],
                "warnings": self.warnings(cap_notices),
                "errors": [],
            }
        )
