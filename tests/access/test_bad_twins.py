"""The walk itself is on trial: each defect that is put in on purpose must turn it red."""

from __future__ import annotations

import inspect
from collections.abc import Callable

import pytest
from sqlalchemy import true

from assistance.permissions import GRANTS, Permission, Role
from tests.access.ground import TABLE, Ground

Break = Callable[[pytest.MonkeyPatch, Ground], None]


def scope_of_files_off(patch: pytest.MonkeyPatch, _ground: Ground) -> None:
    patch.setattr("assistance.households.queries.within", lambda _codes: true())


def scope_of_every_record_off(patch: pytest.MonkeyPatch, _ground: Ground) -> None:
    patch.setattr(
        "assistance.people.actors.Actor.covers", lambda self, permission, _code: self.may(permission)
    )


def own_parts_of_anybody(patch: pytest.MonkeyPatch, _ground: Ground) -> None:
    def unscoped(session: object, _actor: object, part_id: object, *_: object, **__: object) -> object:
        from assistance.authorizations import AuthorizationPart, AuthorizationRequest

        part = session.get(AuthorizationPart, part_id)  # type: ignore[attr-defined]
        return part, session.get(AuthorizationRequest, part.request_id)  # type: ignore[attr-defined]

    patch.setattr("assistance.authorizations.get_own_part", unscoped)


def permission_widened(patch: pytest.MonkeyPatch, _ground: Ground) -> None:
    patch.setitem(GRANTS, Role.HELPER, GRANTS[Role.HELPER] | {Permission.HOUSEHOLDS_READ})


def permission_lost(patch: pytest.MonkeyPatch, _ground: Ground) -> None:
    patch.setitem(GRANTS, Role.INSPECTOR, GRANTS[Role.INSPECTOR] - {Permission.HOUSEHOLDS_READ})


def view_made_public(patch: pytest.MonkeyPatch, ground: Ground) -> None:
    views = ground.app.view_functions
    patch.setitem(views, "admin.list_staff", inspect.unwrap(views["admin.list_staff"]))


def recusal_off(patch: pytest.MonkeyPatch, _ground: Ground) -> None:
    patch.setattr("assistance.people.relatives.is_near_relative", lambda *_: False)


def proof_never_old(patch: pytest.MonkeyPatch, _ground: Ground) -> None:
    patch.setattr("web.access._is_fresh", lambda _fresh: True)


def every_level_enough(patch: pytest.MonkeyPatch, ground: Ground) -> None:
    views = ground.app.view_functions
    name = "portal.sign_authorization"
    patch.setitem(views, name, inspect.unwrap(views[name]))


@pytest.mark.parametrize(
    ("break_it", "endpoint", "caller"),
    [
        (scope_of_files_off, "admin.show_household", "village_officer@neighbour"),
        (scope_of_files_off, "admin.list_households", "helper@other"),
        (scope_of_every_record_off, "admin.sign_at_counter", "helper@neighbour"),
        (own_parts_of_anybody, "portal.show_authorization", "other_resident"),
        (permission_widened, "admin.show_household", "helper@own"),
        (permission_lost, "admin.show_household", "inspector@county"),
        (view_made_public, "admin.list_staff", "anonymous"),
        (recusal_off, "admin.show_household", "town_reviewer@relative"),
        (recusal_off, "admin.sign_at_counter", "helper@relative"),
        (proof_never_old, "admin.reveal_number", "town_reviewer@stale"),
        (every_level_enough, "portal.sign_authorization", "resident_l2"),
    ],
)
def test_a_defect_is_found(
    ground: Ground, monkeypatch: pytest.MonkeyPatch, break_it: Break, endpoint: str, caller: str
) -> None:
    entry, asking = TABLE[endpoint], [ground.world.caller(caller)]
    sound = ground.walk([entry], asking)
    assert not sound.differences + sound.leaks
    break_it(monkeypatch, ground)
    broken = ground.walk([entry], asking)
    assert broken.differences or broken.leaks
