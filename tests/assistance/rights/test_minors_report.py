"""The yearly report on minors' data equals the log (WCW-37)."""

from __future__ import annotations

from datetime import date, timedelta

from assistance import audit, looks, rights
from assistance.people import Person
from assistance.permissions import Permission, Role
from infrastructure.database import Database
from tests.assistance.authorizations.family import make_family, officer
from tests.conftest import NOW
from tests.signing_in import TOWN, VILLAGE


def test_WCW_37_the_report_equals_the_log(database: Database) -> None:
    with database.transaction() as session:
        family = make_family(session, child_born=date(2009, 1, 10))
        child, head = session.get_one(Person, family.child), session.get_one(Person, family.head)
        reviewer, other = officer(session, Role.TOWN_REVIEWER, TOWN), officer(session)
        asked = looks.ask_to_open_minor(session, child, VILLAGE, "上门", by=other, now=NOW)
        looks.decide_minor(session, asked, approved=True, by=reviewer, now=NOW)
        again = looks.ask_to_open_minor(session, child, VILLAGE, "再看", by=other, now=NOW)
        looks.decide_minor(session, again, approved=False, by=reviewer, now=NOW)
        for person, at in ((child, NOW), (child, NOW), (head, NOW), (child, NOW + timedelta(days=60))):
            audit.looked(
                session,
                audit.Event.HOUSEHOLD_SHOWN,
                [(str(family.household_id), person.audit_subject)],
                by=other.for_the_log(Permission.HOUSEHOLDS_READ, VILLAGE),
                now=at,
                seen=["name"],
                purpose="household_file",
            )
        audit.record(
            session,
            audit.Event.QUERY_REFUSED,
            by=audit.WORKER,
            now=NOW,
            object_ref="task",
            subject_ref=child.audit_subject,
            fields={"source": "schooling", "because": "closed"},
        )
    with database.reading() as session:
        report = rights.minors_report(session, 2026)
        assert report["minors"] == 1
        assert [(one["event"], one["count"]) for one in report["handlings"]] == [("query_refused", 1)]
        assert report["accesses"] == [
            {"role": "village_officer", "division": VILLAGE, "purpose": "household_file", "count": 2}
        ]
        assert report["approvals"] == {"asked": 2, "approved": 1, "declined": 1}
        in_the_log = [
            entry
            for entry in session.query(audit.AuditEntry).filter_by(subject_ref=child.audit_subject)
            if entry.recorded_at.year == 2026
        ]
        assert report["entries"] == len(in_the_log)
        # In January 2027 the child turned eighteen, and is no minor any more.
        assert rights.minors_report(session, 2027)["entries"] == 0
