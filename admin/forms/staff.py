"""What is typed about a new member of staff, a role, or a declared relative."""

from __future__ import annotations

from typing import Any

from wtforms import DateField, Form, StringField
from wtforms.validators import DataRequired, InputRequired, Length, Optional, ValidationError

from assistance.permissions import Role
from assistance.values import Malformed, ResidentId
from infrastructure.languages import N_


def stripped(text: str | None) -> str:
    """What was typed, without blanks around it."""
    return (text or "").strip()


def is_resident_id(_form: Form, field: Any) -> None:
    """An identity number whose checksum and birthday hold."""
    try:
        ResidentId(field.data)
    except Malformed as wrong:
        raise ValidationError(wrong.message) from wrong


def is_staff_role(_form: Form, field: Any) -> None:
    """One of the roles that staff hold."""
    if field.data not in {role.value for role in Role} - {Role.RESIDENT.value}:
        raise ValidationError(N_("请选一个岗位"))


class InvitationForm(Form):
    """Who is invited, and what they are called here."""

    name = StringField(
        filters=[stripped],
        validators=[DataRequired(N_("请写姓名")), Length(max=100, message=N_("姓名太长了"))],
    )
    resident_id = StringField(
        filters=[stripped], validators=[DataRequired(N_("请填身份证号")), is_resident_id]
    )
    user_name = StringField(filters=[stripped], validators=[DataRequired(N_("请起一个用户名"))])
    work_number = StringField(filters=[stripped], validators=[DataRequired(N_("请填工号"))])


class RoleForm(Form):
    """Which role, where, and from which day to which."""

    role = StringField(validators=[is_staff_role])
    division = StringField(filters=[stripped], validators=[DataRequired(N_("请选一个地方"))])
    department = StringField(filters=[stripped])
    valid_from = DateField(validators=[InputRequired(N_("请填第一天"))])
    valid_until = DateField(validators=[Optional()])


class RelativeForm(Form):
    """A near relative: name, identity number and what they are to oneself."""

    name = StringField(
        filters=[stripped],
        validators=[DataRequired(N_("请写姓名")), Length(max=100, message=N_("姓名太长了"))],
    )
    resident_id = StringField(
        filters=[stripped], validators=[DataRequired(N_("请填身份证号")), is_resident_id]
    )
    relation = StringField(validators=[DataRequired(N_("请选是什么亲属"))])
