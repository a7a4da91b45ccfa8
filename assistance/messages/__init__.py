"""What the house says to people: in the app, by SMS or WeChat, from fixed texts, sent after the act."""

from assistance.messages.commands import (
    CODE_LIVES,
    DELIVER,
    count_expired,
    delete_expired,
    mark_read,
    say,
    send,
)
from assistance.messages.delivery import Delivery, Gateway, SubscribeMessages
from assistance.messages.lint import find_faults
from assistance.messages.models import Channel, Message, MessageState
from assistance.messages.queries import DELIVERY_WORDS, Letter, count_unread, list_for
from assistance.messages.templates import Template, TemplatesError, Texts, all_texts, texts_of
from assistance.messages.variables import UnfitValue

__all__ = [
    "CODE_LIVES",
    "DELIVER",
    "DELIVERY_WORDS",
    "Channel",
    "Delivery",
    "Gateway",
    "Letter",
    "Message",
    "MessageState",
    "SubscribeMessages",
    "Template",
    "TemplatesError",
    "Texts",
    "UnfitValue",
    "all_texts",
    "count_expired",
    "count_unread",
    "delete_expired",
    "find_faults",
    "list_for",
    "mark_read",
    "say",
    "send",
    "texts_of",
]
