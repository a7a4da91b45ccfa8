"""The blueprint of everything that staff open; only from the networks that the county allows."""

from __future__ import annotations

from flask import Blueprint, Response, request

from infrastructure.languages import N_
from web.errors import answer
from web.services import services

NOT_FROM_HERE = N_("工作人员的页面只能在县里允许的网络上打开。请换到办公网络，或者联系系统管理员。")

blueprint = Blueprint("admin", __name__, url_prefix="/admin")


@blueprint.before_request
def refuse_other_networks() -> Response | None:
    """Staff work from the networks that the settings name, and nowhere else (GA-19)."""
    if services().settings.is_staff_network(request.remote_addr or ""):
        return None
    return answer(403, NOT_FROM_HERE)
