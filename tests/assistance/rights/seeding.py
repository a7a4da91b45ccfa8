"""One person with a row in every table that leads to a person, made straight in the database."""

from __future__ import annotations

import secrets
import uuid
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from assistance import audit, economic_checks
from assistance.authorizations import CounterSignature, PaperSignature
from assistance.economic_checks import (
    CheckReport,
    CheckResult,
    CheckTask,
    ContestedLine,
    EconomicCheck,
    SourceDrop,
    SourceDropRow,
)
from assistance.households import HouseholdEvent, HouseholdImport, HouseholdLine, HouseholdMember
from assistance.looks import LookObjection, MinorApproval
from assistance.messages import Message
from assistance.orm import field_cipher
from assistance.people import (
    ActivationSlip,
    DeclaredRelative,
    KeptForm,
    OneTimeCode,
    Person,
    RecordedPhone,
    RefreshToken,
    SignInIdentity,
    SignInSession,
    StaffInvitation,
)
from assistance.permissions import Role
from assistance.rights import DataWish, LegalHold, RightsRequest
from infrastructure import clock
from tests.assistance.economic_checks.checking import BANK, make_request
from tests.signing_in import COUNTY, VILLAGE, make_household, make_person, make_staff

OTHERS_NAME = "李旁人"


@dataclass
class Seeded:
    """The person, another adult of the household, and the rows that a test asks for by name."""

    person: Person
    other: Person
    household_id: uuid.UUID
    result_id: uuid.UUID
    task_id: uuid.UUID
    account_id: uuid.UUID


def seed(session: Session, now: datetime | None = None, name: str = "陈国良") -> Seeded:
    """Rows of both adults everywhere; the person is on the staff too, so that those tables have some."""
    at = now or clock.now()
    day = at.astimezone(clock.SHANGHAI).date()
    account = make_staff(session, Role.VILLAGE_OFFICER, VILLAGE, name=name)
    person = session.get_one(Person, account.person_id)
    other = make_person(session, OTHERS_NAME, birth=date(1979, 4, 4))
    household = make_household(session, [person, other])
    for one in (person, other):
        _signing_in(session, one, at)
        _file(session, household.id, one, at)
    result, task = _checking(session, household, [person, other], at)
    _rest(session, account, person, at, day)
    session.flush()
    return Seeded(person, other, household.id, result, task, account.id)


def _signing_in(session: Session, person: Person, at: datetime) -> None:
    phone = secrets.token_bytes(8)
    found = SignInIdentity(
        provider="wechat",
        subject_lookup=secrets.token_bytes(8),
        sealed={"openid": f"openid of {person.name}"},
        person_id=person.id,
        created_at=at,
        last_used_at=at,
    )
    session.add_all(
        [
            found,
            RecordedPhone(
                person_id=person.id,
                phone_lookup=phone,
                sealed={"phone": "19900100001"},
                recorded_by="self",
                recorded_at=at,
                last_proved_at=at,
                ended_at=at,
                ended_because="reported_changed",
            ),
            OneTimeCode(
                purpose="sign_in",
                phone_lookup=phone,
                bound_to=b"1",
                code_hash=b"2",
                sent_at=at,
                expires_at=at + timedelta(minutes=10),
            ),
            ActivationSlip(
                person_id=person.id,
                code_lookup=secrets.token_bytes(8),
                issued_at=at,
                expires_at=at + timedelta(days=3),
            ),
        ]
    )
    session.flush()
    signed = SignInSession(
        token_hash=secrets.token_bytes(8),
        face="portal",
        person_id=person.id,
        identity_id=found.id,
        assurance=2,
        proved_by="code",
        device="WeChat",
        created_at=at,
        proved_at=at,
        last_used_at=at,
        expires_at=at + timedelta(days=30),
    )
    session.add(signed)
    session.flush()
    session.add_all(
        [
            RefreshToken(
                session_id=signed.id,
                token_hash=secrets.token_bytes(8),
                issued_at=at,
                expires_at=at + timedelta(days=30),
            ),
            KeptForm(
                session_id=signed.id,
                sealed={"address": "/me", "fields": [["says", "半句话"]]},
                kept_at=at,
                expires_at=at + timedelta(hours=1),
            ),
            Message(
                key=secrets.token_hex(8),
                template="sign_in_code",
                language="zh_Hans_CN",
                channel="in_app",
                state="sent",
                person_id=person.id,
                is_listed=True,
                contents={"what": f"消息给{person.name}"},
                created_at=at,
                expires_at=at + timedelta(days=365),
            ),
        ]
    )


def _file(session: Session, household_id: uuid.UUID, person: Person, at: datetime) -> None:
    member = session.query(HouseholdMember).filter_by(person_id=person.id).one()
    for of in (member.id, None):
        session.add_all(
            [
                HouseholdLine(
                    household_id=household_id,
                    member_id=of,
                    fact="income",
                    sealed={"value": {"name": person.name}},
                    standing="declared",
                    source="declaration",
                    dated_on=at.date(),
                    recorded_at=at,
                    recorded_by=f"resident:{person.id}",
                ),
                HouseholdEvent(
                    household_id=household_id,
                    member_id=of,
                    event="joined",
                    happened_on=at.date(),
                    sealed={"note": "来了"},
                    recorded_at=at,
                    recorded_by="staff:1",
                ),
            ]
        )


