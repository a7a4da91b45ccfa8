"""Who acts now: by what they signed in with, how sure we are of it, and which roles they hold where."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field, replace
from enum import IntEnum

from assistance import audit
from assistance.divisions import national_index
from assistance.permissions import GRANTS, Permission, Role


class Assurance(IntEnum):
    """How sure it is that somebody is who they say: each level includes those below it."""

    L0 = 0
    """Nobody has signed in."""
    L1 = 1
    """A platform knows the device's owner; we know no name."""
    L2 = 2
    """Some telephone number was proved: reads, cannot sign."""
    L3 = 3
    """Real name: 浙里办, the counter, or a code to the number recorded for that person."""
    L4 = 4
    """Staff with password and second factor."""


@dataclass(frozen=True)
class Holding:
    """One role that somebody holds in one division now."""

    role: Role
    division_code: str
    department: str | None = None
    assignment_id: uuid.UUID | None = None


@dataclass(frozen=True)
class Actor:
    """Whoever asks; passed to every query and every verb as `by` or `actor`."""

    kind: str = "anonymous"
    person_id: uuid.UUID | None = None
    account_id: uuid.UUID | None = None
    session_id: uuid.UUID | None = None
    identity_id: uuid.UUID | None = None
    """What was signed in with, where no person is known for it yet."""
    assurance: Assurance = Assurance.L0
    holdings: tuple[Holding, ...] = field(default=())
    work_number: str | None = None
    device_ref: str | None = None
    ip_prefix: str | None = None
    request_id: str | None = None

    @property
    def is_signed_in(self) -> bool:
        """Whether somebody has signed in at all."""
        return self.assurance > Assurance.L0

    @property
    def roles(self) -> frozenset[Role]:
        """The roles held anywhere."""
        return frozenset(holding.role for holding in self.holdings)

    def may(self, permission: Permission) -> bool:
        """Whether a role held anywhere grants the permission; one's own account needs no role."""
        if permission is Permission.DESK_OPEN and self.kind == "staff":
            return True
        return any(permission in GRANTS[holding.role] for holding in self.holdings)

    def holdings_for(self, permission: Permission) -> tuple[Holding, ...]:
        """Where the permission is held."""
        return tuple(holding for holding in self.holdings if permission in GRANTS[holding.role])

    def divisions_for(self, permission: Permission) -> tuple[str, ...]:
        """The codes of the divisions in whose subtree the permission reaches, each once."""
        return tuple(sorted({holding.division_code for holding in self.holdings_for(permission)}))

    def covers(self, permission: Permission, division_code: str) -> bool:
        """Whether the permission reaches this division."""
        above = national_index().path_codes(division_code)
        return any(code in above for code in self.divisions_for(permission))

    def for_the_log(self, permission: Permission | None = None, division_code: str = "") -> audit.Actor:
        """This actor as the log names them, in the role that allowed the act where one is named."""
        held = self.holdings_for(permission) if permission else self.holdings
        if division_code:
            above = national_index().path_codes(division_code)
            held = tuple(one for one in held if one.division_code in above) or held
        role = held[0] if held and self.kind == "staff" else None
        if self.kind == "system":
            return audit.WORKER
        if self.kind == "operator":
            return audit.operator(self.work_number or "operator")
        reference = self.account_id if self.kind == "staff" else self.person_id or self.identity_id
        return audit.Actor(
            self.kind,
            ref=str(reference) if reference else None,
            role=role.role.value if role else None,
            division=role.division_code if role else None,
            ip_prefix=self.ip_prefix,
            device_ref=self.device_ref,
            request_id=self.request_id,
        )

    def with_assurance(self, assurance: Assurance) -> Actor:
        """The same person after one more step of proof."""
        return replace(self, assurance=assurance)


def operator(name: str) -> Actor:
    """Somebody at the command line of the server, by the account of the operating system."""
    return Actor("operator", work_number=name)


ANONYMOUS = Actor()
SYSTEM = Actor("system")
