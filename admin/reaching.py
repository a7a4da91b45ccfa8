"""Reaching what is a household's: within one's own divisions, and never one's own family's."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from assistance import households
from assistance.errors import NotFound
from assistance.households import Household
from assistance.people import relatives
from assistance.permissions import Permission
from assistance.rights import LegalHold
from web.access import current_actor
from web.services import services
from web.unit_of_work import current_session


def reach_household(household_id: uuid.UUID, permission: Permission) -> Household:
    """A file in one's own divisions; NotFound beyond them, MustRecuse where it is one's own family's."""
    household = households.get_visible(current_session(), current_actor(), household_id, permission)
    stand_back(household)
    return household


def stand_back(household: Household) -> None:
    """Raise MustRecuse where oneself or a near relative belongs to this household, or did."""
    everybody = households.list_everybody(current_session(), household)
    stand_back_from(one.person.id for one in everybody)


def stand_back_from(person_ids: Iterable[uuid.UUID]) -> None:
    """Raise MustRecuse where one of these is oneself or a near relative."""
    relatives.check_not_own_family(current_session(), current_actor(), set(person_ids))


def reaches_person(person_id: uuid.UUID, permission: Permission) -> bool:
    """Whether somebody lives in one's own divisions; who has no file here is the whole county's."""
    home = households.household_of(current_session(), person_id)
    return current_actor().covers(permission, home.division_code if home else services().settings.county)


def reaches_household(household_id: uuid.UUID, permission: Permission) -> bool:
    """Whether a household is in one's own divisions."""
    household = current_session().get(Household, household_id)
    return household is not None and current_actor().covers(permission, household.division_code)


def reaches_hold(hold: LegalHold) -> bool:
    """Whether a hold is of one's own divisions; a whole class is the county's."""
    if hold.scope == "person":
        return reaches_person(uuid.UUID(hold.target), Permission.RETENTION_HOLD)
    if hold.scope == "household":
        return reaches_household(uuid.UUID(hold.target), Permission.RETENTION_HOLD)
    return current_actor().covers(Permission.RETENTION_HOLD, services().settings.county)


def check_reaches_person(person_id: uuid.UUID, permission: Permission) -> None:
    """Raise NotFound where somebody lives elsewhere, MustRecuse where they are of one's own family."""
    if not reaches_person(person_id, permission):
        raise NotFound
    stand_back_from({person_id})
