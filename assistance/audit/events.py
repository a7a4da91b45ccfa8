"""What the log can say: every kind of act and look, each with exactly the fields that its entries have."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from assistance.audit.kinds import (
    SEEN,
    Kind,
    UndeclaredEntry,
    is_code,
    is_codes,
    is_count,
    is_day,
    is_figure,
    is_flag,
    is_reference,
    is_text,
)
from infrastructure.languages import N_


class Event(StrEnum):
    """One kind of act or look."""

    STANDARD_SET = "standard_set"
    HELP_REQUEST_SENT = "help_request_sent"
    HELP_REQUEST_CORRECTED = "help_request_corrected"
    HELP_REQUEST_WITHDRAWN = "help_request_withdrawn"
    HELP_REQUEST_SHOWN = "help_request_shown"
    AUTHORIZATION_OPENED = "authorization_opened"
    AUTHORIZATION_ANSWERED = "authorization_answered"
    AUTHORIZATION_DECLINED = "authorization_declined"
    AUTHORIZATION_WITHDRAWN = "authorization_withdrawn"
    AUTHORIZATION_ENDED = "authorization_ended"
    AUTHORIZATION_ASKED_ANEW = "authorization_asked_anew"
    AUTHORIZATION_REMINDED = "authorization_reminded"
    AUTHORIZATION_CLOSED = "authorization_closed"
    AUTHORIZATION_PAPER_TAKEN = "authorization_paper_taken"
    AUTHORIZATION_PAPER_REFUSED = "authorization_paper_refused"
    AUTHORIZATION_COUNTER_TAKEN = "authorization_counter_taken"
    AUTHORIZATION_COUNTER_REFUSED = "authorization_counter_refused"
    AUTHORIZATION_COUNTER_TAKEN_BACK = "authorization_counter_taken_back"
    AUTHORIZATION_REVIEWED = "authorization_reviewed"
    AUTHORIZATION_SHOWN = "authorization_shown"
    ANSWERS_KEPT = "answers_kept"
    ANSWERS_OPENED = "answers_opened"
    ANSWERS_DELETED = "answers_deleted"
    EXPIRED_DELETED = "expired_deleted"
    MESSAGE_SENT = "message_sent"
    MESSAGE_READ = "message_read"
    JOB_RETRIED = "job_retried"
    HOUSEHOLD_OPENED = "household_opened"
    HOUSEHOLDS_IMPORTED = "households_imported"
    HOUSEHOLDS_STAGED = "households_staged"
    HOUSEHOLD_IMPORT_GIVEN_UP = "household_import_given_up"
    HOUSEHOLD_LINE_RECORDED = "household_line_recorded"
    MEMBER_LINE_RECORDED = "member_line_recorded"
    HOUSEHOLD_EVENT_RECORDED = "household_event_recorded"
    MEMBER_EVENT_RECORDED = "member_event_recorded"
    HOUSEHOLDS_LISTED = "households_listed"
    HOUSEHOLDS_SWEPT = "households_swept"
    HOUSEHOLD_SHOWN = "household_shown"
    NUMBER_REVEALED = "number_revealed"
    NUMBER_COMPARED = "number_compared"
    CODE_SENT = "code_sent"
    SIGNED_IN = "signed_in"
    SIGN_IN_FAILED = "sign_in_failed"
    STEPPED_UP = "stepped_up"
    SESSION_ENDED = "session_ended"
    IDENTITY_BOUND = "identity_bound"
    PHONE_RECORDED = "phone_recorded"
    PHONE_REPORTED_CHANGED = "phone_reported_changed"
    SLIP_ISSUED = "slip_issued"
    REFRESH_REUSED = "refresh_reused"
    DATA_EXPORTED = "data_exported"
    OWN_DATA_DELETED = "own_data_deleted"
    DATA_WISH_SAID = "data_wish_said"
    RIGHTS_ASKED = "rights_asked"
    RIGHTS_ANSWERED = "rights_answered"
    RIGHTS_WITHDRAWN = "rights_withdrawn"
    RIGHTS_SHOWN = "rights_shown"
    HOLD_PUT = "hold_put"
    HOLD_LIFT_ASKED = "hold_lift_asked"
    HOLD_LIFTED = "hold_lifted"
    RETENTION_RAN = "retention_ran"
    LOOK_OBJECTED = "look_objected"
    LOOK_OBJECTION_ANSWERED = "look_objection_answered"
    LOOK_OBJECTION_SHOWN = "look_objection_shown"
    LOOKS_SEALED_ASKED = "looks_sealed_asked"
    LOOKS_SEALED_DECIDED = "looks_sealed_decided"
    MINOR_APPROVAL_ASKED = "minor_approval_asked"
    MINOR_APPROVAL_DECIDED = "minor_approval_decided"
    CHECK_STARTED = "check_started"
    CHECK_REPORTED = "check_reported"
    CHECK_SHOWN = "check_shown"
    QUERY_SENT = "query_sent"
    QUERY_ANSWERED = "query_answered"
    QUERY_DROPPED = "query_dropped"
    QUERY_REFUSED = "query_refused"
    RESULT_DESTROYED = "result_destroyed"
    LINE_CONTESTED = "line_contested"
    CONTEST_WITHDRAWN = "contest_withdrawn"
    CORRECTION_ANSWERED = "correction_answered"
    CORRECTION_SHOWN = "correction_shown"
    PAPER_ASKED = "paper_asked"
    SOURCE_DROP_STAGED = "source_drop_staged"
    SOURCE_DROP_DECIDED = "source_drop_decided"
    STAFF_INVITED = "staff_invited"
    STAFF_INVITATION_APPROVED = "staff_invitation_approved"
    STAFF_JOINED = "staff_joined"
    STAFF_LOCKED = "staff_locked"
    STAFF_VIEWED_TOO_OFTEN = "staff_viewed_too_often"
    STAFF_DISABLED = "staff_disabled"
    STAFF_ENABLED = "staff_enabled"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 - the name of an event
    RECOVERY_CODES_MADE = "recovery_codes_made"
    RECOVERY_CODE_USED = "recovery_code_used"
    ROLE_GRANTED = "role_granted"
    ROLE_APPROVED = "role_approved"
    ROLE_DECLINED = "role_declined"
    ROLE_ENDED = "role_ended"
    RELATIVE_DECLARED = "relative_declared"
    RELATIVE_ENDED = "relative_ended"
    RELATIVES_SIGNED = "relatives_signed"
    RELATIVES_SHOWN = "relatives_shown"
    LOG_LISTED = "log_listed"
    LOG_ENTRY_SHOWN = "log_entry_shown"
    LOG_EXPORTED = "log_exported"
    LOG_VERIFIED = "log_verified"


# A role as it is held: whose, which, where.
HELD = {"account": is_reference, "role": is_code, "division": is_code}
# What every question to a data source says of itself.
ASKED = {"source": is_code, "authorization": is_reference}
KINDS: dict[Event, Kind] = {
    Event.STANDARD_SET: Kind(
        N_("定下一项标准"),
        "standard",
        {
            "setting": is_code,
            "division": is_code,
            "from": is_day,
            "value": is_figure,
            "document": is_text,
            "issuer": is_code,
            "to_be_confirmed": is_flag,
        },
    ),
    Event.HELP_REQUEST_SENT: Kind(N_("送来一张求助"), "help_request", is_about_a_person=True),
    Event.HELP_REQUEST_CORRECTED: Kind(N_("改了一张求助"), "help_request", is_about_a_person=True),
    Event.HELP_REQUEST_WITHDRAWN: Kind(N_("撤回一张求助"), "help_request", is_about_a_person=True),
    Event.HELP_REQUEST_SHOWN: Kind(
        N_("查看一张求助"), "help_request", SEEN, is_about_a_person=True, is_look=True
    ),
    Event.AUTHORIZATION_OPENED: Kind(
        N_("请了一家人授权"),
        "authorization_request",
        {"purpose": is_code, "sources": is_count, "parts": is_count, "deadline": is_day},
    ),
    # A signature and a silent no are written alike: what was chosen stands only in the salted commitment.
    Event.AUTHORIZATION_ANSWERED: Kind(
        N_("回复一项授权"),
        "authorization_part",
        {"capacity": is_code, "method": is_code},
        is_about_a_person=True,
    ),
    Event.AUTHORIZATION_DECLINED: Kind(N_("没有同意授权"), "authorization_part", is_about_a_person=True),
    Event.AUTHORIZATION_WITHDRAWN: Kind(
        N_("收回一项授权"), "authorization_part", {"method": is_code}, is_about_a_person=True
    ),
    Event.AUTHORIZATION_ENDED: Kind(
        N_("一项授权不再算数"),
        "authorization_part",
        {"because": is_code},
        is_about_a_person=True,
        withheld=("because",),
    ),
    Event.AUTHORIZATION_ASKED_ANEW: Kind(
        N_("情况变了，重新请人授权"),
        "authorization_part",
        {"because": is_code},
        is_about_a_person=True,
        withheld=("because",),
    ),
    Event.AUTHORIZATION_REMINDED: Kind(
        N_("提醒还没有回复授权的人"), "authorization_part", {"count": is_count}, is_about_a_person=True
    ),
    Event.AUTHORIZATION_CLOSED: Kind(N_("一份授权收齐或者到期"), "authorization_request", {"state": is_code}),
    Event.AUTHORIZATION_PAPER_TAKEN: Kind(
        N_("拍下纸上签的授权"), "authorization_part", is_about_a_person=True
    ),
    Event.AUTHORIZATION_PAPER_REFUSED: Kind(
        N_("纸上签的授权没有核对上"), "authorization_part", is_about_a_person=True
    ),
    Event.AUTHORIZATION_COUNTER_TAKEN: Kind(
        N_("窗口签了一项授权，等见证的同事确认"), "authorization_part", is_about_a_person=True
    ),
    Event.AUTHORIZATION_COUNTER_REFUSED: Kind(
        N_("见证的同事没有确认窗口签的授权"), "authorization_part", is_about_a_person=True
    ),
    Event.AUTHORIZATION_COUNTER_TAKEN_BACK: Kind(
        N_("收回一项还没有确认的窗口签字"), "authorization_part", is_about_a_person=True
    ),
    Event.AUTHORIZATION_REVIEWED: Kind(N_("核验一项授权"), "authorization_part", is_about_a_person=True),
    Event.AUTHORIZATION_SHOWN: Kind(
        N_("查看授权办到哪一步"), "authorization_part", SEEN, is_about_a_person=True, is_look=True
    ),
    Event.ANSWERS_KEPT: Kind(N_("存下一份答案"), "saved_answers"),
    Event.ANSWERS_OPENED: Kind(N_("打开保存的答案"), "saved_answers", SEEN, is_look=True),
    Event.ANSWERS_DELETED: Kind(N_("删掉保存的答案"), "saved_answers"),
    Event.DATA_EXPORTED: Kind(
        N_("取走一份自己的信息"), None, {"format": is_code, "rows": is_count}, is_about_a_person=True
    ),
    Event.OWN_DATA_DELETED: Kind(
        N_("删掉自己的一类信息"), None, {"what": is_code, "count": is_count}, is_about_a_person=True
    ),
    Event.DATA_WISH_SAID: Kind(N_("说好过世以后信息给谁看"), None, is_about_a_person=True),
    Event.RIGHTS_ASKED: Kind(
        N_("请单位更正或者删除信息"),
        "rights_request",
        {"kind": is_code, "about": is_code},
        is_about_a_person=True,
        withheld=("about",),
    ),
    Event.RIGHTS_ANSWERED: Kind(
        N_("答复更正或者删除的请求"),
        "rights_request",
        {"outcome": is_code, "reason": is_code},
        is_about_a_person=True,
    ),
    Event.RIGHTS_WITHDRAWN: Kind(N_("收回一次请求"), "rights_request", is_about_a_person=True),
    Event.RIGHTS_SHOWN: Kind(
        N_("查看更正或者删除的请求"), "rights_request", SEEN, is_about_a_person=True, is_look=True
    ),
    Event.HOLD_PUT: Kind(N_("要求先不删"), "legal_hold", {"scope": is_code}),
    Event.HOLD_LIFT_ASKED: Kind(N_("申请不再保留"), "legal_hold", {"scope": is_code}),
    Event.HOLD_LIFTED: Kind(N_("第二个人同意不再保留"), "legal_hold", {"scope": is_code}),
    Event.RETENTION_RAN: Kind(
        N_("按保存期限清理了一遍"), "retention_run", {"deleted": is_count, "held": is_count}
    ),
    Event.LOOK_OBJECTED: Kind(N_("对一次查看有疑问"), "look_objection", is_about_a_person=True),
    Event.LOOK_OBJECTION_ANSWERED: Kind(N_("答复对查看的疑问"), "look_objection", is_about_a_person=True),
    Event.LOOK_OBJECTION_SHOWN: Kind(
        N_("查看对查看的疑问"), "look_objection", SEEN, is_about_a_person=True, is_look=True
    ),
    Event.LOOKS_SEALED_ASKED: Kind(
        N_("申请暂不展示查看"), "sealed_look", {"of": is_reference, "until": is_day}
    ),
    Event.LOOKS_SEALED_DECIDED: Kind(
        N_("决定是否暂不展示查看"), "sealed_look", {"of": is_reference, "until": is_day, "approved": is_flag}
    ),
    Event.MINOR_APPROVAL_ASKED: Kind(N_("申请了打开未成年人资料"), "minor_approval", is_about_a_person=True),
    Event.MINOR_APPROVAL_DECIDED: Kind(
        N_("决定是否打开未成年人的资料"), "minor_approval", {"approved": is_flag}, is_about_a_person=True
    ),
    Event.CHECK_STARTED: Kind(
        N_("开始一次核对"), "economic_check", {"members": is_count, "questions": is_count}
    ),
    Event.CHECK_REPORTED: Kind(N_("写好一份核对报告"), "economic_check", {"edition": is_count}),
    Event.CHECK_SHOWN: Kind(N_("查看核对报告"), "economic_check", SEEN, is_about_a_person=True, is_look=True),
    Event.QUERY_SENT: Kind(N_("向数据来源发出查询"), "check_task", ASKED, is_about_a_person=True),
    Event.QUERY_ANSWERED: Kind(
        N_("收到数据来源的回答"),
        "check_task",
        {**ASKED, "outcome": is_code},
        is_about_a_person=True,
        is_told=True,
        withheld=("outcome",),
    ),
    Event.QUERY_DROPPED: Kind(
        N_("丢掉一个回答：授权已经不在"),
        "check_task",
        {**ASKED, "because": is_code},
        is_about_a_person=True,
        is_told=True,
    ),
    Event.QUERY_REFUSED: Kind(
        N_("没有查：不能查"), "check_task", {"source": is_code, "because": is_code}, is_about_a_person=True
    ),
    Event.RESULT_DESTROYED: Kind(
        N_("销毁一份核对结果"), "check_result", {"source": is_code}, is_about_a_person=True
    ),
    Event.LINE_CONTESTED: Kind(
        N_("说一项核对结果不对"),
        "contested_line",
        {"source": is_code, "item": is_code},
        is_about_a_person=True,
        withheld=("item",),
    ),
    Event.CONTEST_WITHDRAWN: Kind(N_("收回一次不对的说法"), "contested_line", is_about_a_person=True),
    Event.CORRECTION_ANSWERED: Kind(
        N_("数据单位答复更正"),
        "contested_line",
        {"source": is_code, "outcome": is_code},
        is_about_a_person=True,
        withheld=("outcome",),
    ),
    Event.CORRECTION_SHOWN: Kind(
        N_("查看一次更正请求"), "contested_line", SEEN, is_about_a_person=True, is_look=True
    ),
    Event.PAPER_ASKED: Kind(
        N_("数据来源不通，请居民带材料"),
        "check_task",
        {"source": is_code, "because": is_code},
        is_about_a_person=True,
    ),
    Event.SOURCE_DROP_STAGED: Kind(
        N_("交来一张部门的表"), "source_drop", {"source": is_code, "rows": is_count, "problems": is_count}
    ),
    Event.SOURCE_DROP_DECIDED: Kind(
        N_("启用或放弃一张部门的表"), "source_drop", {"source": is_code, "outcome": is_code}
    ),
    Event.HOUSEHOLD_OPENED: Kind(N_("建立一户的档案"), "household", {"source": is_code, "members": is_count}),
    Event.HOUSEHOLDS_STAGED: Kind(
        N_("读入一张表格，还没有登记"), "household_import", {"households": is_count, "problems": is_count}
    ),
    Event.HOUSEHOLD_IMPORT_GIVEN_UP: Kind(N_("放弃一张读入的表格"), "household_import"),
    Event.HOUSEHOLDS_IMPORTED: Kind(
        N_("登记一批家庭"),
        "household_import",
        {"households": is_count, "people": is_count, "lines": is_count},
    ),
    Event.HOUSEHOLD_LINE_RECORDED: Kind(
        N_("登记全家的一项情况"),
        "household",
        {"fact": is_code, "standing": is_code, "source": is_code},
        withheld=("fact",),
    ),
    Event.MEMBER_LINE_RECORDED: Kind(
        N_("登记一个人的一项情况"),
        "household",
        {"fact": is_code, "standing": is_code, "source": is_code},
        is_about_a_person=True,
        withheld=("fact",),
    ),
    Event.HOUSEHOLD_EVENT_RECORDED: Kind(
        N_("登记一户的一件事"), "household", {"event": is_code}, withheld=("event",)
    ),
    Event.MEMBER_EVENT_RECORDED: Kind(
        N_("登记家里一个人的一件事"),
        "household",
        {"event": is_code},
        is_about_a_person=True,
        withheld=("event",),
    ),
    Event.HOUSEHOLDS_SWEPT: Kind(
        N_("按一项政策看一遍全县的家庭（没有名字）"), None, {"policy": is_code, "households": is_count}
    ),
    Event.HOUSEHOLDS_LISTED: Kind(N_("查看家庭名单（名字遮住）"), None, {"count": is_count}),
    Event.HOUSEHOLD_SHOWN: Kind(
        N_("查看一户的档案"), "household", SEEN, is_about_a_person=True, is_look=True
    ),
    Event.NUMBER_REVEALED: Kind(
        N_("查看完整的身份证号"), "household", SEEN, is_about_a_person=True, is_look=True
    ),
    Event.NUMBER_COMPARED: Kind(
        N_("核对身份证号后四位"),
        "household",
        {"matches": is_flag},
        is_about_a_person=True,
        withheld=("matches",),
    ),
    Event.EXPIRED_DELETED: Kind(N_("到期自动删除"), None, {"what": is_code, "count": is_count}),
    Event.MESSAGE_SENT: Kind(
        N_("发出一条消息"), "message", {"template": is_code, "channel": is_code}, is_about_a_person=True
    ),
    Event.MESSAGE_READ: Kind(N_("看了一条消息"), "message", is_about_a_person=True),
    Event.JOB_RETRIED: Kind(N_("让一件没办成的事再办一次"), "job", {"kind": is_code}),
    Event.CODE_SENT: Kind(N_("发出一个验证码"), "one_time_code", {"for": is_code}),
    Event.SIGNED_IN: Kind(N_("登录了"), "sign_in_session", {"by": is_code, "level": is_code}),
    Event.SIGN_IN_FAILED: Kind(N_("没有登录成功"), None, {"by": is_code, "because": is_code}),
    Event.STEPPED_UP: Kind(N_("再核实一次身份"), "sign_in_session", {"by": is_code, "level": is_code}),
    Event.SESSION_ENDED: Kind(N_("退出了登录"), "sign_in_session", {"because": is_code}),
    Event.IDENTITY_BOUND: Kind(
        N_("把登录方式绑到本人"), "sign_in_identity", {"with": is_code, "by": is_code}, is_about_a_person=True
    ),
    Event.PHONE_RECORDED: Kind(N_("登记了手机号"), "recorded_phone", {"by": is_code}, is_about_a_person=True),
    Event.PHONE_REPORTED_CHANGED: Kind(N_("说明手机号换了"), "recorded_phone", is_about_a_person=True),
    Event.SLIP_ISSUED: Kind(N_("发出激活码纸条"), "activation_slip", is_about_a_person=True),
    Event.STAFF_INVITED: Kind(N_("邀请一名工作人员"), "staff_account", {"kind": is_code}),
    Event.STAFF_INVITATION_APPROVED: Kind(N_("第二个人同意补发邀请"), "staff_account"),
    Event.STAFF_JOINED: Kind(N_("工作人员设好密码和动态码"), "staff_account", {"kind": is_code}),
    Event.STAFF_LOCKED: Kind(N_("试错太多，账号锁住一会儿"), "staff_account", {"step": is_code}),
    Event.STAFF_VIEWED_TOO_OFTEN: Kind(
        N_("一天里打开的档案太多，已经停住"), "staff_account", {"most": is_count}
    ),
    Event.STAFF_DISABLED: Kind(N_("停用一个工作账号"), "staff_account", {"roles": is_count}),
    Event.STAFF_ENABLED: Kind(N_("恢复一个工作账号"), "staff_account"),
    Event.PASSWORD_CHANGED: Kind(N_("换了密码"), "staff_account"),
    Event.RECOVERY_CODES_MADE: Kind(N_("换了一组恢复码"), "staff_account", {"count": is_count}),
    Event.RECOVERY_CODE_USED: Kind(N_("用掉一个恢复码"), "staff_account", {"left": is_count}),
    Event.ROLE_GRANTED: Kind(
        N_("授予了一个岗位"), "role_assignment", {**HELD, "from": is_day, "needs_a_second": is_flag}
    ),
    Event.ROLE_APPROVED: Kind(N_("第二个人同意授予岗位"), "role_assignment", HELD),
    Event.ROLE_DECLINED: Kind(N_("第二个人没有同意授予岗位"), "role_assignment", HELD),
    Event.ROLE_ENDED: Kind(N_("收回一个岗位"), "role_assignment", HELD),
    Event.RELATIVE_DECLARED: Kind(
        N_("备案一名近亲属"), "declared_relative", {"relation": is_code}, withheld=("relation",)
    ),
    Event.RELATIVE_ENDED: Kind(N_("撤下一名备案的近亲属"), "declared_relative"),
    Event.RELATIVES_SIGNED: Kind(N_("确认近亲属备案没有遗漏"), "staff_account", {"count": is_count}),
    Event.RELATIVES_SHOWN: Kind(
        N_("查看近亲属备案"), "declared_relative", SEEN, is_about_a_person=True, is_look=True
    ),
    # Who reads the log sees references and nobody's data, so reading it is an act and no look at a person.
    Event.LOG_LISTED: Kind(N_("翻看日志"), None, {"count": is_count, "by": is_codes}),
    Event.LOG_ENTRY_SHOWN: Kind(N_("打开日志里的一条"), "audit_entry"),
    Event.LOG_EXPORTED: Kind(N_("导出日志"), None, {"rows": is_count, "by": is_codes}),
    Event.LOG_VERIFIED: Kind(
        N_("核对日志有没有被改过"),
        None,
        {"sound": is_flag, "entries": is_count, "witnessed": is_count, "problems": is_count},
    ),
    Event.REFRESH_REUSED: Kind(N_("旧的登录凭证被再次使用，已全部作废"), "sign_in_session"),
}


def check_declared(
    event: Event, object_ref: str | None, subject_ref: str | None, fields: Mapping[str, Any]
) -> Kind:
    """The kind of an entry, or UndeclaredEntry naming what is missing, unknown or of the wrong form."""
    kind = KINDS[event]
    wrong = sorted(fields.keys() ^ kind.fields.keys())
    wrong += sorted(
        name for name, is_fit in kind.fields.items() if name in fields and not is_fit(fields[name])
    )
    if (object_ref is None) != (kind.object_type is None):
        wrong.append("object_ref")
    if (subject_ref is None) == kind.is_about_a_person:
        wrong.append("subject_ref")
    wrong += [
        name
        for name, value in (("object_ref", object_ref), ("subject_ref", subject_ref))
        if value is not None and not is_reference(value)
    ]
    if wrong:
        raise UndeclaredEntry(f"{event.value}: {', '.join(wrong)}")
    return kind
