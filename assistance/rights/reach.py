"""Which rows of which table are about a person: for every table of the register, or why there is no way."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, Select, Table, and_, false, func, not_, or_, select
from sqlalchemy.orm import Session

from assistance import authorizations, economic_checks, looks
from assistance.audit import AuditEntry
from assistance.authorizations import (
    Authorization,
    AuthorizationPart,
    AuthorizationRequest,
    CounterSignature,
    PaperSignature,
)
from assistance.economic_checks import (
    CheckReport,
    CheckResult,
    CheckTask,
    ContestedLine,
    EconomicCheck,
    SourceDrop,
    SourceDropRow,
)
from assistance.households import Household, HouseholdEvent, HouseholdLine, HouseholdMember
from assistance.looks import LookObjection, MinorApproval
from assistance.messages import Message
from assistance.orm import Model, field_cipher
from assistance.people import (
    ActivationSlip,
    DeclaredRelative,
    KeptForm,
    OneTimeCode,
    Person,
    RecordedPhone,
    RefreshToken,
    RoleAssignment,
    SignInIdentity,
    SignInSession,
    StaffAccount,
    StaffInvitation,
)
from assistance.rights.models import DataWish, LegalHold, RightsRequest

Condition = ColumnElement[bool]


@dataclass(frozen=True)
class Subject:
    """One person whose rows are looked for, with what leads to them."""

    session: Session
    person: Person
    today: date

    @property
    def id(self) -> uuid.UUID:
        """The person's id."""
        return self.person.id

    @property
    def accounts(self) -> Select[uuid.UUID]:
        """The staff account of this person, where there is one."""
        return select(StaffAccount.id).where(StaffAccount.person_id == self.id)

    @property
    def members(self) -> Select[uuid.UUID]:
        """Every place that this person has or had in a household."""
        return select(HouseholdMember.id).where(HouseholdMember.person_id == self.id)

    @property
    def homes(self) -> Select[uuid.UUID]:
        """The household in which this person lives now, or lived until death."""
        lives = or_(HouseholdMember.left_on.is_(None), HouseholdMember.left_because == "died")
        return select(HouseholdMember.household_id).where(
            HouseholdMember.person_id == self.id, HouseholdMember.is_supporter.is_(False), lives
        )

    @property
    def parts(self) -> Select[uuid.UUID]:
        """The signatures asked about this person or of this person."""
        return select(AuthorizationPart.id).where(_own_part(self))

    @property
    def tasks(self) -> Select[uuid.UUID]:
        """The questions to sources about this person."""
        return select(CheckTask.id).where(CheckTask.person_id == self.id)

    @property
    def checks(self) -> Select[uuid.UUID]:
        """The checks in which something was asked about this person."""
        return select(CheckTask.check_id).where(CheckTask.person_id == self.id)

    @property
    def sessions(self) -> Select[uuid.UUID]:
        """The sign-ins of this person on every side."""
        return select(SignInSession.id).where(_own_session(self))


def _own_part(one: Subject) -> Condition:
    return or_(AuthorizationPart.person_id == one.id, AuthorizationPart.signer_id == one.id)


def _own_session(one: Subject) -> Condition:
    return or_(SignInSession.person_id == one.id, SignInSession.account_id.in_(one.accounts))


def _own_slice(one: Subject) -> Condition:
    """The row of a department's list that is this person's, found by the key of each source."""
    number = one.person.resident_id
    if number is None:
        return false()
    cipher = field_cipher(one.session)
    keys = [
        economic_checks.person_lookup(cipher, source.code, number) for source in authorizations.data_sources()
    ]
    in_force = select(SourceDrop.id).where(SourceDrop.state == "in_force")
    return and_(SourceDropRow.person_lookup.in_(keys), SourceDropRow.drop_id.in_(in_force))


def _own_entry(one: Subject) -> Condition:
    """Acts and looks about and by this person; what two inspectors sealed stays hidden until its day."""
    about = or_(AuditEntry.subject_ref == one.person.audit_subject, AuditEntry.actor_ref == str(one.id))
    return and_(about, not_(looks.hidden_looks(one.session, one.today)))


def _named_by_staff(one: Subject) -> Condition:
    own = DeclaredRelative.account_id.in_(one.accounts)
    if one.person.resident_id_lookup is None:
        return own
    return or_(own, DeclaredRelative.resident_id_lookup == one.person.resident_id_lookup)


def _held(one: Subject) -> Condition:
    homes = [str(home) for home in one.session.scalars(one.homes)]
    return and_(LegalHold.scope != "class", LegalHold.target.in_([str(one.id), *homes]))


