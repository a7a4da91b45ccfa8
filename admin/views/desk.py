"""The first page after the sign-in: what waits for whoever opens it."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime

from flask import Response, url_for
from sqlalchemy.orm import Session

from admin.blueprint import blueprint
from admin.pages import render_desk_page
from admin.reaching import reaches_hold, reaches_household, reaches_person
from admin.tasks import Task, due_words, in_groups, list_tasks, task_source
from assistance import authorizations, economic_checks, looks, people, rights
from assistance.people import Actor, StaffAccount, passwords, relatives, second_factor
from assistance.permissions import Permission
from infrastructure.clock import SHANGHAI
from infrastructure.languages import N_
from web.access import allows, current_actor
from web.languages import gettext
from web.services import services
from web.unit_of_work import current_session

FEW_CODES = 3
MOST_REQUESTS = 20


@blueprint.get("/")
@allows(Permission.DESK_OPEN)
def show_desk() -> Response:
    """What waits for me, the nearest deadline first; and what I may do."""
    actor, now, today = current_actor(), services().clock.now(), services().clock.today()
    groups = []
    for title, tasks in in_groups(list_tasks(current_session(), actor, now), today):
        due = [due_words(task.due_on, today) for task in tasks]
        words = [gettext(said, days=days) if said else "" for said, days in due]
        groups.append((title, list(zip(tasks, words, strict=True))))
    return render_desk_page("admin/desk/show.html", groups=groups, has_role=bool(actor.holdings))


@task_source(Permission.DESK_OPEN)
def own_account_tasks(session: Session, actor: Actor, now: datetime) -> Sequence[Task]:
    """What one's own account asks for: a new password soon, recovery codes, the yearly declaration."""
    account = session.get(StaffAccount, actor.account_id)
    if account is None:
        return ()
    found = []
    days = services().settings.staff_password_days
    left = passwords.days_left(account.password_changed_at, now, days)
    if left is not None and account.password_changed_at is not None:
        last = account.password_changed_at.astimezone(SHANGHAI).date()
        due_on = last.fromordinal(last.toordinal() + days)
        found.append(Task(gettext(N_("换密码")), url_for("admin.change_password"), due_on))
    if second_factor.new_codes(account):
        found.append(Task(gettext(N_("把新的恢复码抄下来")), url_for("admin.show_recovery_codes")))
    elif account.password_hash and second_factor.count_recovery_codes(account) <= FEW_CODES:
        found.append(Task(gettext(N_("恢复码快用完了，换一组新的")), url_for("admin.show_recovery_codes")))
    if actor.may(Permission.RELATIVES_DECLARE) and relatives.is_signing_due(account.relatives_signed_at, now):
        found.append(Task(gettext(N_("确认近亲属备案（每年一次）")), url_for("admin.list_own_relatives")))
    return found


@task_source(Permission.ROLES_APPROVE)
def roles_to_agree_to(session: Session, actor: Actor, now: datetime) -> Sequence[Task]:
    """Roles that somebody else has granted and that need a second person."""
    number = len(people.roles.list_proposed(session, actor))
    if not number:
        return ()
    return (Task(gettext(N_("%(number)s 个岗位等第二个人同意"), number=number), url_for("admin.list_roles")),)


@task_source(Permission.STAFF_READ)
def lost_devices(session: Session, actor: Actor, now: datetime) -> Sequence[Task]:
    """Lost devices for which a second person has not yet agreed to a new link."""
    may_agree = actor.may(Permission.STAFF_MANAGE) or actor.may(Permission.ROLES_APPROVE)
    waiting = [
        one
        for one in people.staff.list_waiting_invitations(session, now)
        if actor.account_id not in (one.invited_by, one.account_id)
    ]
    if not may_agree or not waiting:
        return ()
    words = gettext(N_("%(number)s 人的设备丢了，等第二个人同意补发邀请"), number=len(waiting))
    return (Task(words, url_for("admin.list_staff")),)


@task_source(Permission.AUTHORIZATIONS_OPEN)
def authorizations_to_gather(session: Session, actor: Actor, now: datetime) -> Sequence[Task]:
    """Authorisation requests for which a family has still to sign, the earliest deadline first."""
    waiting = authorizations.list_visible(session, actor, state="open")[:MOST_REQUESTS]
    return [
        Task(
            gettext(N_("授权 %(number)s 还有人没有回复"), number=request.number),
            url_for("admin.show_authorization_request", request_id=request.id),
            request.deadline_on,
        )
        for request, _household in waiting
    ]


@task_source(Permission.AUTHORIZATIONS_ASSIST)
def signatures_to_witness(session: Session, actor: Actor, now: datetime) -> Sequence[Task]:
    """Signatures at the counter that count once oneself has said to have been there."""
    return [
        Task(
            gettext(N_("授权 %(number)s 在窗口签了，等您确认当时在场"), number=one.request.number),
            url_for("admin.confirm_counter_signature", taken_id=one.taken.id),
            one.request.deadline_on,
        )
        for one in authorizations.list_to_witness(session, actor)
    ]


