"""The authorisations of a story: opened, signed and made use of as it is done on the pages."""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from assistance import authorizations, economic_checks, people
from assistance.authorizations import (
    Answer,
    AuthorizationPart,
    AuthorizationRequest,
    CounterSignature,
    Office,
    Witness,
)
from assistance.people import Actor, Assurance, Holding
from assistance.permissions import Role
from assistance.values import Phone
from demo.accounts import actor_of
from demo.draws import Draws
from demo.stories_file import Consent, Signature
from demo.telling import Telling
from infrastructure.clock import SHANGHAI
from infrastructure.settings import Settings
from infrastructure.signing import SigningKeys

BETWEEN_TWO = timedelta(minutes=3)
"""A number gets its next code after a minute at the earliest."""
CHARACTERS, POINTS = 3, 9


def ask_and_sign(telling: Telling, settings: Settings, keys: SigningKeys) -> int:
    """Open the story's requests and sign what it says was signed; how many parts were."""
    signed = 0
    for consent in telling.story.authorizations:
        signed += _Signing(telling, consent, settings, keys).do()
    return signed


class _Signing:
    def __init__(self, telling: Telling, consent: Consent, settings: Settings, keys: SigningKeys) -> None:
        self.telling, self.consent, self.settings, self.keys = telling, consent, settings, keys
        self.session: Session = telling.session
        self.register = authorizations.sources_of(settings)
        self.office = Office(settings.office_name, settings.office_phone)
        moment = telling.now - BETWEEN_TWO * (len(consent.signed) + 1)
        if consent.on is not None:
            on_that_day = datetime.combine(consent.on, telling.now.astimezone(SHANGHAI).timetz())
            moment = min(moment, on_that_day)
        self.moment = moment

    def do(self) -> int:
        """Everything about one request."""
        consent, session = self.consent, self.session
        request = authorizations.open_request(
            session,
            self.register,
            self._actor(consent.opened_by),
            self.telling.household.id,
            purpose=consent.purpose,
            now=self.moment,
            is_demo=True,
            reason=consent.reason,
        )
        for one in consent.signed:
            self.moment += BETWEEN_TWO
            self._sign(request, one)
        if request.state == "open":
            authorizations.tell_asked(session, request, now=self.telling.now)
        if consent.check_by:
            by = actor_of(session, consent.check_by, self.telling.now)
            economic_checks.start_check(session, request.id, by=by, now=self.telling.now)
        return len(consent.signed)

    def _sign(self, request: AuthorizationRequest, one: Signature) -> None:
        person_id = self.telling.persons[one.person or one.signer].id
        signer_id = self.telling.persons[one.signer].id
        part = next(
            part
            for part in authorizations.parts_of(self.session, request.id)
            if (part.person_id, part.signer_id) == (person_id, signer_id)
        )
        answer = Answer(
            agreed=[scope["source"] for scope in request.scopes if scope["source"] not in one.declined],
            strokes=drawn_signature(one.signer),
            own_will="yes",
            has_company="no",
        )
        if one.way == "counter":
            self._sign_at_counter(part, one, answer)
        else:
            self._sign_on_own_phone(part, one, answer)

    def _sign_at_counter(self, part: AuthorizationPart, one: Signature, answer: Answer) -> None:
        number = next(m.resident_id for m in self.telling.story.members if m.key == one.signer)
        witness = people.staff.find_account(self.session, one.witness)
        assert witness is not None
        signed = authorizations.sign_at_counter(
            self.session,
            self.keys,
            self.register,
            self.office,
            actor_of(self.session, one.officer, self.telling.now),
            part.id,
            answer,
            last_of_number=number.value[-4:],
            witness=Witness(work_number=witness.work_number),
            now=self.moment,
        )
        assert isinstance(signed, CounterSignature)
        colleague = actor_of(self.session, one.witness, self.telling.now)
        authorizations.confirm_at_counter(self.session, self.keys, colleague, signed.id, now=self.moment)

    def _sign_on_own_phone(self, part: AuthorizationPart, one: Signature, answer: Answer) -> None:
        """As on the page, with the code read here instead of on a telephone."""
        actor = self._actor(one.signer)
        phone = next(m.phone for m in self.telling.story.members if m.key == one.signer)
        assert phone is not None
        document = authorizations.begin_signing(
            self.session, self.register, self.office, actor, part.id, answer, now=self.moment
        )
        if self._answer_code(phone, document, actor):
            authorizations.finish_signing(
                self.session,
                self.keys,
                actor,
                part.id,
                document=document,
                code_id=document[:16],
                phone_end=phone.value[-2:],
                now=self.moment,
            )

    def _answer_code(self, phone: Phone, document: str, actor: Actor) -> bool:
        told = {"purpose": "sign", "bound_to": document}
        sent = people.issue_code(self.session, phone, by=actor, now=self.moment, **told)
        assert sent is not None
        counted: Sequence[uuid.UUID] = people.count_try(self.session, phone, now=self.moment, **told)
        return people.use_code(self.session, counted, sent.figures, self.moment)

    def _actor(self, who: str) -> Actor:
        person = self.telling.persons.get(who)
        if person is None:
            return actor_of(self.session, who, self.telling.now)
        holdings = (Holding(Role.RESIDENT, ""),)
        return Actor("resident", person_id=person.id, assurance=Assurance.L3, holdings=holdings)


def drawn_signature(name: str) -> str:
    """Lines as a form sends them: nobody's handwriting, and for a name always the same."""
    draws = Draws(f"signature:{name}")
    lines = []
    for character in range(CHARACTERS):
        points = []
        for point in range(POINTS):
            at = character * POINTS + point
            points += [80 + character * 300 + draws.below("x", at, 240), 60 + draws.below("y", at, 280)]
        lines.append(points)
    return json.dumps(lines)
