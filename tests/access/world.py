"""One small county: a checked family, staff of every role in every relation to it, and canaries."""

from __future__ import annotations

import io
import itertools
import re
import uuid
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from flask import Flask
from PIL import Image
from sqlalchemy import select
from sqlalchemy.orm import Session

from assistance import (
    audit,
    authorizations,
    economic_checks,
    help_requests,
    households,
    looks,
    messages,
    people,
    rights,
)
from assistance.economic_checks import CheckResult, CheckTask, ContestedLine, Objection, SourceDrop
from assistance.households import Household, HouseholdMember
from assistance.people import SYSTEM, Actor, Assurance, Holding, Person, StaffAccount, StaffInvitation, staff
from assistance.permissions import Permission, Role
from infrastructure.database import Database
from infrastructure.spreadsheets import write_book
from tests.assistance.authorizations.family import KEYS, OFFICE, Family, opened, part_of, relate, signed
from tests.assistance.economic_checks.checking import BANK, checks_beside, start
from tests.conftest import NOW
from tests.signing_in import (
    COUNTY,
    TOWN,
    VILLAGE,
    invented_id,
    make_household,
    make_person,
    make_staff,
)
from web.static_files import static_url

DIVISIONS = {
    "own": VILLAGE,
    "town": TOWN,
    "county": COUNTY,
    "neighbour": "330482001002",
    "other_town": "330482002",
    "other": "330328",
}
"""Where a role is held, seen from the household's village; 330328 is a county of another city."""
STAFF_ROLES = tuple(role for role in Role if role is not Role.RESIDENT)
RESIDENTS = ("anonymous", "resident_l1", "resident_l2", "resident_l3", "housemate", "other_resident")
FUNERAL = "funeral"
OLD = NOW - timedelta(minutes=25)
"""A password that was given then is no fresh one."""


@dataclass(frozen=True)
class Caller:
    """Somebody who asks: a role, how it is related to the household, and what the browser sends."""

    role: str
    relation: str
    headers: dict[str, str] = field(hash=False)

    def __str__(self) -> str:
        return f"{self.role}@{self.relation}" if self.relation else self.role


@dataclass(frozen=True)
class Canary:
    """A value that stands nowhere else: what kind of thing it is, and whose."""

    kind: str
    owner: str
    value: str


@dataclass
class World:
    """The records that addresses name, who asks for them, and what none of them may learn."""

    callers: list[Caller] = field(default_factory=list)
    ids: dict[str, Any] = field(default_factory=dict)
    canaries: list[Canary] = field(default_factory=list)
    csrf_token: str = ""

    def caller(self, name: str) -> Caller:
        """The caller of this name, such as helper@own."""
        return next(one for one in self.callers if str(one) == name)


NAMES = {"head": "鲁望舒", "spouse": "邬采薇", "grandmother": "屠阿娥", "child": "鲁小满"}
PHONES = {"head": "19900577301", "spouse": "19900577302"}
ADDRESS = "朝阳浜一百零九号"
STRANGER = "柏乐天"


def make_world(app: Flask, simulators: Any) -> World:
    """Build it straight in the application's database; the clock must stand at NOW."""
    database: Database = app.extensions["huimin"].database
    world = World()
    with database.transaction() as session:
        accounts = _make_staff(session)
        family = _make_family(session, world)
        relative = accounts["town_reviewer", "own"]
        _add_files(session, world, family, relative)
        for account in accounts.values():
            session.refresh(account)
    parts = checks_beside(database, simulators, keys=KEYS)
    check_id = start(parts, world.ids["first_request_id"])
    with database.transaction() as session:
        _add_answers(session, world, family, check_id)
    economic_checks.write_if_due(parts, check_id, now=NOW)
    with database.transaction() as session:
        _contest(session, world, family)
        _add_looks(session, world, family, accounts)
        _add_staff_acts(session, world, family, accounts)
        _add_rights(session, world, family, accounts)
        _add_spreadsheets(session, world, accounts)
        _add_small_things(app, session, world, family)
    economic_checks.write_if_due(parts, check_id, now=NOW)
    _seal(app, database, world)
    _sign_in(app, database, world, family, accounts)
    return world


def _make_staff(session: Session) -> dict[tuple[str, str], StaffAccount]:
    made = {}
    for role in STAFF_ROLES:
        department = "civil_affairs" if role is Role.DEPARTMENT_OFFICER else None
        for relation, division in DIVISIONS.items():
            made[role.value, relation] = make_staff(session, role, division, department=department)
        for relation in ("stale", "relative"):
            made[role.value, relation] = make_staff(session, role, VILLAGE, department=department)
    return made


