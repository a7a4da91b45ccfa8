"""The file of texts as gateways and platforms take it, and every way in which it could go wrong (C6)."""

from __future__ import annotations

import copy
import tomllib
from typing import Any

import pytest

from assistance import messages
from assistance.messages import Template
from assistance.messages.templates import FILE
from assistance.messages.variables import VARIABLES, check_values
from infrastructure.languages import locales

RAW: dict[str, Any] = tomllib.loads(FILE.read_text(encoding="utf-8"))
EXAMPLES = {
    "code": "482915",
    "office": "平湖市民政局",
    "count": "16",
    "purpose": "application",
    "day": "2026-12-31",
    "moment": "2026-12-31T23:59:00+08:00",
    "number": "AR-20261122-AB12C",
}


def values_of(template: Template) -> dict[str, str]:
    return {name: EXAMPLES[name] for name in messages.texts_of(template).variables}


def test_the_file_is_fit_to_send() -> None:
    assert messages.find_faults(RAW) == []
    assert set(messages.all_texts()) == set(Template)


@pytest.mark.parametrize("template", Template)
def test_every_text_message_fits_into_one_part_with_its_signature(template: Template) -> None:
    texts = messages.texts_of(template)
    said = texts.sms_text(values_of(template), "zh")
    assert len("【平湖市民政局】" + said) <= 70, said
    assert len("【平湖市民政局】" + texts.sms_text(values_of(template), "en")) <= 134


@pytest.mark.parametrize("template", Template)
@pytest.mark.parametrize("language", locales())
def test_no_place_stays_empty(template: Template, language: str) -> None:
    texts, values = messages.texts_of(template), values_of(template)
    said = [texts.sms_text(values, language), *texts.wechat_fields(values, language).values()]
    if texts.title:
        said += texts.in_app(values, language)
    assert all(text and "{" not in text for text in said)


def test_the_code_for_signing_says_what_is_signed() -> None:
    """What you see is what you sign: who checks how many kinds for what, and what to do if it is not you."""
    said = messages.texts_of(Template.SIGN_CODE).sms_text(values_of(Template.SIGN_CODE), "zh")
    for part in ("平湖市民政局", "16类", "申请救助", "482915", "10分钟", "非本人操作请回复T"):
        assert part in said


def test_every_code_says_that_nobody_asks_for_it_or_what_to_do() -> None:
    for template in Template:
        texts = messages.texts_of(template)
        if texts.is_code:
            said = texts.sms_text(values_of(template), "zh")
            assert "10分钟" in said
            assert any(words in said for words in ("不会向您要", "12345", "回复T"))


