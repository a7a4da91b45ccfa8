"""What can go wrong, by the stable words that programs read: one row a kind, which never changes its name."""

from __future__ import annotations

from dataclasses import dataclass

from infrastructure.languages import N_


@dataclass(frozen=True)
class Kind:
    """One kind of problem: its HTTP status and its heading."""

    status: int
    title: str


KINDS = {
    "BAD_REQUEST": Kind(400, N_("看不懂")),
    "IDEMPOTENCY_KEY_MISSING": Kind(400, N_("少了一个编号")),
    "SESSION_EXPIRED": Kind(401, N_("请先登录")),
    "LOGIN_CODE_INVALID": Kind(401, N_("登录没有接上")),
    "FORBIDDEN": Kind(403, N_("打不开")),
    "STEP_UP_REQUIRED": Kind(403, N_("要再核实一下")),
    "PLATFORM_BLOCKED": Kind(403, N_("账号暂时不能用")),
    "NAME_NOT_PROVEN": Kind(403, N_("还没有实名")),
    "NAME_DIFFERS": Kind(403, N_("名字对不上")),
    "NOT_FOUND": Kind(404, N_("没有找到")),
    "METHOD_NOT_ALLOWED": Kind(405, N_("不能这样用")),
    "NOT_ACCEPTABLE": Kind(406, N_("不能这样用")),
    "CONFLICT": Kind(409, N_("现在办不了")),
    "IN_PROGRESS": Kind(409, N_("正在办")),
    "GONE": Kind(410, N_("已经收回")),
    "PRECONDITION_FAILED": Kind(412, N_("内容有变化")),
    "TOO_LARGE": Kind(413, N_("太大了")),
    "ADDRESS_TOO_LONG": Kind(414, N_("地址太长")),
    "UNSUPPORTED_TYPE": Kind(415, N_("格式不对")),
    "VALIDATION": Kind(422, N_("填写有误")),
    "IDEMPOTENCY_REUSED": Kind(422, N_("编号用过了")),
    "UPGRADE_REQUIRED": Kind(426, N_("请更新")),
    "PRECONDITION_REQUIRED": Kind(428, N_("请先打开看一遍")),
    "RATE_LIMITED": Kind(429, N_("次数太多")),
    "INTERNAL": Kind(500, N_("我们这边出了错")),
    "UPSTREAM_UNAVAILABLE": Kind(503, N_("那边连不上")),
    "MAINTENANCE": Kind(503, N_("暂时用不了")),
}
"""Every kind of problem by its stable word."""

CODES = {
    400: "BAD_REQUEST",
    401: "SESSION_EXPIRED",
    403: "FORBIDDEN",
    404: "NOT_FOUND",
    405: "METHOD_NOT_ALLOWED",
    406: "NOT_ACCEPTABLE",
    409: "CONFLICT",
    410: "GONE",
    412: "PRECONDITION_FAILED",
    413: "TOO_LARGE",
    414: "ADDRESS_TOO_LONG",
    415: "UNSUPPORTED_TYPE",
    422: "VALIDATION",
    426: "UPGRADE_REQUIRED",
    428: "PRECONDITION_REQUIRED",
    429: "RATE_LIMITED",
    431: "TOO_LARGE",
    500: "INTERNAL",
    503: "MAINTENANCE",
}
"""The kind of a status that nothing says more of."""


def code_of(status: int) -> str:
    """The kind of a problem of which only the status is known."""
    return CODES.get(status, CODES[500 if status >= 500 else 400])
