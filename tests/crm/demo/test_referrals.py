"""Referrals in the demo."""

import pytest

INVITEE = {"type", "identifier", "invitedOn", "till"}
REFEREE = {"eventType", "userId", "firstName", "lastName", "mobile", "addedOn"}


@pytest.mark.parametrize("who", [379061018, 420007388])
def test_the_people_of_the_documents_invited_some_who_came(ask, who):
    status, found = ask("get", f"customers/{who}/referrals")

    assert (status, found["warnings"], found["errors"]) == (200, [], [])
    [campaign] = found["data"]
    assert campaign["customer"]["id"] == who
    assert campaign["referralCode"]
    assert len(campaign["invitees"]) == 3
    assert all(invitee.keys() >= INVITEE for invitee in campaign["invitees"])
    assert all(referee.keys() >= REFEREE for referee in campaign["referee"])
    assert any(referee.keys() >= {"email", "externalId"} for referee in campaign["referee"])
