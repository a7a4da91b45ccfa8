"""What the list of looks says for a purpose and for a class of data, in a resident's words."""

from __future__ import annotations

from infrastructure.languages import N_

# A purpose that is not named here cannot be written: a resident would read a code.
PURPOSES = {
    "household_file": N_("办理您家的救助"),
    "authorization": N_("请您家授权核对"),
    "counter_signing": N_("在窗口帮您签字"),
    "counter_witness": N_("确认您在窗口签字时在场"),
    "paper_signing": N_("确认您在纸上签的字"),
    "economic_check": N_("核对您家的收入和财产"),
    "check_report": N_("看核对的结果"),
    "correction": N_("处理您说不对的地方"),
    "identity_confirmation": N_("确认是您本人"),
    "contact": N_("要联系您"),
    "home_visit": N_("上门看望"),
    "help_request": N_("处理您的求助"),
    "rights_request": N_("答复您的申请"),
    "objection": N_("答复您的疑问"),
    "protection": N_("保护您的意愿"),
    "import": N_("录入您家的资料"),
    "supervision": N_("监督检查"),
    "separation_of_duties": N_("避免工作人员办自家亲属的事"),
}

DATA_CLASS_WORDS = {
    "answers": N_("回答"),
    "contact": N_("联系方式"),
    "name": N_("姓名"),
    "village": N_("村"),
    "identity_number": N_("身份证号"),
    "address": N_("住址"),
    "relations": N_("家庭关系"),
    "health": N_("健康和残疾"),
    "schooling": N_("上学"),
    "work": N_("工作"),
    "income": N_("收入"),
    "spending": N_("支出"),
    "property": N_("存款和财产"),
    "housing": N_("住房"),
    "status": N_("正在享受的救助"),
    "events": N_("家里的变动"),
    "authorization_state": N_("授权情况"),
    "signature": N_("签名"),
    "check_results": N_("核对结果"),
    "relatives": N_("申报的亲属"),
}
