"""The twelve questions, one idea a page, and the answers read back."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from typing import Any

from flask import Response as PageResponse
from flask import abort, current_app, redirect, request, url_for
from werkzeug.wrappers import Response

from assistance import assessments
from assistance.assessments import PAGES, Answers, Page, Range, Step
from infrastructure.languages import N_
from portal.answers_cookie import LOST, are_lost, current_answers, forget_answers, keep_answers, lost_query
from portal.blueprint import blueprint
from portal.forms.assessments import Submission, read_page
from portal.judging import standards_of, today
from portal.question_pages import LAST, address_of, first_page_of_member, page_words, shown_fields
from portal.urgent import URGENT_PHONES
from web.access import public
from web.csrf import form_token
from web.languages import current_locale, current_size, gettext
from web.pages import PRIVATE, VARY, render_html, render_page

REVIEW = "review"
MEMBERS = PAGES[2, "members"]
PERSON = PAGES[2, "person"]
SIZE = PAGES[2, "size"]
ADD_SOMEBODY = N_("请先加一个人。不想一个一个加，就点“只填几口人”")
FULL = N_("最多加 20 个人。人再多，请打电话，我们帮您算")
KEPT_PAGES = 1000
# What somebody else has put after the question mark stands in the page, and is never kept with it.
OWN_QUERIES = (b"", b"then=review", b"notice=lost")
PLAIN_PAGES = frozenset(
    page
    for page in PAGES.values()
    if page.fields and all(field.kind in ("one", "many", "gate") for field in page.fields)
)
NEXT_PAGE = re.compile(r"/assessment/[a-z0-9/-]{1,80}(\?then=review)?")


@blueprint.get("/assessment")
@public
def start_assessment() -> Response:
    """What the questions are, how long they take, and that nothing is kept."""
    answers = current_answers()
    step = None if answers.is_empty else assessments.first_open(answers, today())
    response = render_page(
        "portal/assessments/start.html",
        answers=answers,
        go_on=address_of(step) if step else url_for("portal.review_answers"),
        open_number=step.page.question if step else None,
        lost=_is_lost(),
        cleared=request.args.get("notice") == "cleared",
    )
    return forget_answers(response) if are_lost() else response


@blueprint.post("/assessment")
@public
def begin_assessment() -> Response:
    """Start, alone or for somebody else."""
    answers = replace(current_answers(), is_helped=request.form.get("helped") == "yes")
    step = assessments.first_open(answers, today())
    response = redirect(address_of(step) if step else url_for("portal.review_answers"), 303)
    return keep_answers(response, answers)


@blueprint.post("/assessment/clear")
@public
def clear_assessment() -> Response:
    """Forget everything that was answered."""
    return forget_answers(redirect(url_for("portal.start_assessment", notice="cleared"), 303))


@blueprint.route("/assessment/questions/<int:number>", methods=["GET", "POST"])
@public
def show_question(number: int) -> Response:
    """The first page of one of the twelve questions."""
    question = assessments.question(number)
    if question is None:
        abort(404)
    if question.pages[0].is_list:
        return _members_page()
    return _page(question.pages[0], None)


@blueprint.route("/assessment/questions/<int:number>/<string:code>", methods=["GET", "POST"])
@public
def show_question_page(number: int, code: str) -> Response:
    """A further page of a question."""
    page = PAGES.get((number, code))
    if page is None or page.is_of_member or page.is_first:
        abort(404)
    return _page(page, None)


@blueprint.route("/assessment/questions/2/members/new", methods=["GET", "POST"])
@public
def add_member() -> Response:
    """One more person at home: relation, sex and year of birth, never a name."""
    if len(current_answers().members) >= assessments.MEMBERS_MOST:
        return redirect(url_for("portal.show_question", number=2, notice="full"), 303)
    return _page(PERSON, None)


@blueprint.route("/assessment/questions/<int:number>/members/<int:index>", methods=["GET", "POST"])
@public
def show_member_question(number: int, index: int) -> Response:
    """The first page that a question has for one person."""
    page = first_page_of_member(number)
    if page is None or index < 1:
        abort(404)
    return _page(page, index - 1)


@blueprint.route(
    "/assessment/questions/<int:number>/members/<int:index>/<string:code>", methods=["GET", "POST"]
)
@public
def show_member_page(number: int, index: int, code: str) -> Response:
    """A further page about one person."""
    page = PAGES.get((number, code))
    if page is None or not page.is_of_member or index < 1:
        abort(404)
    return _page(page, index - 1)


@blueprint.post("/assessment/questions/2/members/<int:index>/remove")
@public
def remove_member(index: int) -> Response:
    """Take somebody off the list."""
    answers = current_answers()
    response = redirect(_members_address(), 303)
    if not 1 <= index <= len(answers.members):
        return response
    return keep_answers(response, answers.without_member(index - 1))


@blueprint.get("/assessment/review")
@public
def review_answers() -> Response:
    """Everything that was answered, to check and change before the result."""
    answers, day, locale = current_answers(), today(), current_locale()
    if answers.is_empty:
        return redirect(url_for("portal.start_assessment", **lost_query()), 303)
    groups: dict[int, list[dict[str, Any]]] = {}
    moved = _moved_bands(answers, day)
    for line in assessments.lines_of(answers, day):
        names = [field.name for field in line.step.page.fields]
        groups.setdefault(line.step.page.question, []).append(
            {
                "title": line.title.in_language(locale),
                "answer": line.answer.in_language(locale),
                "is_answered": line.is_answered,
                "is_moved": any(name in moved for name in names),
                "address": address_of(line.step, then=REVIEW),
            }
        )
    shown = [
        (number, assessments.QUESTIONS[number - 1].short.in_language(locale), lines)
        for number, lines in groups.items()
    ]
    open_count = sum(not line["is_answered"] for _, _, lines in shown for line in lines)
    return render_page(
        "portal/assessments/review.html", answers=answers, groups=shown, open_count=open_count,
        result=url_for("portal.show_urgent" if assessments.is_urgent(answers) else "portal.show_result"),
    )  # fmt: skip


@blueprint.get("/assessment/urgent")
@public
def show_urgent() -> Response:
    """No food, nowhere to stay, in danger, in emergency care: whom to call now."""
    wanted = request.args.get("next", "")
    answers = current_answers()
    if not NEXT_PAGE.fullmatch(wanted):
        wanted = url_for("portal.start_assessment" if answers.is_empty else "portal.show_result")
    phones = [(number, gettext(words)) for number, words in URGENT_PHONES]
    return render_page("portal/assessments/urgent.html", answers=answers, go_on=wanted, phones=phones)


def _wants_review() -> bool:
    return request.args.get("then") == REVIEW


def _query() -> dict[str, Any]:
    return {"then": REVIEW} if _wants_review() else {}


def _members_address() -> str:
    return url_for("portal.show_question", number=2, **_query())


def _members_page() -> Response:
    answers, day = current_answers(), today()
    errors: list[tuple[str, str]] = []
    if request.method == "POST":
        if answers.members or "size" in answers.household:
            return redirect(_after(answers, (2, "members", None), day), 303)
        errors.append(("add", gettext(ADD_SOMEBODY)))
    if request.args.get("notice") == "full":
        errors.append(("add", gettext(FULL)))
    locale = current_locale()
    return render_page(
        "portal/assessments/members.html",
        status=422 if request.method == "POST" else 200,
        answers=answers,
        words=page_words(MEMBERS, locale),
        members=[name.in_language(locale) for name in assessments.member_names(answers)],
        is_full=len(answers.members) >= assessments.MEMBERS_MOST,
        back=_back(assessments.preceding(answers, day, (2, "members", None))),
        action=_members_address(),
        query=_query(),
        size_link=address_of(Step(SIZE), **_query()),
        errors=errors,
        lost=_is_lost(),
    )


def _is_lost() -> bool:
    return are_lost() or request.args.get("notice") == LOST


def _page(page: Page, member: int | None) -> Response:
    answers, day = current_answers(), today()
    is_new = page is PERSON and member is None
    if member is not None and member >= len(answers.members):
        return redirect(url_for("portal.show_question", number=2, **lost_query()), 303)
    place = (page.question, page.code, member)
    before, step, _after_it = assessments.around(answers, day, place)
    if step is None:
        if not _may_show(page, answers):
            return redirect(_instead(page, answers, place, day), 303)
        step = Step(page, member)
    read, typed = None, None
    if request.method == "POST":
        read = read_page(page, request.form, answers, member, day)
        if not read.errors:
            return _accept(read, page, answers, member, day, is_new)
        read.errors = [(name, gettext(sentence)) for name, sentence in read.errors]
        typed = dict(request.form.lists())
    return _show(step, before, answers, day, read, typed, is_new)


def _may_show(page: Page, answers: Answers) -> bool:
    """Pages that the walk leaves out but that may be asked for."""
    if page is SIZE:
        return not answers.members
    return page is PERSON or page.question in (4, 5)


def _instead(page: Page, answers: Answers, place: tuple[int, str, int | None], day: date) -> str:
    first = (page.question, assessments.QUESTIONS[page.question - 1].pages[0].code, None)
    step = assessments.find_step(answers, day, first) if place != first else None
    step = step or assessments.following(answers, day, place)
    return address_of(step) if step else url_for("portal.review_answers")


def _show(
    step: Step,
    before: Step | None,
    answers: Answers,
    day: date,
    read: Submission | None,
    typed: dict[str, list[str]] | None,
    is_new: bool,
) -> Response:
    is_plain = read is None and step.member is None and not is_new and step.page in PLAIN_PAGES
    if is_plain and request.query_string in OWN_QUERIES:
        return _plain_page(step, before, answers, day)
    locale, page = current_locale(), step.page
    money = [field for field in page.fields if field.kind == "money" and field.bands]
    bands: dict[str, tuple[Range, ...] | None] = {}
    if money:
        standards = standards_of(day)
        bands = {field.name: assessments.choices(field, answers, standards, day) for field in money}
    return render_page(
        "portal/assessments/question.html",
        status=422 if read else 200,
        **_page_context(step, before, answers, day),
        fields=shown_fields(step, answers, bands, day, locale, read, typed),
        action=url_for("portal.add_member", **_query()) if is_new else address_of(step, **_query()),
        errors=read.errors if read else (),
    )


def _page_context(step: Step, before: Step | None, answers: Answers, day: date) -> dict[str, Any]:
    locale, page = current_locale(), step.page
    words = page_words(page, locale)
    title = words.title
    if step.member is not None and page is not PERSON:
        name = assessments.member_names(answers)[step.member].in_language(locale)
        title = gettext("%(name)s：%(question)s", name=name, question=title)
    return {
        "answers": answers,
        "words": words,
        "title": title,
        "number": page.question,
        "last": LAST,
        "note": step.note.in_language(locale) if step.note else "",
        "known_means": page.question == 6 and bool(step.note) and assessments.has_known_means(answers),
        "since": assessments.spending_counts_from(day),
        "back": _members_address() if page in (PERSON, SIZE) else _back(before),
        "lost": _is_lost(),
    }


def _plain_page(step: Step, before: Step | None, answers: Answers, day: date) -> Response:
    """A page whose choices are the same for everybody: put together once for each way of being answered.

    Nothing in it tells whose page it is; only the token is this browser's own.
    """
    kept: dict[tuple[Any, ...], list[str]] = current_app.extensions.setdefault("huimin.plain_questions", {})
    seen = (request.root_path, request.full_path, current_locale(), current_size(), day, _is_lost())
    chosen = tuple(answers.get(field.name) for field in step.page.fields)
    key = (step, before, seen, chosen, answers.is_helped, answers.is_empty)
    token = form_token()
    parts = kept.get(key)
    if parts is None:
        if len(kept) >= KEPT_PAGES:
            kept.clear()
        html = render_html(
            "portal/assessments/question.html",
            **_page_context(step, before, answers, day),
            fields=shown_fields(step, answers, {}, day, current_locale()),
            action=address_of(step, **_query()),
        )
        parts = kept[key] = html.split(token)
    response = PageResponse(token.join(parts), mimetype="text/html")
    response.headers["Cache-Control"] = PRIVATE
    response.headers["Vary"] = ", ".join(VARY)
    return response


def _back(before: Step | None) -> str:
    if _wants_review():
        return url_for("portal.review_answers")
    return address_of(before) if before else url_for("portal.start_assessment")


def _accept(
    read: Submission, page: Page, answers: Answers, member: int | None, day: date, is_new: bool
) -> Response:
    if is_new:
        values = {name: value for name, value in read.values.items() if value is not None}
        after = answers.with_values({"size": None}).with_member(values)
    elif page.fields[0].kind == "who":
        after = assessments.answer_who(answers, page.fields[0], read.ticked, read.is_unsure, day)
    else:
        after = assessments.answer_page(answers, page, read.values, member, day)
    place = (page.question, page.code, member)
    target = _members_address() if page is PERSON else _after(after, place, day)
    if assessments.is_urgent(after) and not assessments.is_urgent(answers):
        target = url_for("portal.show_urgent", next=target)
    if are_lost():
        target += ("&" if "?" in target else "?") + f"notice={LOST}"
    return keep_answers(redirect(target, 303), after)


def _after(answers: Answers, place: tuple[int, str, int | None], day: date) -> str:
    """Where a page leads: on, or back to the review when it came from there and nothing new is asked."""
    step = assessments.following(answers, day, place)
    if _wants_review():
        while step is not None and step.page.question == place[0]:
            if not assessments.is_answered(step, answers, day):
                return address_of(step, then=REVIEW)
            step = assessments.following(answers, day, step.place)
        return url_for("portal.review_answers")
    return address_of(step) if step else url_for("portal.review_answers")


def _moved_bands(answers: Answers, day: date) -> set[str]:
    """The money answers whose band no longer fits: people were added, or a standard changed."""
    given = {
        name: value
        for name in ("income", "liquid")
        if isinstance(value := answers.get(name), Range) and value.low != value.high
    }
    if not given:
        return set()
    standards = standards_of(day)
    return {
        name
        for name, value in given.items()
        if value not in (assessments.choices(assessments.FIELDS[name], answers, standards, day) or ())
    }