@pytest.mark.parametrize(
    ("place", "value", "fault"),
    [
        (("sign_in_code", "sms", "zh"), "您的验证码是{code}{count}。", "side by side"),
        (("sign_in_code", "sms", "zh"), "您的验证码是{code}，{count}。", "side by side"),
        (("sign_in_code", "sms", "zh"), "【民政】您的验证码是{code}。", "gateways refuse"),
        (("sign_in_code", "sms", "zh"), "您的验证码是{code}，要¥5。", "gateways refuse"),
        (("sign_in_code", "sms", "zh"), "★您的验证码是{code}。", "gateways refuse"),
        (("sign_in_code", "sms", "zh"), "验证码{code}，打开 https://x.cn/a 。", "a link"),
        (("sign_in_code", "sms", "zh"), "验证码{code}，看 huimin.gov.cn 。", "a link"),
        (("sign_in_code", "sms", "zh"), "{name}的验证码是{code}。", "no value name"),
        (("sign_in_code", "sms", "zh"), "验证码{code}，每月{amount}元。", "no value amount"),
        (("sign_in_code", "sms", "zh"), "验证码{code}，看{link}。", "no value link"),
        (("sign_in_code", "sms", "zh"), "验证码{code}，编号{number}。", "no value number"),
        (("sign_in_code", "sms", "zh"), "验证码{code}，再说一遍{code}。", "stands twice"),
        (("sign_in_code", "sms", "zh"), "验证码{code}，" + "长" * 60, "characters"),
        (("sign_in_code", "sms"), {"zh": "验证码没有。", "en": "None."}, "is_code"),
        (("sign_in_code", "sms", "en"), "None.", "is_code"),
        (("sign_in_code", "sms", "zh"), "您的{code}不符合。", "不符合"),
        (("sign_in_code", "sms", "zh"), "您的{code}，慈善捐款。", "慈善"),
        (("sign_in_code", "sms", "en"), "", "nothing in en"),
        (("sign_in_code", "sms", "en"), "Code {code} by {day}", "which zh does not have"),
        (("sign_in_code", "sms", "en"), "Code {code} " + "x" * 120, "characters"),
        (("sign_in_code", "sms", "zh"), "验证码{code}，多一个}。", "a brace"),
        (("sign_in_code", "title"), {"zh": "码", "en": "code"}, "by text message alone"),
        (("sign_in_code", "words"), "", "words is missing"),
        (("sign_in_code", "sns"), {"zh": "码"}, "sns is no field"),
        (("all_signed", "sms", "zh"), "您的验证码是{code}。", "is_code"),
        (("all_signed", "body"), {}, "belong together"),
        (("all_signed", "wechat", "thing1", "zh"), "长" * 21, "characters"),
        (("all_signed", "wechat", "amount9"), {"zh": "5", "en": "5"}, "0 fit"),
        (("purposes", "application", "zh"), "长" * 7, "over 6"),
        (("purposes", "申请"), {"zh": "申请", "en": "x"}, "no code"),
        (("made_up",), {"words": "x"}, "is no template"),
    ],
)
def test_a_text_that_could_not_be_sent_is_named(place: tuple[str, ...], value: Any, fault: str) -> None:
    raw = copy.deepcopy(RAW)
    row = raw
    for name in place[:-1]:
        row = row[name]
    row[place[-1]] = value
    faults = messages.find_faults(raw)
    assert any(fault in one and place[0] in one for one in faults), faults


def test_a_missing_template_is_named() -> None:
    raw = {name: row for name, row in RAW.items() if name != "report_ready"}
    assert messages.find_faults(raw) == ["[report_ready] is missing"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("code", "1234567"),
        ("code", "12a456"),
        ("code", "１２３４５６"),
        ("office", "张三"),
        ("office", "https://x.cn"),
        ("count", "0"),
        ("count", "161"),
        ("day", "2026-13-01"),
        ("day", "明天"),
        ("moment", "2026-11-22T09:00:00"),
        ("moment", "2026-11-22T99:00:00+08:00"),
        ("number", "陈阿宜"),
        ("number", "19900000011"),
        ("purpose", "申请"),
    ],
)
def test_a_value_of_another_form_is_refused_without_being_repeated(name: str, value: str) -> None:
    with pytest.raises(messages.UnfitValue) as refused:
        check_values({name: value}, frozenset({name}))
    assert str(refused.value) == name


def test_missing_and_unknown_values_are_named() -> None:
    with pytest.raises(messages.UnfitValue, match="code, name"):
        check_values({"name": "陈阿宜"}, frozenset({"code"}))


def test_no_kind_of_value_takes_a_name_an_amount_a_link_or_a_number_of_a_person() -> None:
    for unfit in (
        "陈阿宜",
        "欧阳娜娜",
        "1086.00",
        "1086元",
        "https://x.cn",
        "19900000011",
        "330499194603080125",
    ):
        assert not any(variable.form.fullmatch(unfit) for variable in VARIABLES.values()), unfit


def test_days_and_moments_are_shown_as_people_say_them() -> None:
    texts = messages.texts_of(Template.NUMBER_CHANGED)
    values = {"moment": "2026-11-22T01:05:00+00:00"}
    assert texts.sms_values(values, "zh") == {"moment": "11月22日9:05"}
    assert texts.sms_values(values, "en") == {"moment": "9:05 on 22 Nov"}
    assert texts.provider_id("zh") == "number_changed"
    assert texts.provider_id("en") == "number_changed.en"
