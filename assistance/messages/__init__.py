"""What the house says to people: in the app, by SMS or WeChat, from fixed texts, sent after the act."""

from assistance.messages.models import Channel, Message, MessageState

__all__ = ["Channel", "Message", "MessageState"]