def actor_of(
    account: StaffAccount, role: Role, division: str = VILLAGE, department: str | None = None
) -> Actor:
    """Who acts when this member of staff does."""
    return Actor(
        "staff",
        person_id=account.person_id,
        account_id=account.id,
        session_id=uuid.uuid4(),
        assurance=Assurance.L4,
        holdings=(Holding(role, division, department),),
        work_number=account.work_number,
    )


def _make_family(session: Session, world: World) -> Family:
    head = make_person(session, NAMES["head"], birth=date(1974, 6, 15), phone=PHONES["head"])
    spouse = make_person(session, NAMES["spouse"], birth=date(1976, 11, 2), phone=PHONES["spouse"])
    grandmother = make_person(session, NAMES["grandmother"], birth=date(1946, 3, 8))
    child = make_person(session, NAMES["child"], birth=date(2016, 9, 20))
    household = make_household(session, [head, spouse, grandmother, child], VILLAGE)
    household.sealed = {"address": ADDRESS}
    relate(session, spouse, "spouse")
    relate(session, grandmother, "parent")
    relate(session, child, "child", guardian_id=head.id)
    stranger = make_person(session, STRANGER, birth=date(1969, 4, 4), phone="19900577309")
    make_household(session, [stranger], DIVISIONS["neighbour"])
    world.ids |= {
        "household_id": household.id,
        "person_id": child.id,
        "stranger_id": stranger.id,
    }
    numbers = [
        person.resident_id.value for person in (head, spouse, grandmother, child) if person.resident_id
    ]
    world.canaries += [Canary("name", owner, name) for owner, name in NAMES.items()]
    world.canaries += [
        Canary("identity_number", owner, number) for owner, number in zip(NAMES, numbers, strict=True)
    ]
    world.canaries += [Canary("phone", owner, phone) for owner, phone in PHONES.items()]
    world.canaries.append(Canary("address", "household", ADDRESS))
    world.canaries.append(Canary("number", "household", household.number))
    return Family(household.id, head.id, spouse.id, grandmother.id, child.id)


def _member(session: Session, person_id: uuid.UUID) -> HouseholdMember:
    return session.scalars(select(HouseholdMember).where(HouseholdMember.person_id == person_id)).one()


def _add_files(session: Session, world: World, family: Family, officer: StaffAccount) -> None:
    household = session.get_one(Household, family.household_id)
    spouse = _member(session, family.spouse)
    lines = [("liquid_fen", 73_519_00, None), ("own_income_fen", 48_627_00, spouse)]
    for fact, value, member in lines:
        households.record_line(
            session,
            household,
            fact=fact,
            value=value,
            member=member,
            source="declaration",
            dated_on=date(2026, 11, 1),
            by=SYSTEM,
            now=NOW,
        )
    world.canaries += [*_money("household", 73_519), *_money("spouse", 48_627)]
    by = actor_of(officer, Role.TOWN_REVIEWER)
    first = opened(session, family, by=by, purpose="recheck", reason="每年复查")
    head_part = part_of(session, first, family.head)
    for part in (head_part, part_of(session, first, family.spouse)):
        signed(session, first, part)
    record = authorizations.find_record_of(session, head_part.id)
    assert record is not None
    grandmother = part_of(session, first, family.grandmother)
    picture = io.BytesIO()
    Image.new("RGB", (300, 200), "white").save(picture, "JPEG")
    paper = authorizations.take_paper(
        session,
        by,
        grandmother.id,
        picture.getvalue(),
        agreed=[scope["source"] for scope in first.scopes],
        place="家里",
        own_will="yes",
        now=NOW,
    )
    codes = [scope["source"] for scope in first.scopes]
    number = session.get_one(Person, family.grandmother).resident_id
    assert number is not None
    at_counter = authorizations.sign_at_counter(
        session,
        KEYS,
        authorizations.data_sources(),
        OFFICE,
        by,
        grandmother.id,
        authorizations.Answer(agreed=codes, typed_name=NAMES["grandmother"], own_will="yes"),
        last_of_number=number.value[-4:],
        witness=authorizations.Witness(work_number=make_staff(session, Role.TOWN_REVIEWER, TOWN).work_number),
        now=NOW,
    )
    assert isinstance(at_counter, authorizations.CounterSignature)
    second = opened(session, family, by=by, purpose="application")
    waiting = part_of(session, second, family.head)
    protected = part_of(session, second, family.spouse)
    protected.sealed = {**protected.sealed, "unwilling": True}
    world.canaries += [Canary("number", "household", one.number) for one in (first, second)]
    world.ids |= {
        "request_id": second.id,
        "first_request_id": first.id,
        "waiting_part_id": waiting.id,
        "signed_part_id": head_part.id,
        "protected_part_id": protected.id,
        "counter_part_id": part_of(session, second, family.grandmother).id,
        "paper_id": paper.id,
        "taken_id": at_counter.id,
        "link": waiting.sealed["link"],
        "member_id": _member(session, family.spouse).id,
        "verify_code": record.verify_code,
    }
    session.flush()


