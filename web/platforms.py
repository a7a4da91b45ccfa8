"""The platforms by which residents sign in, as the settings name them; one client for all threads."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Flask, current_app

from infrastructure.platforms import WechatClient, ZlbClient
from infrastructure.settings import Settings


@dataclass(frozen=True)
class Platforms:
    """Who may be asked; None for a platform that this county does not have."""

    wechat: WechatClient | None
    zlb: ZlbClient | None


def install_platforms(app: Flask, settings: Settings) -> None:
    """Make the clients that the settings ask for."""
    wechat = zlb = None
    if settings.wechat_url:
        wechat = WechatClient(settings.wechat_url, settings.wechat_app_id, settings.wechat_app_secret)
    if settings.zlb_url:
        zlb = ZlbClient(settings.zlb_url, settings.zlb_service_code, settings.zlb_service_password)
    app.extensions["huimin.platforms"] = Platforms(wechat, zlb)


def platforms() -> Platforms:
    """The clients of the application that answers now."""
    found: Platforms = current_app.extensions["huimin.platforms"]
    return found
