"""What stands in a copy, as a resident reads it on the page and on paper; the JSON has every column."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from assistance import authorizations, economic_checks, households, rules
from infrastructure.languages import N_

TABLE_WORDS = {
    "people": N_("您是谁"),
    "recorded_phones": N_("手机号"),
    "sign_in_identities": N_("微信、浙里办的连接"),
    "sign_in_sessions": N_("登录过的手机、电脑"),
    "one_time_codes": N_("发过的验证码（只有时间）"),
    "refresh_tokens": N_("小程序记住的登录"),
    "activation_slips": N_("发给您的激活码纸条"),
    "kept_forms": N_("没填完的表"),
    "messages": N_("发给您的消息"),
    "households": N_("您住过的家"),
    "household_members": N_("您在家里的位置"),
    "household_lines": N_("家里记着的情况"),
    "household_events": N_("家里的变动"),
    "authorization_requests": N_("请您授权的事"),
    "authorization_parts": N_("您的回复"),
    "authorizations": N_("您签的授权"),
    "paper_signatures": N_("纸上签的字"),
    "counter_signatures": N_("在窗口签的字"),
    "economic_checks": N_("核对"),
    "check_tasks": N_("问过哪些单位"),
    "check_results": N_("单位回答的"),
    "check_reports": N_("核对报告里您的部分"),
    "contested_lines": N_("您说不对的"),
    "source_drop_rows": N_("单位交来的表里您的那一行"),
    "audit_entries": N_("谁动过、看过"),
    "look_objections": N_("您对查看的疑问"),
    "minor_approvals": N_("申请看未成年人资料的"),
    "rights_requests": N_("您要求改、要求删的"),
    "data_wishes": N_("您对过世以后的安排"),
    "legal_holds": N_("暂时不能删的"),
    "staff_accounts": N_("您的工作账号"),
    "staff_invitations": N_("给您的账号邀请"),
    "role_assignments": N_("您的岗位"),
    "declared_relatives": N_("备案的近亲属"),
}
KEY_WORDS = {
    "name": N_("姓名"),
    "resident_id": N_("身份证号"),
    "birth": N_("出生日期"),
    "phone": N_("手机号"),
    "openid": N_("微信给的号"),
    "subject": N_("浙里办给的号"),
    "address": N_("住址"),
    "device": N_("用的设备"),
    "number": N_("编号"),
    "verify_code": N_("验真的字"),
    "note": N_("说明"),
    "says": N_("写的话"),
    "answer": N_("答复"),
    "reason": N_("原因"),
    "place": N_("在哪里"),
    "user_name": N_("账号"),
    "work_number": N_("工号"),
}
# The first that a row has says when it was.
WHEN = (
    *("signed_at", "recorded_at", "received_at", "asked_at", "objected_at", "contested_at", "said_at"),
    *("sent_at", "made_at", "opened_at", "started_at", "issued_at", "happened_on", "joined_on", "taken_at"),
    *(
        "kept_at",
        "declared_at",
        "granted_at",
        "bound_at",
        "state_since",
        "last_tried_at",
        "put_at",
        "created_at",
    ),
)
Pair = tuple[str, str | date, bool]
"""What it is called, what it is, and whether the first is a sentence of ours that can be translated."""


def pairs_of(table: str, row: dict[str, Any], locale: str) -> list[Pair]:
    """What a reader sees of one row: the day, and everything that is text for people."""
    found = list(_special(table, row, locale))
    for key, value in _flat(row):
        if key in KEY_WORDS and isinstance(value, str) and value:
            found.append((KEY_WORDS[key], value, True))
    when = next((row[key] for key in WHEN if row.get(key)), None)
    if when:
        found.append((N_("哪天"), date.fromisoformat(str(when)[:10]), True))
    return found


def _special(table: str, row: dict[str, Any], locale: str) -> Iterator[Pair]:
    if table == "household_lines" and row["fact"] in rules.FACTS:
        label = rules.FACTS[row["fact"]].label.in_language(locale)
        yield label, _value_in_words(row, locale), False
    if table in ("check_results", "source_drop_rows"):
        source = authorizations.data_sources().get(str(row.get("source", "")))
        for code, value in (row["sealed"].get("items") or {}).items():
            item = source.item(code) if source else None
            if item is not None and value is not None:
                yield item.name.in_language(locale), economic_checks.value_words(item, value, locale), False
    if table in ("check_tasks", "contested_lines"):
        source = authorizations.data_sources().get(row["source"])
        if source is not None:
            yield N_("单位"), source.name.in_language(locale), True
    if table == "household_members":
        yield N_("关系"), households.RELATION_WORDS[row["relation"]], True


def _value_in_words(row: dict[str, Any], locale: str) -> str:
    try:
        return households.value_in_words(row["fact"], row["sealed"]["value"]).in_language(locale)
    except (KeyError, TypeError, ValueError, AttributeError):
        return str(row["sealed"].get("value", ""))


def _flat(row: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for key, value in row.items():
        if isinstance(value, dict):
            yield from value.items()
        else:
            yield key, value