def _money(owner: str, yuan: int) -> list[Canary]:
    return [Canary("amount", owner, text) for text in (f"{yuan}", f"{yuan:,}", f"{yuan * 100}")]


def _add_answers(session: Session, world: World, family: Family, check_id: uuid.UUID) -> None:
    found = session.scalars(select(CheckTask).where(CheckTask.check_id == check_id)).all()
    for task in found:
        task.last_tried_at = NOW
        if task.source != BANK or task.person_id not in (family.head, family.spouse):
            task.state = "unreachable" if task.person_id == family.head else "nothing_found"
            continue
        task.state = "answered"
        yuan = 91_374 if task.person_id == family.head else 58_263
        record = authorizations.live_for(session, task.person_id, BANK, "recheck", NOW)
        assert record is not None
        task.authorization_id = record.id
        result = CheckResult(
            id=uuid.uuid4(),
            task_id=task.id,
            authorization_id=record.id,
            source=BANK,
            sealed={"items": {"current_fen": yuan * 100, "term_fen": 0, "accounts": 1}},
            purpose="recheck",
            as_of=date(2026, 11, 20),
            received_at=NOW,
            keep_until=None,
        )
        session.add(result)
        session.flush()
        if task.person_id == family.head:
            world.ids |= {"result_id": result.id, "task_id": task.id}
    world.canaries += [*_money("head", 91_374), *_money("spouse", 58_263)]
    world.canaries += _money("household", 91_374 + 58_263)
    check = session.get_one(economic_checks.EconomicCheck, check_id)
    check.changes += 1
    world.ids["check_id"] = check_id
    failed = [task for task in found if task.state == "unreachable"]
    world.ids["failed_task_id"] = failed[0].id
    session.flush()


def _contest(session: Session, world: World, family: Family) -> None:
    picture = io.BytesIO()
    Image.new("RGB", (40, 30), "red").save(picture, "JPEG")
    line: ContestedLine = economic_checks.contest(
        session,
        authorizations.data_sources(),
        session.get_one(CheckResult, world.ids["result_id"]),
        "current_fen",
        Objection(own_value=37_115_00, says="账上没有这么多", picture=picture.getvalue()),
        by=_resident(family.head),
        now=NOW,
    )
    world.canaries += _money("head", 37_115)
    world.ids |= {"line_id": line.id, "item": "term_fen"}


def _resident(person_id: uuid.UUID) -> Actor:
    return Actor(
        "resident",
        person_id=person_id,
        session_id=uuid.uuid4(),
        assurance=Assurance.L3,
        holdings=(Holding(Role.RESIDENT, ""),),
    )


def _add_looks(
    session: Session, world: World, family: Family, accounts: dict[tuple[str, str], StaffAccount]
) -> None:
    reviewer = actor_of(accounts["town_reviewer", "own"], Role.TOWN_REVIEWER)
    head = session.get_one(Person, family.head)
    audit.looked(
        session,
        audit.Event.HOUSEHOLD_SHOWN,
        [(str(family.household_id), head.audit_subject)],
        by=reviewer.for_the_log(Permission.HOUSEHOLDS_READ, VILLAGE),
        now=NOW,
        seen=["income"],
        purpose="household_file",
        case_ref="AR-20261122-AAAAA",
    )
    session.flush()
    entry = session.scalars(
        select(audit.AuditEntry).where(
            audit.AuditEntry.event == "household_shown",
            audit.AuditEntry.object_ref == str(family.household_id),
        )
    ).first()
    assert entry is not None
    objection = looks.object_to_look(
        session, entry.reference, [family.head], "为什么看", by=_resident(family.head), now=NOW
    )
    child = session.get_one(Person, family.child)
    village_officer = actor_of(accounts["village_officer", "own"], Role.VILLAGE_OFFICER)
    asked = looks.ask_to_open_minor(session, child, VILLAGE, "入户核对", by=village_officer, now=NOW)
    sealed = looks.ask_to_seal(
        session,
        str(family.household_id),
        "在查一件事",
        date(2026, 12, 31),
        by=actor_of(accounts["inspector", "stale"], Role.INSPECTOR),
        now=NOW,
    )
    session.flush()
    world.ids |= {
        "reference": entry.reference,
        "entry_reference": entry.reference,
        "objection_id": objection.id,
        "approval_id": asked.id,
        "sealed_id": sealed.id,
    }


