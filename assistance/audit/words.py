"""What the log's codes are called where somebody reads it."""

from __future__ import annotations

from infrastructure.languages import N_

ACTOR_WORDS = {
    "anonymous": N_("没有登录的人"),
    "operator": N_("运维人员"),
    "resident": N_("居民"),
    "staff": N_("工作人员"),
    "system": N_("系统"),
}
RESULT_WORDS = {"done": N_("办成了"), "refused": N_("没有准许"), "failed": N_("没有办成")}
OBJECT_WORDS = {
    "activation_slip": N_("激活码纸条"),
    "audit_entry": N_("日志里的一条"),
    "authorization_part": N_("一个人的授权"),
    "authorization_request": N_("一家的授权请求"),
    "check_result": N_("核对结果"),
    "check_task": N_("一次查询"),
    "contested_line": N_("有异议的一项"),
    "declared_relative": N_("近亲属备案"),
    "economic_check": N_("经济状况核对"),
    "help_request": N_("求助"),
    "household": N_("家庭档案"),
    "household_import": N_("登记用的表格"),
    "job": N_("后台的一件事"),
    "legal_hold": N_("先不删的要求"),
    "look_objection": N_("对查看的疑问"),
    "message": N_("消息"),
    "minor_approval": N_("未成年人资料的批准"),
    "one_time_code": N_("验证码"),
    "recorded_phone": N_("登记的手机号"),
    "retention_run": N_("一次清理"),
    "rights_request": N_("更正或者删除的请求"),
    "role_assignment": N_("岗位"),
    "saved_answers": N_("保存的答案"),
    "sealed_look": N_("暂不展示的查看"),
    "sign_in_identity": N_("登录方式"),
    "sign_in_session": N_("一次登录"),
    "source_drop": N_("部门的表"),
    "staff_account": N_("工作账号"),
    "standard": N_("标准"),
}
