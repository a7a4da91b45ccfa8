"""Every text through the simulated gateway and WeChat, as the worker sends them: fit, word for word."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from assistance import messages, reactions
from assistance.messages import Message, Template
from assistance.values import Phone
from infrastructure import clock, jobs
from infrastructure.database import Database
from infrastructure.languages import locales
from simulators import Running
from tests.assistance.messages.test_messages import ASKED, CODE, add_person, kept
from tests.assistance.messages.test_texts import values_of
from tests.conftest import NOW, settings_of_test

PHONE = Phone("19900000011")


@pytest.fixture
def runner(database: Database, simulators: Running, tmp_path) -> jobs.Runner:
    parts = SimpleNamespace(settings=settings_of_test(tmp_path, **simulators.environment))
    handlers = {messages.DELIVER: reactions._makers()[messages.DELIVER](parts)}  # type: ignore[arg-type]
    return jobs.Runner(database, handlers, clock)


@pytest.mark.parametrize("language", locales())
def test_the_gateway_carries_every_text(
    database: Database, runner: jobs.Runner, simulators: Running, language: str
) -> None:
    with database.transaction() as session:
        for template in Template:
            messages.send(
                session,
                template,
                values_of(template),
                to_person=None,
                to_phone=PHONE,
                now=NOW,
                key=template.value,
                language=language,
            )
    assert runner.run_due(NOW).done == len(Template)
    carried = {one.template: one for one in simulators.messages(PHONE.value)}
    for template in Template:
        texts = messages.texts_of(template)
        sent = carried[texts.provider_id(language)]
        assert sent.text.endswith(texts.sms_text(values_of(template), language))
        assert sent.segments == 1 or language != "zh"
    assert simulators.code_sent_to(PHONE.value) == "482915"


def test_T49_a_gateway_that_took_it_and_said_nothing_is_not_asked_twice(
    database: Database, runner: jobs.Runner, simulators: Running
) -> None:
    """The worker dies between the gateway's answer and its own note: the next try sends nothing more."""
    with database.transaction() as session:
        message = messages.send(
            session, Template.SIGN_IN_CODE, CODE, to_person=None, to_phone=PHONE, now=NOW, key="one"
        )
    with database.reading() as session:
        values = messages.texts_of(Template.SIGN_IN_CODE).sms_values(CODE, "zh")
    settings = runner.handlers[messages.DELIVER].sms  # type: ignore[attr-defined]
    settings.send(PHONE.value, "sign_in_code", values, str(message.id))
    assert runner.run_due(NOW).done == 1
    assert len(simulators.messages(PHONE.value)) == 1


def test_a_gateway_that_breaks_and_is_mended(
    database: Database, runner: jobs.Runner, simulators: Running
) -> None:
    with database.transaction() as session:
        messages.send(
            session, Template.SIGN_IN_CODE, CODE, to_person=None, to_phone=PHONE, now=NOW, key="one"
        )
    simulators.set_service("sms", "down")
    assert runner.run_due(NOW).put_back == 1
    assert simulators.messages(PHONE.value) == []
    simulators.set_service("sms", "ok")
    with database.reading() as session:
        again_at = jobs.list_jobs(session)[0].run_at
    assert runner.run_due(again_at).done == 1
    assert kept(database).state == "sent"


def test_a_number_that_belongs_to_nobody_is_refused_for_good(
    database: Database, runner: jobs.Runner, simulators: Running
) -> None:
    with database.transaction() as session:
        messages.send(
            session,
            Template.SIGN_IN_CODE,
            CODE,
            to_person=None,
            to_phone=Phone("19900000000"),
            now=NOW,
            key="one",
        )
    assert runner.run_due(NOW).done == 1
    row: Message = kept(database)
    assert (row.state, row.refused_code) == ("refused", "INVALID_NUMBER")


def test_wechat_carries_one_message_an_agreement_and_then_the_gateway_does(
    database: Database, runner: jobs.Runner, simulators: Running
) -> None:
    person = add_person(database, with_wechat=True)
    with simulators.world.locked():
        simulators.world.subscriptions["oHuimin-guoliang"] = 1
    for key in ("one", "two"):
        with database.transaction() as session:
            messages.send(
                session,
                Template.AUTHORIZATION_ASKED,
                ASKED,
                to_person=person,
                to_phone=PHONE,
                now=NOW,
                key=key,
            )
        assert runner.run_due(NOW).done == 1
    assert len(simulators.messages(PHONE.value)) == 1
    assert simulators.world.subscriptions["oHuimin-guoliang"] == 0


@pytest.mark.parametrize("template", [one for one in Template if one.value.startswith("authorization")])
def test_wechat_takes_the_fields_of_every_subscribe_message(
    database: Database, runner: jobs.Runner, simulators: Running, template: Template
) -> None:
    person = add_person(database, with_wechat=True)
    with simulators.world.locked():
        simulators.world.subscriptions["oHuimin-guoliang"] = 2
    for language in locales():
        with database.transaction() as session:
            messages.send(
                session,
                template,
                values_of(template),
                to_person=person,
                to_phone=None,
                now=NOW,
                key=language,
                language=language,
            )
    assert runner.run_due(NOW).done == (2 if messages.texts_of(template).wechat else 0)
