"""Nobody goes on in the name of somebody who has died."""

from __future__ import annotations

from datetime import date

from assistance import households, people
from assistance.people import ANONYMOUS, SYSTEM, Assurance, Proof
from infrastructure.database import Database
from tests.conftest import NOW
from tests.signing_in import VILLAGE, actor_holding, make_person


def test_a_death_ends_the_sign_ins_and_the_number_opens_nothing_more(database: Database) -> None:
    with database.transaction() as session:
        person = make_person(session, "何水根", birth=date(1944, 4, 4), phone="19900000111")
        widow = make_person(session, "何阿玉", birth=date(1947, 12, 12))
        household = households.open_household(
            session,
            division_code=VILLAGE,
            address="3号",
            joining=(households.Joining(person, "head"), households.Joining(widow, "spouse")),
            on=date(2020, 1, 1),
            by=SYSTEM,
            now=NOW,
        )
        proof = Proof("phone", "19900000111")
        before = people.sign_in(session, proof, face="portal", by=ANONYMOUS, now=NOW)
        assert actor_holding(session, before.token, face="portal", now=NOW) is not None
        members = {one.person_id: one for one in households.current_members(session, household.id)}
        households.register_death(
            session,
            household,
            members[person.id],
            on=date(2026, 11, 20),
            by=SYSTEM,
            now=NOW,
            new_head=members[widow.id],
        )
        session.expire_all()
        assert actor_holding(session, before.token, face="portal", now=NOW) is None
        after = people.sign_in(session, proof, face="portal", by=ANONYMOUS, now=NOW)
        assert (after.session.person_id, after.session.assurance) == (None, Assurance.L2)
