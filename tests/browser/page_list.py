"""Every page of the site with the way to it, so that no template goes unlooked at."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, nodes

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"
FRAMES = ("components/base.html", "components/admin_base.html")
MESSAGE, POLICY, LIST = 6 * 1024, 10 * 1024, 20 * 1024


@dataclass(frozen=True)
class Shown:
    """One page: its template, its address, whose browser opens it, and how heavy it may be.

    `whose` names a household of the stories, staff as staff:<role>[:<division>], or resident:<level>.
    """

    name: str
    template: str
    address: str
    whose: str = ""
    budget: int = MESSAGE
    status: int = 200

    @property
    def body_id(self) -> str:
        """The id that this page has on its body."""
        return body_id_of(self.template)


def _question(name: str, place: str, status: int = 200) -> Shown:
    return Shown(
        name, "portal/assessments/question.html", f"/assessment/questions/{place}", "family", status=status
    )


FIVE_POLICIES = (
    "minimum-living-allowance",
    "temporary-relief",
    "severe-disability-care-subsidy",
    "price-linked-subsidy",
    "medical-aid",
)

OPENED_BY_ADDRESS = (
    Shown("home", "portal/home/home.html", "/"),
    Shown("home with a draft", "portal/home/home.html", "/", "family"),
    Shown("intro", "portal/assessments/start.html", "/assessment"),
    Shown("intro with a draft", "portal/assessments/start.html", "/assessment", "family"),
    Shown("intro for a helper", "portal/assessments/start.html", "/assessment", "helper"),
    Shown("members, none yet", "portal/assessments/members.html", "/assessment/questions/2"),
    Shown("members", "portal/assessments/members.html", "/assessment/questions/2", "family"),
    _question("question 1", "1"),
    _question("question 2, a new member", "2/members/new"),
    _question("question 3", "3"),
    _question("question 4", "4"),
    _question("question 4, who earns", "4/earners"),
    _question("question 5", "5"),
    _question("question 5, business", "5/business"),
    _question("question 6", "6"),
    _question("question 7", "7"),
    _question("question 8", "8"),
    _question("question 8, certificate", "8/members/2"),
    _question("question 9", "9"),
    _question("question 10", "10"),
    _question("question 11", "11"),
    _question("question 11, homes", "11/homes"),
    _question("question 12", "12"),
    Shown("a question for a helper", "portal/assessments/question.html", "/assessment/questions/7", "helper"),
    Shown("review", "portal/assessments/review.html", "/assessment/review", "family"),
    Shown("review of little", "portal/assessments/review.html", "/assessment/review", "helper"),
    Shown("result", "portal/assessments/result.html", "/assessment/result", "family", LIST),
    Shown("result of little", "portal/assessments/result.html", "/assessment/result", "elder", LIST),
    Shown("urgent", "portal/assessments/urgent.html", "/assessment/urgent", "family"),
    Shown("save", "portal/assessments/save.html", "/assessment/save", "family"),
    Shown("return", "portal/assessments/return.html", "/assessment/return"),
    Shown("policies", "portal/policies/list.html", "/policies", budget=LIST),
    Shown("policies by department", "portal/policies/list.html", "/policies?by=department", budget=LIST),
    Shown("search", "portal/policies/search.html", "/policies?q=低保", budget=LIST),
    Shown("search in vain", "portal/policies/search.html", "/policies?q=xyzzy", budget=LIST),
    *(
        Shown(f"policy {code}", "portal/policies/show.html", f"/policies/{code}", budget=POLICY)
        for code in FIVE_POLICIES
    ),
    Shown("help request", "portal/help_requests/new.html", "/help-requests/new?policy=temporary-relief"),
    Shown("help request, withdrawn", "portal/help_requests/withdrawn.html", "/help-requests/withdrawn"),
    Shown("contact", "portal/information/contact.html", "/contact"),
    Shown("checkpoints", "portal/checkpoints/list.html", "/supervision/checkpoints"),
    Shown("problem of the JSON interface", "portal/problems/show.html", "/problems/VALIDATION"),
    Shown("privacy", "portal/information/privacy.html", "/privacy", budget=LIST),
    Shown("accessibility", "portal/information/accessibility.html", "/accessibility"),
    Shown("sign in", "portal/sign_in/phone.html", "/sign-in"),
    Shown("sign in, from 浙里办", "portal/sign_in/platform.html", "/sign-in/zlb"),
    Shown("sign in, from WeChat", "portal/sign_in/platform.html", "/sign-in/wechat"),
    Shown("sign in, whose household", "portal/sign_in/bind.html", "/sign-in/bind", "resident:L1"),
    Shown("sign in, once more", "portal/sign_in/step_up.html", "/sign-in/step-up", "resident:L2"),
    Shown("signed out", "portal/sign_in/signed_out.html", "/signed-out"),
    Shown("me", "portal/me/show.html", "/me", "resident:L3"),
    Shown("me, nobody yet", "portal/me/show.html", "/me", "resident:L1"),
    Shown("own sign-ins", "portal/account/sign_ins.html", "/me/sign-ins", "resident:L3"),
    Shown("own numbers", "portal/account/phones.html", "/me/phones", "resident:L3"),
    Shown("staff, sign in", "admin/sign_ins/start.html", "/admin/sign-in"),
    Shown("staff, sign-ins", "admin/own_account/sign_ins.html", "/admin/sessions", "staff:county_approver"),
    Shown("staff, desk", "admin/desk/show.html", "/admin/", "staff:village_officer:330482001001"),
    Shown("staff, password", "admin/own_account/password.html", "/admin/password", "staff:inspector"),
    Shown("staff, accounts", "admin/staff/list.html", "/admin/staff", "staff:system_administrator"),
    Shown("staff, roles", "admin/roles/list.html", "/admin/roles", "staff:security_administrator"),
    Shown("staff, refused", "admin/errors/refused.html", "/admin/staff", "staff:inspector", status=403),
    Shown("staff, own relatives", "admin/relatives/own.html", "/admin/relatives", "staff:village_officer"),
    Shown("staff, relatives", "admin/relatives/list.html", "/admin/relatives/register", "staff:inspector"),
    Shown("own data", "portal/rights/show.html", "/me/data", "resident:L3", LIST),
    Shown("own data, ask", "portal/rights/new.html", "/me/data/requests/new", "resident:L3"),
    Shown("own data, delete", "portal/rights/deletion.html", "/me/data/deletion", "resident:L3"),
    Shown("own data, of the dead", "portal/rights/relative.html", "/me/data/relatives", "resident:L3"),
    Shown("own data, wish", "portal/rights/wish.html", "/me/data/wish", "resident:L3"),
    Shown(
        "staff, rights", "admin/rights/list.html", "/admin/rights-requests", "staff:town_reviewer:330482001"
    ),
    Shown("staff, holds", "admin/rights/holds.html", "/admin/legal-holds", "staff:county_approver"),
    Shown("staff, log", "admin/log/list.html", "/admin/log", "staff:audit_administrator"),
    Shown("staff, log, export", "admin/log/export.html", "/admin/log/export", "staff:audit_administrator"),
    Shown("staff, retention", "admin/rights/retention.html", "/admin/retention", "staff:audit_administrator"),
    Shown("not found", "errors/404.html", "/no-such-page", status=404),
    Shown("not allowed so", "errors/error.html", "/assessment/clear", status=405),
)

# Pages that come only after something was done; test_pages.py does it.
REACHED_BY_DOING = {
    "wrong answers": "portal/assessments/question.html",
    "wrong members": "portal/assessments/members.html",
    "saved": "portal/assessments/saved.html",
    "return refused": "portal/assessments/return.html",
    "save refused": "portal/assessments/save.html",
    "printing failed": "portal/assessments/not_printed.html",
    "help request refused": "portal/help_requests/new.html",
    "help request, receipt": "portal/help_requests/receipt.html",
    "help request, withdraw": "portal/help_requests/withdraw.html",
    "sign in, the code": "portal/sign_in/code.html",
    "sign in, no number": "portal/sign_in/phone.html",
    "typed before": "portal/account/typed.html",
    "form too old": "errors/400.html",
    "too large": "errors/413.html",
    "wrong": "errors/422.html",
    "too often": "errors/429.html",
    "crashed": "errors/500.html",
    "no standards": "errors/503.html",
}


def framed_templates() -> set[str]:
    """Every template that becomes a page of its own: it extends a frame, directly or not."""
    parser = Environment(autoescape=True)
    parents = {
        path.relative_to(TEMPLATES).as_posix(): next(
            (
                found.template.value  # type: ignore[attr-defined]
                for found in parser.parse(path.read_text(encoding="utf-8")).find_all(nodes.Extends)
            ),
            None,
        )
        for path in TEMPLATES.rglob("*.html")
    }

    def is_framed(name: str | None) -> bool:
        return name is not None and (name in FRAMES or is_framed(parents[name]))

    return {
        name
        for name, parent in parents.items()
        if is_framed(parent) and not name.startswith("components/") and "/_" not in name
    }


def body_id_of(template: str) -> str:
    """The id that a page of this template has on its body."""
    return template.removesuffix(".html").replace("/", "-").replace("_", "-")
