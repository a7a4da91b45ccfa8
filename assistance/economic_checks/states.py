"""The states of questions and reports in words, for pages; the faces translate them on showing."""

from __future__ import annotations

from infrastructure.languages import N_

ASKABLE = frozenset({"waiting", "unreachable", "wrong_answer"})
"""A question that is still to be asked, or asked again."""
KNOWN = frozenset({"answered", "nothing_found"})
"""A source has said what it knows."""

TASK_WORDS = {
    "waiting": N_("正在核验"),
    "answered": N_("查到了"),
    "nothing_found": N_("查过了，那里没有记录"),
    "unreachable": N_("暂时取不到"),
    "wrong_answer": N_("对方答得不对，没有采用"),
    "not_authorised": N_("没有授权，没有查"),
    "approval_ended": N_("数据共享审批不在了，没有查"),
    "dropped": N_("授权收回了，没有再查"),
    "reused": N_("有认定好的身份，不用再查"),
}
PROBLEM_WORDS = {
    "slow": N_("等了太久"),
    "down": N_("连不上"),
    "off": N_("没有接通"),
    "busy": N_("对方忙"),
    "refused": N_("对方不认我们的证明"),
    "failed": N_("我们这边出了错"),
    "no_drop": N_("部门还没有交表"),
    "rubbish": N_("答的看不懂"),
    "unsigned": N_("答的没有对方的印记"),
    "wrong_person": N_("答的是别人"),
    "wrong_request": N_("答的不是这次问的"),
    "wrong_items": N_("答的内容和问的对不上"),
    "no_number": N_("还没有身份证号"),
    "not_authorised": N_("没有授权"),
    "source_closed": N_("这个来源现在不能查"),
    "withdrawn": N_("授权收回了"),
}
CHECK_WORDS = {
    "running": N_("还在核对"),
    "complete": N_("核对完了"),
    "stopped": N_("停下了"),
}
LINE_WORDS = {
    "same": N_("一样"),
    "differs": N_("不一样"),
    "only_checked": N_("家里没说，登记里有这一项"),
    "partial": N_("还没有取全"),
    "unknown": N_("还不知道"),
    "contested": N_("家里说不对，正在请对方核实"),
}
SEEN_IN_PART = N_("登记里只看得到一部分")
"""Every source has answered, and yet none of them sees everything: no register sees cash."""
NOTHING_EITHER = N_("家里没说，登记里也没有")
CONTEST_WORDS = {
    "asked": N_("正在请对方核实"),
    "corrected": N_("对方改了"),
    "upheld": N_("对方说没有错"),
    "withdrawn": N_("您收回了"),
}


def words_of_problem(problem: str | None) -> str:
    """Why a source did not answer, in words; empty where there is no problem."""
    return PROBLEM_WORDS.get(problem or "", "")
