"""Pages that link a customer to a partner's program, change the tier there, and unlink."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext

from crm.adminkit.action_pages import ActionResult, run_action_form
from crm.adminkit.change_log import get_origin
from crm.adminkit.current_staff import get_staff_user
from crm.adminkit.translated_texts import translate_notice
from loyalty.admin.partner_forms import (
    PartnerLinkForm,
    PartnerTierForm,
    PartnerUnlinkForm,
    read_end,
)
from loyalty.errors import (
    PartnerDateInvalid,
    PartnerLinked,
    PartnerMembershipIdInvalid,
    PartnerMembershipIdTaken,
    PartnerTierMissing,
    PartnerTierUnknown,
)
from loyalty.models import Enrollment
from loyalty.operations.partners import (
    PartnerResult,
    link_partners,
    unlink_partners,
    update_partners,
)
from loyalty.queries.partners import PartnerLinkView, list_partner_links, list_partner_programs
from loyalty.rules.partners import PartnerLink, PartnerUnlink, PartnerUpdate

LINK_PARTNERS = "loyalty.link_partners"
ERROR_FIELDS = {
    PartnerDateInvalid.code: "expires",
    PartnerLinked.code: "partner",
    PartnerMembershipIdInvalid.code: "membership_id",
    PartnerMembershipIdTaken.code: "membership_id",
    PartnerTierMissing.code: "tier",
    PartnerTierUnknown.code: "tier",
}


def link_partner(desk: Any, request: HttpRequest, enrollment: Enrollment) -> HttpResponseBase:
    """Link the customer of the enrollment to a partner of its program."""
    origin = get_origin(request)
    partners = [
        partner
        for partner in list_partner_programs(origin.org.pk)
        if partner.program_id == enrollment.program_id and partner.is_active
    ]
    form = PartnerLinkForm(partners, request.POST or None)

    def act(data: dict[str, Any]) -> ActionResult:
        [result] = link_partners(
            origin=origin,
            links=[
                PartnerLink(
                    customer_id=enrollment.customer_id,
                    partner_name=data["partner"],
                    program_id=enrollment.program_id,
                    membership_id=data["membership_id"],
                    tier_name=data["tier"],
                    tier_expires_at=read_end(data["expires"], origin.org.zone),
                )
            ],
        )
        return _tell(result, gettext("Linked to {partner}.").format(partner=data["partner"]))

    return _run(
        desk, request, enrollment, form, act, gettext("Link to a partner's program"), facts=[]
    )


def change_partner_tier(
    desk: Any, request: HttpRequest, enrollment: Enrollment, link_id: int
) -> HttpResponseBase:
    """Give the customer another tier in the partner's program, or another end of it."""
    origin, link = get_origin(request), _get_link(request, enrollment, link_id)
    expires_at = link.tier_expires_at
    [partner] = [
        partner
        for partner in list_partner_programs(origin.org.pk)
        if partner.id == link.partner_program_id
    ]
    initial = {
        "tier": link.tier_name,
        "expires": expires_at.astimezone(origin.org.zone).date() if expires_at else None,
    }
    form = PartnerTierForm(partner, request.POST or None, initial=initial)

    def act(data: dict[str, Any]) -> ActionResult:
        [result] = update_partners(
            origin=origin,
            updates=[
                PartnerUpdate(
                    customer_id=enrollment.customer_id,
                    partner_name=link.partner_name,
                    program_id=enrollment.program_id,
                    tier_name=data["tier"],
                    tier_expires_at=read_end(data["expires"], origin.org.zone),
                )
            ],
        )
        return _tell(
            result, gettext("The tier in {partner} was changed.").format(partner=link.partner_name)
        )

    return _run(
        desk, request, enrollment, form, act, gettext("Change the partner's tier"), _facts(link)
    )


def unlink_partner(
    desk: Any, request: HttpRequest, enrollment: Enrollment, link_id: int
) -> HttpResponseBase:
    """Unlink the customer from the partner's program, with a reason."""
    link = _get_link(request, enrollment, link_id)
    form = PartnerUnlinkForm(request.POST or None)

    def act(data: dict[str, Any]) -> ActionResult:
        [result] = unlink_partners(
            origin=get_origin(request),
            unlinks=[
                PartnerUnlink(
                    customer_id=enrollment.customer_id,
                    partner_name=link.partner_name,
                    program_id=enrollment.program_id,
                    reason=data["reason"],
                )
            ],
        )
        return _tell(result, gettext("Unlinked from {partner}.").format(partner=link.partner_name))

    return _run(
        desk,
        request,
        enrollment,
        form,
        act,
        gettext("Unlink from the partner's program"),
        _facts(link),
    )


def _get_link(request: HttpRequest, enrollment: Enrollment, link_id: int) -> PartnerLinkView:
    """Return the present link of this enrollment; anything else answers 404."""
    links = list_partner_links(
        org_id=get_staff_user(request).org_id, customer_id=enrollment.customer_id
    )
    for link in links:
        is_present = link.enrollment_id == enrollment.pk and link.unlinked_at is None
        if link.id == link_id and is_present:
            return link
    raise Http404


def _tell(result: PartnerResult, message: str) -> ActionResult:
    if result.refusal is not None:
        raise result.refusal
    if result.notices:
        return ActionResult(translate_notice(result.notices[0]))
    return ActionResult(message)


def _facts(link: PartnerLinkView) -> list[tuple[str, Any]]:
    return [
        (gettext("Partner program"), link.partner_name),
        (gettext("Membership id"), link.membership_id),
    ]


def _run(
    desk: Any,
    request: HttpRequest,
    enrollment: Enrollment,
    form: forms.Form,
    act: Callable[[dict[str, Any]], ActionResult],
    heading: str,
    facts: list[tuple[str, Any]],
) -> HttpResponseBase:
    return run_action_form(
        desk,
        request,
        form=form,
        act=act,
        back_url=reverse("admin:customers_customer_change", args=[enrollment.customer_id]),
        words={
            "title": heading,
            "heading": heading,
            "button": heading,
            "explanation": gettext("The history of the customer records it."),
            "facts": [
                (gettext("Customer"), enrollment.customer_id),
                (gettext("Program"), enrollment.program),
                *facts,
            ],
        },
        row=enrollment,
        error_fields=ERROR_FIELDS,
    )
