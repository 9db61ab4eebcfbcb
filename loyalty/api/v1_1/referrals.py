"""Inviting people, and who came (v1.1, "Refer Customer", "Retrieve Customer Referral Details")."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from crm.dialects.refusals import RequestInvalid
from crm.dialects.v1_1.envelope import listed, one_or_listed
from crm.dialects.v1_1.items import Item, as_list, text
from crm.dialects.v1_1.plain import word
from crm.dialects.v1_1.views import Done, V11View
from crm.kernel.errors import DomainError
from crm.tenancy.models import Scope
from crm.tenancy.queries.entities import find_store, get_store_id
from customers import errors
from customers.api.v1_1.whom import WHOM, done_for, echo, find_asked, find_one, merged_notices
from customers.queries.headings import list_headings
from customers.queries.whom import Whom
from customers.rules.times import end_of_day, parse_moment
from loyalty import referral_errors
from loyalty.api.v1_1.referral_answers import person_answer, statistics_answer
from loyalty.api.v1_1.referrals_examples import REFER_EXAMPLES, REFERRALS_EXAMPLE
from loyalty.api.v1_1.referrals_schema import REFER, REFERRALS, REFERRED
from loyalty.operations.inviting import InvitedOne, invite
from loyalty.queries.referrals import Wanted, get_referrals_of
from loyalty.rules.referrals import MOST_INVITEES, Invitee

ALL_STORES = "all"
INVITED = "done.invitee.added"
# Pretty-printed XML breaks lines within moments.
_LINE_BREAK = re.compile(r"\s*[\r\n]\s*")


class ReferralsQuery(serializers.Serializer):
    campaign_token = serializers.CharField(required=False)
    start_date = serializers.CharField(required=False)
    end_date = serializers.CharField(required=False)
    store_code = serializers.CharField(required=False)
    only_referral_code = serializers.BooleanField(default=False)


@dataclass(frozen=True, slots=True)
class _Said:
    """An invitee as the item says it, beside what its answer shows again."""

    type: str
    id: str | None
    name: str
    identifier: str
    invitee: Invitee


class Referrals(V11View):
    """GET, POST /v1.1/customer/referrals"""

    operation = {"GET": "v1.customer.referrals", "POST": "v1.customer.refer"}
    scopes = {"GET": Scope.CUSTOMERS_READ, "POST": Scope.CUSTOMERS_WRITE}
    examples = {"GET": {"mobile": "919740798372"}}
    refusals = {
        "GET": [
            errors.IdentifierNotFound,
            errors.CustomerUnknown,
            referral_errors.CampaignUnknown,
            referral_errors.CampaignNotRunning,
            referral_errors.ReferrerNotFound,
            referral_errors.StoreUnknown,
        ],
        "POST": [
            errors.IdentifierNotFound,
            errors.CustomerUnknown,
            referral_errors.CampaignUnknown,
            referral_errors.CampaignNotRunning,
            referral_errors.ReferrerNotEligible,
            referral_errors.ReferralTypeUnsupported,
            referral_errors.InviteeInvalid,
            referral_errors.InviteeIsCustomer,
            referral_errors.InviteeIsReferrer,
            referral_errors.InvitationLimitReached,
        ],
    }

    @extend_schema(
        summary="Retrieve the referrals of customers",
        tags=["v1.1 customer"],
        parameters=[
            *WHOM,
            OpenApiParameter("campaign_token", str, description="Else the default campaign."),
            OpenApiParameter("start_date", str, description="What happened then or later."),
            OpenApiParameter("end_date", str, description="And until then; a day counts whole."),
            OpenApiParameter(
                "store_code", str, description="`all` for every store, else the log-in's own."
            ),
            OpenApiParameter(
                "only_referral_code", bool, description="`true`: nothing but the code."
            ),
        ],
        responses=REFERRALS,
        examples=[REFERRALS_EXAMPLE],
    )
    def get(self, request: Request) -> Response:
        """Tell whom customers invited to a campaign, who came, and what they got for it.

        Dates and store mean where and when somebody was invited, and came. Of both the latest
        thousand are told, the newest first. Who never took part is refused with 1205.
        """
        found = find_asked(self)
        query = self.read_query(ReferralsQuery)
        ids = {whom.customer_id for _, whom in found if isinstance(whom, Whom)}
        only_code = query["only_referral_code"]
        try:
            parts = get_referrals_of(
                org_id=self.org.pk,
                customer_ids=ids,
                token=query.get("campaign_token") or "",
                wanted=self._wanted(query),
                codes_only=only_code,
            )
        except (referral_errors.CampaignUnknown, referral_errors.CampaignNotRunning,
                referral_errors.StoreUnknown) as refusal:  # fmt: skip
            rows = [self.refused(refusal, asked.echo) for asked, _ in found]
            return Response(one_or_listed("customers", "customer", rows))
        headings = list_headings(org_id=self.org.pk, customer_ids=ids)
        rows = []
        for asked, whom in found:
            if isinstance(whom, DomainError):
                rows.append(self.refused(whom, asked.echo))
            elif (part := parts.get(whom.customer_id)) is None:
                rows.append(self.refused(referral_errors.ReferrerNotFound(), asked.echo))
            else:
                answer = {
                    **person_answer(headings[whom.customer_id]),
                    "referral_code": part.code,
                    **({} if only_code else statistics_answer(part)),
                }
                rows.append(self.done(done_for(whom, Done(answer, "done.referrals.retrieved"))))
        return Response(one_or_listed("customers", "customer", rows))

    @extend_schema(
        summary="Invite people in the name of customers",
        tags=["v1.1 customer"],
        request=REFER,
        responses=REFERRED,
        examples=REFER_EXAMPLES,
    )
    def post(self, request: Request) -> Response:
        """Add people whom customers invite to a campaign; each customer by themselves.

        The customer has a `referral_code` in the campaign from then on. Each person has a status
        of their own, 100 when invited; somebody invited before stays invited as they were. When
        nobody can be invited, the customer's item is refused for the first one's reason.
        """
        rows = self.write_each(self.items("customer"), self._refer, echo)
        return Response(listed("customers", "customer", rows))

    # --- Reading ------------------------------------------------------------------------

    def _wanted(self, query: Mapping[str, Any]) -> Wanted:
        moments = {}
        for name in ("start_date", "end_date"):
            if (said := query.get(name)) is None:
                continue
            moment = parse_moment(said, self.org.zone)
            if moment is None:
                raise RequestInvalid(detail=f"{name}: this is no date and time.")
            if name == "end_date" and ":" not in said:
                moment = end_of_day(moment.astimezone(self.org.zone).date(), self.org.zone)
            moments[name.removesuffix("_date")] = moment
        return Wanted(**moments, store_id=self._store_id((query.get("store_code") or "").strip()))

    def _store_id(self, code: str) -> int | None:
        if code.lower() == ALL_STORES:
            return None
        if not code:
            return get_store_id(org_id=self.org.pk, entity_id=self.caller.entity.pk)
        store = find_store(org_id=self.org.pk, called=code)
        if store is None:
            raise referral_errors.StoreUnknown()
        return store.pk

    # --- Writing ------------------------------------------------------------------------

    def _refer(self, item: Item) -> Done:
        whom = find_one(self, item)
        said = item.get("referrals") or {}
        if not isinstance(said, Mapping):
            raise RequestInvalid(detail="referrals must be an object.")
        people = list(self._people(said))
        invited = invite(
            origin=self.origin,
            customer_id=whom.customer_id,
            token=text(said.get("campaign_token")) or "",
            invitees=[one.invitee for one in people],
        )
        refused = [one.refusal for one in invited.outcomes if one.refusal is not None]
        if refused and len(refused) == len(people):
            raise refused[0]
        [heading] = list_headings(org_id=self.org.pk, customer_ids=[whom.customer_id]).values()
        return Done(
            {
                **person_answer(heading),
                "referral_code": invited.code,
                "referrals": {"referral_type": self._by_type(people, invited.outcomes)},
            },
            "done.referrals.invited",
            merged_notices(whom),
        )

    def _people(self, said: Mapping[str, Any]) -> Iterator[_Said]:
        count = 0
        for group in as_list(said.get("referral_type")):
            for row in as_list(group.get("referral")) if isinstance(group, Mapping) else [None]:
                count += 1
                if not isinstance(row, Mapping) or count > MOST_INVITEES:
                    raise RequestInvalid(
                        detail="referral_type holds a type and referrals, "
                        f"{MOST_INVITEES} of them at most."
                    )
                yield self._person(text(group.get("type")) or "", row)

    def _person(self, type_: str, row: Mapping[str, Any]) -> _Said:
        identifier = text(row.get("identifier")) or ""
        when = _LINE_BREAK.sub("", text(row.get("invited_on")) or "")
        invited_at = parse_moment(when, self.org.zone) if when else None
        if when and invited_at is None:
            raise referral_errors.InviteeInvalid(identifier=identifier)
        name = text(row.get("name")) or ""
        return _Said(
            type_,
            text(row.get("id")),
            name,
            identifier,
            Invitee(type=type_, identifier=identifier, name=name, invited_at=invited_at),
        )

    def _by_type(
        self, people: Sequence[_Said], outcomes: Sequence[InvitedOne]
    ) -> list[dict[str, Any]]:
        groups: dict[str, list[dict[str, Any]]] = {}
        for said, outcome in zip(people, outcomes, strict=True):
            groups.setdefault(said.type.upper(), []).append(
                {
                    "id": said.id,
                    "name": outcome.name or said.name,
                    "identifier": outcome.identifier or said.identifier,
                    "invited_on": outcome.invited_at,
                    "status": self._status(outcome),
                }
            )
        return [{"type": type_, "referral": rows} for type_, rows in groups.items()]

    def _status(self, outcome: InvitedOne) -> dict[str, str]:
        refusal = outcome.refusal
        entry = self.entry(INVITED if refusal is None else refusal.code)
        return {
            "success": word(refusal is None),
            "code": str(entry.code),
            "message": entry.say(refusal.facts if refusal else {}),
        }