def _add_staff_acts(
    session: Session, world: World, family: Family, accounts: dict[tuple[str, str], StaffAccount]
) -> None:
    # Everybody of the relation "relative" has a near relative in the family.
    for role, whose in itertools.product(STAFF_ROLES, ("head", "spouse", "grandmother", "child")):
        account = accounts[role.value, "relative"]
        number = session.get_one(Person, getattr(family, whose)).resident_id
        assert number is not None
        declared = people.relatives.declare_relative(
            session,
            name=NAMES[whose],
            resident_id=number,
            relation="on_spouses_side",
            by=actor_of(account, role),
            now=NOW,
        )
        if role is Role.VILLAGE_OFFICER:
            world.ids |= {"relative_id": declared.id, "relatives_account_id": account.id}
    invited, token = staff.invite(
        session,
        name="新同志",
        resident_id=invented_id(date(1990, 7, 7)),
        user_name="newcomer",
        work_number="N1",
        by=people.operator("root"),
        now=NOW,
    )
    lost = make_staff(session, Role.HELPER, VILLAGE)
    staff.report_device_lost(
        session,
        lost.id,
        by=actor_of(accounts["system_administrator", "stale"], Role.SYSTEM_ADMINISTRATOR, COUNTY),
        now=NOW,
    )
    waiting = session.scalars(select(StaffInvitation).where(StaffInvitation.account_id == lost.id)).one()
    colleague = make_staff(session, Role.HELPER, VILLAGE)
    proposed = people.roles.grant(
        session,
        account_id=make_staff(session, Role.HELPER, VILLAGE).id,
        role=Role.INSPECTOR,
        division_code=COUNTY,
        valid_from=NOW.date(),
        by=actor_of(accounts["security_administrator", "stale"], Role.SECURITY_ADMINISTRATOR, COUNTY),
        now=NOW,
    )
    standing = people.roles.list_roles(session, colleague.id)[0]
    world.ids |= {
        "token": token,
        "invited_account_id": invited.id,
        "invitation_id": waiting.id,
        "account_id": colleague.id,
        "assignment_id": proposed.id,
        "standing_assignment_id": standing.id,
    }


def _add_rights(
    session: Session, world: World, family: Family, accounts: dict[tuple[str, str], StaffAccount]
) -> None:
    picture = io.BytesIO()
    Image.new("RGB", (40, 30), "blue").save(picture, "JPEG")
    asked = rights.ask_as_relative(
        session,
        "copy",
        rights.Relative("鲁老太", invented_id(date(1921, 2, 3)), "child", picture.getvalue()),
        "她的东西我来料理",
        county=COUNTY,
        by=_resident(family.head),
        now=NOW,
    )
    approver = actor_of(accounts["county_approver", "county"], Role.COUNTY_APPROVER, COUNTY)
    hold = rights.put_hold(session, "person", str(family.head), "还在复核", by=approver, now=NOW)
    world.ids |= {"rights_request_id": asked.id, "hold_id": hold.id}


def _add_spreadsheets(session: Session, world: World, accounts: dict[tuple[str, str], StaffAccount]) -> None:
    heads = list(households.import_heads())
    book = write_book([("表", heads, [["?"] * len(heads)])])
    importer = actor_of(accounts["town_reviewer", "own"], Role.TOWN_REVIEWER)
    world.ids["import_id"] = households.stage_import(session, "a.xlsx", book, by=importer, now=NOW).id
    officer = actor_of(
        accounts["department_officer", "own"], Role.DEPARTMENT_OFFICER, VILLAGE, "civil_affairs"
    )
    number = next(one.value for one in world.canaries if one.kind == "identity_number")
    sheet = write_book(
        [("表", ["身份证号", "是不是已经去世", "去世的日子", "火化的日子"], [[number, "否", "", ""]])]
    )
    drop: SourceDrop = economic_checks.stage(
        session,
        authorizations.data_sources(),
        FUNERAL,
        "a.xlsx",
        sheet,
        as_of=date(2026, 11, 20),
        by=officer,
        now=NOW,
    )
    world.ids["drop_id"] = drop.id


