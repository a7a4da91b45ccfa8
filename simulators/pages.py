"""The desk's pages: codes to give out, messages sent, platforms and sources to break and mend."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, current_app, render_template, request

from infrastructure import clock
from infrastructure.settings import Settings
from simulators import desk, source_list
from simulators.faults import world
from simulators.people import Person, named_people
from simulators.world import SERVICE_STATES, SOURCE_STATES

MESSAGES_AT_THE_DESK = 8
RENEWED_SECONDS = 3
CODES_SHOWN = 10
KINDS = {"login": "微信登录", "phone": "微信手机号", "ticket": "浙里办登录"}
# Where the platform would send a person who has this code.
DOORS = {"login": "/sign-in/wechat?code=", "ticket": "/sign-in/zlb?ticket="}
SERVICE_NAMES = {"wechat": "微信", "zlb": "浙里办", "sms": "短信网关"}
STORIES = {
    "chen": "陈家：钱包和小车没说",
    "zhou": "周福根：特困，一个人",
    "shen": "沈家：单亲妈妈",
    "jin": "金家：得了大病",
    "wu": "吴家：二级残疾",
    "xu": "徐家：老人有监护人",
    "yao": "姚家：儿子要分户",
    "ni": "倪家：十七岁自己挣钱",
    "pan": "潘家：低边，儿子在外",
    "feng": "冯家：刚生了孩子",
    "he": "何家：老伴刚去世",
    "dong": "董家：户主在服刑",
}
WORDS = {
    "ok": "正常",
    "down": "连不上",
    "slow": "很慢",
    "busy": "忙",
    "rate_limited": "限流",
    "blocked": "封了",
    "rubbish": "答的是乱码",
    "forged": "答案没盖对章",
    "nonsense": "答案不像话",
    "wrong_person": "答成别人",
    "pending": "还在查",
    "lost": "答案丢了",
    "flaky": "时好时坏",
}

blueprint = Blueprint("pages", __name__)


@blueprint.get("/")
def show_desk(error: str = "") -> str:
    """Codes to give out, and the newest messages."""
    with world().locked():
        issued = [one for one in reversed(world().codes.values()) if one.kind in KINDS][:CODES_SHOWN]
        return _page(
            "desk.html",
            "验证码",
            error=error,
            issued=issued,
            kinds=KINDS,
            doors=DOORS,
            stories=_stories(),
            names=STORIES,
            messages=desk.messages_to("")[:MESSAGES_AT_THE_DESK],
            typed=_typed(),
        )


@blueprint.get("/messages")
def show_messages() -> str:
    """Every message sent, on a page that renews itself where somebody wants it to."""
    refresh = RENEWED_SECONDS if "renew" in request.args else 0
    return _page("messages.html", "短信", refresh=refresh, messages=desk.messages_to(""))


@blueprint.get("/registers")
def show_registers(error: str = "") -> str:
    """Every platform and data source with its state."""
    with world().locked():
        services = {name: fault.state for name, fault in world().services.items()}
    return _page(
        "registers.html",
        "数据源",
        error=error,
        services=services,
        service_names=SERVICE_NAMES,
        service_states=SERVICE_STATES,
        sources=[desk.source_row(code) for code in source_list.codes()],
        source_states=SOURCE_STATES,
        words=WORDS,
    )


def _page(template: str, title: str, **values: Any) -> str:
    return render_template(
        template,
        title=title,
        now=clock.now().astimezone(clock.SHANGHAI),
        shanghai=clock.SHANGHAI,
        product=product_address(),
        by_phone={one.phone: one.name for one in named_people().values() if one.phone},
        **values,
    )


def product_address() -> str:
    """Where the county's portal is for whoever looks at the desk, from this machine or from another."""
    settings: Settings = current_app.config["HUIMIN"]
    if settings.host not in ("127.0.0.1", "localhost"):
        return settings.base_url
    seen = urlsplit(f"//{request.host}").hostname or settings.host
    return f"http://{f'[{seen}]' if ':' in seen else seen}:{settings.port}"


def _stories() -> dict[str, list[Person]]:
    found: dict[str, list[Person]] = {}
    for one in named_people().values():
        found.setdefault(one.story, []).append(one)
    return found


def _typed() -> dict[str, str]:
    given = request.form
    is_ticket = "resident_id" in given
    phone = given.get("phone", "")
    return {
        "phone": "" if is_ticket else phone,
        "name": given.get("name", ""),
        "resident_id": given.get("resident_id", ""),
        "zlb_phone": phone if is_ticket else "",
    }
