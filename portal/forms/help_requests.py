"""What somebody types who asks for help: as little as it takes to find them."""

from __future__ import annotations

import re
import unicodedata

from wtforms import BooleanField, Form, StringField
from wtforms.validators import DataRequired, Length

from infrastructure.languages import N_

LONGEST_NAME, LONGEST_CONTACT, LONGEST_VILLAGE = 100, 200, 60
# Somebody who pastes a book: putting accents in order takes time that grows with the square of their number.
LONGEST_READ = 1000
# Marks that turn writing round or show nothing: they hide in pasted text and say nothing about a name.
_INVISIBLE = re.compile("[\u0000-\u001f\u007f-\u009f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")


def tidy(text: str | None) -> str | None:
    """What was written without stray blanks and invisible marks; every visible character stays."""
    if text is None:
        return None
    return " ".join(_INVISIBLE.sub("", unicodedata.normalize("NFC", text[:LONGEST_READ])).split())


class HelpRequestForm(Form):
    """A name, a way to be found, a village and a tick of its own; a name is never refused for its letters."""

    name = StringField(
        filters=[tidy],
        validators=[
            DataRequired(N_("请写您的名字，别人平时怎么叫您都行")),
            Length(max=LONGEST_NAME, message=N_("名字请写在 100 个字以内")),
        ],
    )
    contact = StringField(
        filters=[tidy],
        validators=[
            DataRequired(N_("请写电话，没有电话就写怎么找到您")),
            Length(max=LONGEST_CONTACT, message=N_("请写短一点，200 个字以内")),
        ],
    )
    town = StringField(filters=[tidy])
    village = StringField(
        filters=[tidy],
        validators=[
            DataRequired(N_("请写您住在哪个村或社区")),
            Length(max=LONGEST_VILLAGE, message=N_("村名请写在 60 个字以内")),
        ],
    )
    policy = StringField()
    receipt = StringField()
    agreed = BooleanField(validators=[DataRequired(N_("请打个勾，我们才能收下您的名字和联系办法"))])