def _add_small_things(app: Flask, session: Session, world: World, family: Family) -> None:
    cipher = app.extensions["huimin"].cipher
    receipt = help_requests.new_receipt()
    help_requests.ask_for_help(
        session,
        cipher,
        receipt,
        help_requests.Asking("凌云志", "19900577388", "水洞埭", COUNTY, VILLAGE),
        now=NOW,
    )
    world.ids["receipt"] = receipt
    world.canaries += [Canary("help_request", "asker", value) for value in ("凌云志", "19900577388")]
    message = messages.send(
        session,
        messages.Template.OBJECTION_ANSWERED,
        {},
        to_person=family.head,
        to_phone=None,
        now=NOW,
        key="matrix:message",
    )
    with app.test_request_context():
        digest = static_url("css/site.css").split("/")[2]
    kid = next(iter(app.extensions["huimin"].signing_keys.kids()))
    world.ids |= {"message_id": message.id, "digest": digest, "key_name": f"{kid}.pem"}


def _seal(app: Flask, database: Database, world: World) -> None:
    parts = app.extensions["huimin"]
    copies = audit.Copies(parts.settings.checkpoint_dir, parts.signing_keys)
    done = audit.Sealer(database, copies, "huimin-matrix").run(NOW)
    world.ids["size"] = done.checkpoints[-1]


def _sign_in(
    app: Flask,
    database: Database,
    world: World,
    family: Family,
    accounts: dict[tuple[str, str], StaffAccount],
) -> None:
    cookie = _form_cookie(app, world)
    with database.transaction() as session:
        for (role, relation), account in accounts.items():
            started, token = _session(session, "admin", Assurance.L4, account_id=account.id)
            if relation == "stale":
                started.created_at = started.proved_at = OLD
            if (role, relation) == ("village_officer", "own"):
                world.ids["session_id"] = started.id
            world.callers.append(Caller(role, relation, {"Cookie": f"{cookie}; huimin_staff={token}"}))
        stranger = make_identity(session)
        levels = {
            "resident_l1": (None, Assurance.L1, stranger),
            "resident_l2": (family.head, Assurance.L2, None),
            "resident_l3": (family.head, Assurance.L3, None),
            "housemate": (family.spouse, Assurance.L3, None),
            "other_resident": (world.ids["stranger_id"], Assurance.L3, None),
        }
        world.callers.append(Caller("anonymous", "", {"Cookie": cookie}))
        for role, (person_id, assurance, identity_id) in levels.items():
            started, token = _session(
                session, "portal", assurance, person_id=person_id, identity_id=identity_id
            )
            if role == "resident_l3":
                world.ids["own_session_id"] = started.id
            bearer = _bearer(app, session, assurance, person_id, identity_id)
            told = {"Cookie": f"{cookie}; huimin_resident={token}", "Authorization": f"Bearer {bearer}"}
            world.callers.append(Caller(role, "", told))


def _form_cookie(app: Flask, world: World) -> str:
    # The token of forms hangs on the browser's session, not on who has signed in with it.
    client = app.test_client()
    page = client.get("/sign-in").text
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert found is not None
    world.csrf_token = found[1]
    cookie = client.get_cookie("huimin_session")
    assert cookie is not None
    return f"huimin_session={cookie.value}"


def make_identity(session: Session) -> uuid.UUID:
    """Something signed in with that nobody has bound to a person."""
    identity = people.SignInIdentity(
        id=uuid.uuid4(),
        provider="wechat",
        subject_lookup=b"matrix",
        sealed={"openid": "o-matrix"},
        created_at=NOW,
        last_used_at=NOW,
    )
    session.add(identity)
    session.flush()
    return identity.id


def _session(session: Session, face: str, assurance: Assurance, **whose: Any) -> Any:
    return people.start_session(session, face=face, assurance=assurance, proved_by="code", now=NOW, **whose)


def _bearer(
    app: Flask,
    session: Session,
    assurance: Assurance,
    person_id: uuid.UUID | None,
    identity_id: uuid.UUID | None,
) -> str:
    parts = app.extensions["huimin"]
    started, _ = _session(session, "api", assurance, person_id=person_id, identity_id=identity_id)
    tokens = people.issue_tokens(
        session, started, parts.signing_keys, issuer=parts.settings.base_url, now=NOW
    )
    return str(tokens.access)
