"""Where the staff side leads to, and which permission opens each place."""

from __future__ import annotations

from dataclasses import dataclass

from assistance.permissions import Permission
from infrastructure.languages import N_


@dataclass(frozen=True)
class Place:
    """One place in the staff side's navigation, shown to whoever may open it."""

    endpoint: str
    title: str
    permission: Permission


# Only places whose pages exist: a new noun adds its place here.
PLACES = (
    Place("admin.show_desk", N_("我的工作台"), Permission.DESK_OPEN),
    Place("admin.list_households", N_("家庭档案"), Permission.HOUSEHOLDS_LIST),
    Place("admin.list_authorization_requests", N_("授权"), Permission.AUTHORIZATIONS_READ),
    Place("admin.list_authorizations_to_protect", N_("要护着的人"), Permission.AUTHORIZATIONS_PROTECT),
    Place("admin.list_economic_checks", N_("经济状况核对"), Permission.CHECKS_READ),
    Place("admin.list_corrections", N_("要核实的数据"), Permission.CHECKS_ANSWER),
    Place("admin.list_source_drops", N_("交部门的表"), Permission.SOURCES_DROP),
    Place("admin.list_rights_requests", N_("居民要改、要删的"), Permission.RIGHTS_ANSWER),
    Place("admin.list_legal_holds", N_("先不删的"), Permission.RETENTION_HOLD),
    Place("admin.list_log", N_("日志"), Permission.LOG_READ),
    Place("admin.show_retention", N_("保存多久"), Permission.RETENTION_READ),
    Place("admin.list_minor_approvals", N_("未成年人资料"), Permission.MINORS_APPROVE),
    Place("admin.list_look_objections", N_("居民的疑问"), Permission.OBJECTIONS_ANSWER),
    Place("admin.list_sealed_looks", N_("暂不展示的查看"), Permission.SEALED_LOOKS_ASK),
    Place("admin.list_staff", N_("工作人员"), Permission.STAFF_READ),
    Place("admin.list_roles", N_("岗位"), Permission.STAFF_READ),
    Place("admin.list_relatives", N_("近亲属备案名册"), Permission.RELATIVES_READ),
    Place("admin.list_own_relatives", N_("我的近亲属备案"), Permission.RELATIVES_DECLARE),
    Place("admin.list_sign_ins", N_("我的账号"), Permission.DESK_OPEN),
)