def _checking(
    session: Session, household: Any, persons: list[Person], at: datetime
) -> tuple[uuid.UUID, uuid.UUID]:
    request = make_request(session, household, persons)
    check = EconomicCheck(
        number=f"EC-{secrets.token_hex(4)}",
        household_id=household.id,
        request_id=request.id,
        ground={"agreement": ["SA-40"], "power": ["SA-41"]},
        started_by="staff:1",
        started_at=at,
        state="complete",
    )
    session.add(check)
    session.flush()
    made = []
    from assistance.authorizations import Authorization, AuthorizationPart

    for person in persons:
        part = session.query(AuthorizationPart).filter_by(person_id=person.id).one()
        record = session.query(Authorization).filter_by(person_id=person.id).one()
        task = CheckTask(
            check_id=check.id, person_id=person.id, source=BANK, authorization_id=record.id, state="answered"
        )
        session.add(task)
        session.flush()
        result = CheckResult(
            task_id=task.id,
            authorization_id=record.id,
            source=BANK,
            sealed={"items": {"balance": 100, "of": person.name}},
            purpose="recheck",
            as_of=at.date(),
            received_at=at,
            keep_until=(at + timedelta(days=30)).date(),
        )
        session.add(result)
        session.flush()
        session.add_all(
            [
                ContestedLine(
                    check_id=check.id,
                    result_id=result.id,
                    person_id=person.id,
                    source=BANK,
                    item="balance",
                    sealed={"own_value": 1, "says": f"{person.name}说不对"},
                    contested_at=at,
                    due_on=at.date() + timedelta(days=14),
                    state="upheld",
                ),
                CounterSignature(
                    part_id=part.id,
                    sealed={"record": "{}", "lines": [], "officer": str(uuid.uuid4()), "witness": "0312"},
                    taken_by_person=persons[0].id,
                    taken_at=at,
                    witness_person=persons[1].id,
                ),
                PaperSignature(
                    part_id=part.id,
                    sealed={"picture": "AAAA", "place": "窗口"},
                    taken_by_person=persons[0].id,
                    taken_at=at,
                ),
            ]
        )
        made.append((result.id, task.id))
    session.add(
        CheckReport(
            check_id=check.id,
            edition=1,
            changes=1,
            sealed={
                "on": at.date().isoformat(),
                "lines": [{"fact": "income", "person": str(one.id), "declared": one.name} for one in persons],
                "notes": [{"person": str(one.id), "value": one.name} for one in persons],
                "moved": [],
            },
            made_at=at,
        )
    )
    return made[0]


def _rest(session: Session, account: Any, person: Person, at: datetime, day: date) -> None:
    number = person.resident_id
    assert number is not None
    drop = SourceDrop(
        source=BANK,
        as_of=day,
        content_hash=secrets.token_bytes(8),
        rows=1,
        problems=0,
        handed_in_by=account.id,
        handed_in_at=at,
        state="in_force",
    )
    recorded = audit.record(
        session,
        audit.Event.HOUSEHOLD_SHOWN,
        by=audit.Actor("staff", str(uuid.uuid4()), "town_reviewer", COUNTY),
        now=at,
        object_ref=str(uuid.uuid4()),
        subject_ref=person.audit_subject,
        fields={"seen": ["income"]},
        purpose="household_file",
    )
    session.add(drop)
    session.flush()
    session.add_all(
        [
            SourceDropRow(
                drop_id=drop.id,
                person_lookup=economic_checks.person_lookup(field_cipher(session), BANK, number),
                sealed={"items": {"balance": 7}},
            ),
            LookObjection(
                entry_reference=recorded.reference,
                person_id=person.id,
                sealed={"says": "为什么看我"},
                objected_at=at,
                due_on=day,
                state="open",
            ),
            MinorApproval(
                account_id=account.id,
                person_id=person.id,
                division_code=VILLAGE,
                sealed={"reason": "要看"},
                asked_at=at,
                state="asked",
            ),
            RightsRequest(
                number=f"RR-{secrets.token_hex(4)}",
                kind="correction",
                wants="correct",
                about="sign-in",
                person_id=person.id,
                about_person_id=person.id,
                division_code=VILLAGE,
                sealed={"says": "改一改"},
                asked_at=at,
                due_on=day,
                state="open",
            ),
            DataWish(person_id=person.id, wish="nobody", said_at=at),
            LegalHold(
                scope="person", target=str(uuid.uuid4()), sealed={"why": "x"}, put_by=account.id, put_at=at
            ),
            StaffInvitation(
                account_id=account.id,
                token_hash=secrets.token_bytes(8),
                kind="first",
                created_at=at,
                expires_at=at + timedelta(days=3),
            ),
            DeclaredRelative(
                account_id=account.id,
                resident_id_lookup=secrets.token_bytes(8),
                sealed={"name": OTHERS_NAME, "relation": "sibling"},
                declared_at=at,
            ),
            HouseholdImport(
                division_code=VILLAGE,
                content_hash=secrets.token_bytes(8),
                sealed={"households": [], "problems": []},
                state="staged",
                households=0,
                problems=0,
                created_at=at,
                created_by=account.id,
            ),
        ]
    )