@task_source(Permission.AUTHORIZATIONS_PROTECT)
def people_to_protect(session: Session, actor: Actor, now: datetime) -> Sequence[Task]:
    """Whoever may have signed against their will, some of whom said so in silence."""
    waiting = authorizations.list_to_protect(session, actor)
    if not waiting:
        return ()
    words = gettext(N_("%(number)s 份授权要单独找本人谈一谈"), number=len(waiting))
    nearest = min(one.request.deadline_on for one in waiting)
    return (Task(words, url_for("admin.list_authorizations_to_protect"), nearest),)


@task_source(Permission.AUTHORIZATIONS_ASSIST)
def papers_to_confirm(session: Session, actor: Actor, now: datetime) -> Sequence[Task]:
    """Signatures on paper that a colleague has photographed and a second person has still to look at."""
    return [
        Task(
            gettext(N_("授权 %(number)s 有纸上签的字等第二个人看"), number=request.number),
            url_for("admin.show_authorization_request", request_id=request.id),
            request.deadline_on,
        )
        for request in authorizations.list_with_papers(session, actor)[:MOST_REQUESTS]
    ]


@task_source(Permission.CHECKS_START)
def checks_to_start(session: Session, actor: Actor, now: datetime) -> Sequence[Task]:
    """Requests under which somebody has signed and no check has begun."""
    waiting = economic_checks.list_startable(session, actor)
    if not waiting:
        return ()
    words = gettext(N_("%(number)s 份授权有人签了，可以开始核对"), number=len(waiting))
    return (Task(words, url_for("admin.list_economic_checks")),)


@task_source(Permission.CHECKS_ANSWER)
def corrections_to_answer(session: Session, actor: Actor, now: datetime) -> Sequence[Task]:
    """What residents say is wrong in the register of one's own department."""
    departments = {one.department for one in actor.holdings_for(Permission.CHECKS_ANSWER) if one.department}
    waiting = [
        line
        for department in departments
        for line in economic_checks.list_corrections(session, department)
        if line.state == "asked" and economic_checks.may_answer(session, actor, line)
    ]
    if not waiting:
        return ()
    words = gettext(N_("%(number)s 项数据等您核实"), number=len(waiting))
    return (Task(words, url_for("admin.list_corrections"), min(line.due_on for line in waiting)),)


@task_source(Permission.RETENTION_HOLD)
def holds_to_lift(session: Session, actor: Actor, now: datetime) -> Sequence[Task]:
    """What a colleague asks not to be held any longer."""
    waiting = [
        one
        for one in rights.list_holds(session)
        if one.lifted_at is None and one.lift_asked_by not in (None, actor.account_id) and reaches_hold(one)
    ]
    if not waiting:
        return ()
    words = gettext(N_("%(number)s 项先不删的，等第二个人同意放开"), number=len(waiting))
    return (Task(words, url_for("admin.list_legal_holds")),)


@task_source(Permission.MINORS_APPROVE)
def minors_to_decide(session: Session, actor: Actor, now: datetime) -> Sequence[Task]:
    """Colleagues who ask to open a minor's record."""
    number = len(looks.list_minor_approvals(session, actor))
    if not number:
        return ()
    words = gettext(N_("%(number)s 份未成年人资料等您决定是否打开"), number=number)
    return (Task(words, url_for("admin.list_minor_approvals")),)


@task_source(Permission.OBJECTIONS_ANSWER)
def objections_to_answer(session: Session, actor: Actor, now: datetime) -> Sequence[Task]:
    """What residents ask about looks at their data."""
    waiting = [
        one
        for one in looks.list_objections(session)
        if one.state == "open" and reaches_person(one.person_id, Permission.OBJECTIONS_ANSWER)
    ]
    if not waiting:
        return ()
    words = gettext(N_("居民对 %(number)s 次查看有疑问，等您答复"), number=len(waiting))
    return (Task(words, url_for("admin.list_look_objections"), min(one.due_on for one in waiting)),)


@task_source(Permission.SEALED_LOOKS_APPROVE)
def seals_to_decide(session: Session, actor: Actor, now: datetime) -> Sequence[Task]:
    """Looks that a colleague asks to hide for a time."""
    waiting = [
        one
        for one in looks.list_seals(session)
        if one.state == "asked"
        and one.account_id != actor.account_id
        and reaches_household(uuid.UUID(one.object_ref), Permission.SEALED_LOOKS_APPROVE)
    ]
    if not waiting:
        return ()
    words = gettext(N_("%(number)s 份暂不展示的申请等您决定"), number=len(waiting))
    return (Task(words, url_for("admin.list_sealed_looks")),)
