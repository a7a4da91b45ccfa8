"""What a resident fills in to say that a shared value is wrong."""

from __future__ import annotations

from wtforms import Form, StringField
from wtforms.validators import Length

from infrastructure.languages import N_
from portal.forms.help_requests import tidy

LONGEST_SAYS = 500


class ObjectionForm(Form):
    """One's own words; the value itself is read by the kind of the item, and the picture apart."""

    says = StringField(
        filters=[tidy],
        validators=[Length(max=LONGEST_SAYS, message=N_("请写在 500 个字以内"))],
    )
