"""What is said to people about their checks: that the report is there, and that an objection was answered."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from assistance import authorizations, messages
from assistance.authorizations import Authorization
from assistance.economic_checks.models import CheckResult, ContestedLine, EconomicCheck


def tell_report(session: Session, check: EconomicCheck, *, now: datetime) -> None:
    """Tell everybody who has answered that the first edition of the report can be read; once a check."""
    _tell_signers(session, check, messages.Template.REPORT_READY, f"report_ready:{check.id}", now)


def tell_completed(session: Session, check: EconomicCheck, edition: int, *, now: datetime) -> None:
    """Tell them that an answer which was missing has come, and stands in this edition."""
    key = f"report_completed:{check.id}:{edition}"
    _tell_signers(session, check, messages.Template.REPORT_COMPLETED, key, now)


def _tell_signers(
    session: Session, check: EconomicCheck, template: messages.Template, key: str, now: datetime
) -> None:
    signers = [
        part.signer_id
        for part in authorizations.parts_of(session, check.request_id)
        if part.state == "signed" and part.capacity != "supporter"
    ]
    for signer_id in dict.fromkeys(signers):
        values = {"number": check.number}
        messages.say(session, template, values, signer_id, key=f"{key}:{signer_id}", now=now)


def tell_answer(session: Session, line: ContestedLine, *, now: datetime) -> None:
    """Tell whoever signed for the person that the holder of the data has answered the objection."""
    result = session.get_one(CheckResult, line.result_id)
    signer_id = session.get_one(Authorization, result.authorization_id).signer_id
    key = f"correction_answered:{line.id}"
    messages.say(session, messages.Template.CORRECTION_ANSWERED, {}, signer_id, key=key, now=now)
