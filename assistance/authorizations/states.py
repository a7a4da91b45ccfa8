"""The states of parts and records in words: what the person reads, and what everybody else may."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from assistance.authorizations.models import AuthorizationPart
from infrastructure.languages import N_

ANSWERED = N_("已经回复，正在核验")
"""A signature and a silent no look alike to everybody but the town reviewer (T21)."""

PART_WORDS = {
    "waiting": N_("还没有回复"),
    "signed": ANSWERED,
    "declined": N_("没有同意"),
    "withdrawn": N_("已经收回"),
    "void": N_("情况变了，不算数了"),
    "expired": N_("过了日子，没有签"),
}
REQUEST_WORDS = {
    "open": N_("等着签"),
    "closed": N_("已经收齐或者到期"),
    "expired": N_("到期了，没有人签"),
}
RECORD_WORDS = {
    "active": N_("有效"),
    "withdrawn": N_("已经收回"),
    "void": N_("情况变了，不算数了"),
    "expired": N_("到期了"),
}
LEVEL_WORDS = {
    "own_phone": N_("普通电子签名：手写名字（或者打名字），加登记手机号上的验证码"),
    "counter": N_("普通电子签名：在窗口当着工作人员和见证人签的"),
    "paper": N_("纸上签的名，拍照存下，两个工作人员核对过"),
}
CAPACITY_WORDS = {
    "self": N_("本人签"),
    "guardian": N_("监护人签"),
    "ward": N_("本人和监护人一起签"),
    "supporter": N_("赡养、抚养、扶养的人签"),
}
CONFIRMED_BY_COLLEAGUE = N_("%(officer)s号工作人员办的，%(witness)s号同事用自己的账号确认过当时在场")
NAMED_COLLEAGUE = N_("%(officer)s号工作人员办的，写的见证人是%(witness)s号同事，他没有用自己的账号确认过")
NAMED_RELATIVE = N_("%(officer)s号工作人员办的，写的见证人是家里的%(witness)s，他没有另外确认过")
SEEN_ON_PAPER = N_("%(officer)s号工作人员拍的照，%(witness)s号同事用自己的账号核对过")
METHOD_PLAIN = {
    "own_phone": N_("自己的手机"),
    "counter": N_("窗口"),
    "paper": N_("纸上"),
}


def words_for_others(part: AuthorizationPart) -> str:
    """How a part stands, for the household and for officers: what was chosen in silence stays silent."""
    return PART_WORDS[part.state]


def words_of_presence(said: Mapping[str, Any]) -> tuple[str, dict[str, str]] | None:
    """Who was there beside the signer by a record, and what is proved of it; None on one's own phone.

    A sentence for translation, and its values.
    """
    if counter := said.get("counter"):
        witness = counter["witness"]
        values = {"officer": counter["officer"], "witness": witness.get("work_number") or witness["name"]}
        if witness["kind"] == "family":
            return NAMED_RELATIVE, values
        return CONFIRMED_BY_COLLEAGUE if "confirmed_at" in witness else NAMED_COLLEAGUE, values
    if paper := said.get("paper"):
        return SEEN_ON_PAPER, {"officer": paper["photographed_by"], "witness": paper["confirmed_by"]}
    return None
