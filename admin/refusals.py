"""How the staff side says no: in its own frame, so that nobody loses the way back to their work."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Response, request
from sqlalchemy.exc import SQLAlchemyError

from admin.pages import Desk, read_desk, render_desk_page
from infrastructure.languages import N_
from web.errors import ErrorFrame
from web.services import services

SENTENCES = {
    403: N_("您现在的岗位打不开这一页。需要的话，请找安全管理员。"),
    404: N_("没有找到，或者不归您管。"),
    409: N_("内容刚刚有变化，请重新打开再试。"),
    429: N_("次数太多了，已经停住。过一阵再来；确实急需的话，请找您的负责人。"),
    500: N_("系统这边出了错。过几分钟再试；还是不行，请把下面的号告诉系统管理员。"),
    503: N_("系统现在连不上数据。过几分钟再试；还是不行，请把下面的号告诉系统管理员。"),
}


def show_refusal(
    status: int, sentence: str, number: str, *, typed: Sequence[tuple[str, str]] = (), address: str = ""
) -> Response:
    """One page for every refusal and failure; what a stale form brought stands on it, ready to be sent."""
    return render_desk_page(
        "admin/errors/refused.html",
        status=status,
        desk=_desk(status),
        sentence=sentence,
        number=number if status >= 500 else "",
        typed=typed,
        address=address,
    )


def _desk(status: int) -> Desk | None:
    # From another network nobody is told who is signed in, and what has failed is not asked once more.
    if status >= 500 or not services().settings.is_staff_network(request.remote_addr or ""):
        return None
    try:
        with services().database.reading() as session:
            return read_desk(session)
    except SQLAlchemyError:
        return None


# Of the whole side, not of the blueprint: an unknown address belongs to no blueprint.
FRAME = ErrorFrame(SENTENCES, show_refusal)
