"""The platforms by which residents prove who they are, and the gateway that sends them text messages."""

from infrastructure.platforms.errors import Kind, PlatformRefused
from infrastructure.platforms.sms import SmsClient, SmsSent
from infrastructure.platforms.wechat import WechatClient, WechatIdentity
from infrastructure.platforms.zlb import ZlbClient, ZlbIdentity

__all__ = [
    "Kind",
    "PlatformRefused",
    "SmsClient",
    "SmsSent",
    "WechatClient",
    "WechatIdentity",
    "ZlbClient",
    "ZlbIdentity",
]