def _of_the_home(household: ColumnElement[uuid.UUID], member: ColumnElement[uuid.UUID | None]) -> Way:
    return lambda one: or_(member.in_(one.members), and_(member.is_(None), household.in_(one.homes)))


Way = Callable[[Subject], Condition]
WAYS: Mapping[str, Way] = {
    "people": lambda one: Person.id == one.id,
    "recorded_phones": lambda one: RecordedPhone.person_id == one.id,
    "sign_in_identities": lambda one: SignInIdentity.person_id == one.id,
    "sign_in_sessions": _own_session,
    "one_time_codes": lambda one: OneTimeCode.phone_lookup.in_(
        select(RecordedPhone.phone_lookup).where(RecordedPhone.person_id == one.id)
    ),
    "refresh_tokens": lambda one: RefreshToken.session_id.in_(one.sessions),
    "activation_slips": lambda one: ActivationSlip.person_id == one.id,
    "kept_forms": lambda one: KeptForm.session_id.in_(one.sessions),
    "messages": lambda one: Message.person_id == one.id,
    "households": lambda one: Household.id.in_(
        select(HouseholdMember.household_id).where(HouseholdMember.person_id == one.id)
    ),
    "household_members": lambda one: HouseholdMember.person_id == one.id,
    "household_lines": _of_the_home(HouseholdLine.household_id, HouseholdLine.member_id),  # type: ignore[arg-type]
    "household_events": _of_the_home(HouseholdEvent.household_id, HouseholdEvent.member_id),  # type: ignore[arg-type]
    "authorization_requests": lambda one: AuthorizationRequest.id.in_(
        select(AuthorizationPart.request_id).where(_own_part(one))
    ),
    "authorization_parts": _own_part,
    "authorizations": lambda one: Authorization.part_id.in_(one.parts),
    "counter_signatures": lambda one: CounterSignature.part_id.in_(one.parts),
    "paper_signatures": lambda one: PaperSignature.part_id.in_(one.parts),
    "economic_checks": lambda one: EconomicCheck.id.in_(one.checks),
    "check_tasks": lambda one: CheckTask.person_id == one.id,
    "check_results": lambda one: CheckResult.task_id.in_(one.tasks),
    "check_reports": lambda one: CheckReport.check_id.in_(one.checks),
    "contested_lines": lambda one: ContestedLine.person_id == one.id,
    "source_drop_rows": _own_slice,
    "audit_entries": _own_entry,
    "look_objections": lambda one: LookObjection.person_id == one.id,
    "minor_approvals": lambda one: MinorApproval.person_id == one.id,
    "rights_requests": lambda one: or_(
        RightsRequest.person_id == one.id, RightsRequest.about_person_id == one.id
    ),
    "data_wishes": lambda one: DataWish.person_id == one.id,
    "legal_holds": _held,
    "staff_accounts": lambda one: StaffAccount.person_id == one.id,
    "staff_invitations": lambda one: StaffInvitation.account_id.in_(one.accounts),
    "role_assignments": lambda one: RoleAssignment.account_id.in_(one.accounts),
    "declared_relatives": _named_by_staff,
}
# Tables of the register that hold something about somebody, and why nothing of them can be put into a copy.
NO_WAY: Mapping[str, str] = {
    "saved_answers": "sealed under a code that only the household has; nothing leads from a person to them",
    "help_requests": "sent without signing in; whoever holds the receipt reads and withdraws it there",
    "household_imports": "a list not yet registered and sealed as a whole, 30 days at most",
    "source_drops": "says when a list was handed in, and by which officer; its rows are given",
    "sealed_looks": "an inspector's reason, hidden by two persons until a day; the looks are given after it",
    "audit_salts": "random bytes; with them a commitment could be tried out",
    "rate_limits": "keyed marks that lead back to nobody",
    "idempotent_answers": "found by nothing but a key that the phone made up; it repeats what is given",
    "jobs": "name only rows that are given themselves",
}


def table_of(name: str) -> Table:
    """One table by its name; KeyError where no noun describes it."""
    return Model.metadata.tables[name]


def others_beside(subject: Subject) -> dict[str, int]:
    """How many lines there are in shared files about somebody else: that they exist, and nothing more."""
    homes = list(subject.session.scalars(subject.homes))
    of_others = {
        HouseholdMember: HouseholdMember.person_id != subject.id,
        HouseholdLine: HouseholdLine.member_id.not_in(subject.members),
        HouseholdEvent: HouseholdEvent.member_id.not_in(subject.members),
    }
    counted = {}
    for model, is_of_another in of_others.items():
        table = table_of(model.__tablename__)
        rows = select(func.count()).select_from(table).where(table.c.household_id.in_(homes), is_of_another)
        if number := subject.session.scalar(rows):
            counted[table.name] = number
    return counted
