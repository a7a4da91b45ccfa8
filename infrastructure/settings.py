"""Every setting of the product, read from the environment once, with where each value came from."""

from __future__ import annotations

import base64
import binascii
import ipaddress
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from infrastructure.clock import SHANGHAI
from infrastructure.signed_notes import WITNESS, Verifier, read_verifier

ROOT = Path(__file__).resolve().parent.parent
ENVIRONMENTS = ("demo", "production", "test")
# Known to everybody who can read this file, so production refuses them.
DEFAULT_SECRET_KEY = "huimin-demo-secret-key-known-to-everybody"  # noqa: S105
DEFAULT_FIELD_KEYS = {1: b"huimin-demo-field-key-known-to-everybody"}
DEFAULT_SIGNING_KEYS = {"demo": b"huimin-demo-signing-key-for-all!"}
# What the simulators know this installation by.
DEFAULT_WECHAT_APP_ID = "wx0000000000000000"
DEFAULT_ZLB_SERVICE_CODE = "huimin-demo"
DEFAULT_OUTSIDE_SECRETS = {
    "HUIMIN_WECHAT_APP_SECRET": "huimin-demo-wechat-secret-known-to-everybody",
    "HUIMIN_ZLB_SERVICE_PASSWORD": "huimin-demo-zlb-password-known-to-everybody",
    "HUIMIN_SMS_KEY": "huimin-demo-sms-key-known-to-everybody",
    "HUIMIN_SOURCES_KEY": "huimin-demo-sources-key-known-to-everybody",
}
SIGNING_SEED_BYTES = 32
SECRETS = ("HUIMIN_SECRET_KEY", "HUIMIN_FIELD_KEYS", "HUIMIN_SIGNING_KEYS", *DEFAULT_OUTSIDE_SECRETS)
KEY_ID = re.compile("[a-z0-9][a-z0-9-]{0,31}")
CLIENT = re.compile(r"([a-z][a-z0-9-]{0,31})/([0-9]{1,5})\.([0-9]{1,5})(?:\.([0-9]{1,5}))?")
"""How a client names itself and its version: wxmp/1.4.2."""
LOOPBACK_NAMES = ("localhost", "localhost.localdomain")
# A service that a county does not have is switched off by this word in place of its address.
OFF = "off"

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
EVERYWHERE: tuple[Network, ...] = (ipaddress.ip_network("0.0.0.0/0"), ipaddress.ip_network("::/0"))


class SettingsError(Exception):
    """One or more settings cannot be read; `problems` lists them all."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass(frozen=True)
class Settings:
    """What this installation is told from outside."""

    env: str
    database_url: str
    county: str
    office_name: str
    office_phone: str
    base_url: str
    port: int
    simulators_port: int
    secret_key: str = field(repr=False)
    field_keys: dict[int, bytes] = field(repr=False)
    signing_keys: dict[str, bytes] = field(repr=False)
    now: datetime | None
    instance_dir: Path
    checkpoint_dir: Path
    staff_networks: tuple[Network, ...]
    wechat_url: str
    wechat_app_id: str
    wechat_app_secret: str = field(repr=False)
    zlb_url: str
    zlb_service_code: str
    zlb_service_password: str = field(repr=False)
    sms_url: str
    sms_key: str = field(repr=False)
    sources_url: str
    sources_key: str = field(repr=False)
    minimum_clients: dict[str, tuple[int, int, int]] = field(default_factory=dict)
    """The oldest version of each client that is still served, by the client's name."""
    notice: str = ""
    """What every client shows at its beginning, such as hours when nothing can be sent."""
    cosignature_dir: Path = ROOT / "instance" / "cosignatures"
    witness_keys: tuple[Verifier, ...] = ()
    proxies: int = 0
    staff_password_days: int = 90
    sources: dict[str, str] = field(default_factory=dict, repr=False)

    @property
    def is_production(self) -> bool:
        """Whether real residents use this installation."""
        return self.env == "production"

    @property
    def is_safe_demo(self) -> bool:
        """Whether invented data may be loaded and shown."""
        return self.env in ("demo", "test")

    @property
    def is_https(self) -> bool:
        """Whether residents reach the pages over https."""
        return urlsplit(self.base_url).scheme == "https"

    @property
    def host(self) -> str:
        """The host name by which residents reach the pages."""
        return urlsplit(self.base_url).hostname or ""

    @property
    def outside_services(self) -> dict[str, str]:
        """The address of every service outside this installation, by its setting; empty where off."""
        return {
            "HUIMIN_WECHAT_URL": self.wechat_url,
            "HUIMIN_ZLB_URL": self.zlb_url,
            "HUIMIN_SMS_URL": self.sms_url,
            "HUIMIN_SOURCES_URL": self.sources_url,
        }

    def is_staff_network(self, address: str) -> bool:
        """Whether staff may sign in from this address; what is no address is nowhere."""
        try:
            found = ipaddress.ip_address(address)
        except ValueError:
            return False
        if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped:
            found = found.ipv4_mapped
        return any(found in network for network in self.staff_networks)

    def unsafe_for_production(self) -> list[str]:
        """Everything that must not stand like this where real residents are served."""
        problems = []
        if self.secret_key == DEFAULT_SECRET_KEY:
            problems.append("HUIMIN_SECRET_KEY_FILE is not set: the default key is known to everybody")
        elif len(self.secret_key) < 32:
            problems.append("HUIMIN_SECRET_KEY_FILE holds fewer than 32 characters")
        if set(self.field_keys.values()) & set(DEFAULT_FIELD_KEYS.values()):
            problems.append("HUIMIN_FIELD_KEYS_FILE is not set: the default key is known to everybody")
        if set(self.signing_keys.values()) & set(DEFAULT_SIGNING_KEYS.values()):
            problems.append("HUIMIN_SIGNING_KEYS_FILE is not set: the default key is known to everybody")
        if self.sources.get("HUIMIN_CHECKPOINT_DIR") == "default":
            problems.append(
                "HUIMIN_CHECKPOINT_DIR is not set: copies of checkpoints belong on another machine"
            )
        for name in SECRETS:
            if self.sources.get(name) == "environment":
                problems.append(
                    f"{name} stands in the environment: put it in a file and name it in {name}_FILE"
                )
        if not self.is_https:
            problems.append("HUIMIN_BASE_URL is not https: cookies would travel in the clear")
        if not self.host:
            problems.append("HUIMIN_BASE_URL names no host: every request would be refused")
        if self.now is not None:
            problems.append("HUIMIN_NOW moves the clock")
        if (
            not self.office_name
            or not self.office_phone
            or "default"
            in (
                self.sources.get("HUIMIN_OFFICE_NAME"),
                self.sources.get("HUIMIN_OFFICE_PHONE"),
            )
        ):
            problems.append(
                "HUIMIN_OFFICE_NAME and HUIMIN_OFFICE_PHONE are not set: residents need a number to call"
            )
        if not self.staff_networks or self.sources.get("HUIMIN_STAFF_NETWORKS") == "default":
            problems.append("HUIMIN_STAFF_NETWORKS is not set: name the networks that staff may sign in from")
        return problems + self._unsafe_outside_services()

    def _unsafe_outside_services(self) -> list[str]:
        problems = []
        secrets = {
            "HUIMIN_WECHAT_URL": ("HUIMIN_WECHAT_APP_SECRET", self.wechat_app_secret),
            "HUIMIN_ZLB_URL": ("HUIMIN_ZLB_SERVICE_PASSWORD", self.zlb_service_password),
            "HUIMIN_SMS_URL": ("HUIMIN_SMS_KEY", self.sms_key),
            "HUIMIN_SOURCES_URL": ("HUIMIN_SOURCES_KEY", self.sources_key),
        }
        for name, url in self.outside_services.items():
            if not url:
                continue
            if self.sources.get(name) == "default" or self._is_simulator(url):
                problems.append(f"{name} leads to the simulators: name the real service, or `off`")
            elif urlsplit(url).scheme != "https" and not _is_loopback(url):
                problems.append(f"{name} is not https: people's data would travel in the clear")
            secret, value = secrets[name]
            if value == DEFAULT_OUTSIDE_SECRETS[secret]:
                problems.append(f"{secret}_FILE is not set: the default is known to everybody")
        if self.wechat_url and self.wechat_app_id == DEFAULT_WECHAT_APP_ID:
            problems.append("HUIMIN_WECHAT_APP_ID is not set: it is that of the simulators")
        if self.zlb_url and self.zlb_service_code == DEFAULT_ZLB_SERVICE_CODE:
            problems.append("HUIMIN_ZLB_SERVICE_CODE is not set: it is that of the simulators")
        return problems

    def _is_simulator(self, url: str) -> bool:
        return _is_loopback(url) and _port_of(url) == self.simulators_port


def load_settings(environ: Mapping[str, str] = os.environ) -> Settings:
    """Read all settings, or raise SettingsError naming every one that cannot be read."""
    reader = _Reader(environ)
    env = reader.text("HUIMIN_ENV", "demo")
    if env not in ENVIRONMENTS:
        reader.problems.append(f"HUIMIN_ENV is one of {', '.join(ENVIRONMENTS)}, not {env!r}")
    instance_dir = Path(reader.text("HUIMIN_INSTANCE_DIR", str(ROOT / "instance")))
    port = reader.number("PORT", 8000, 1, 65535)
    simulators_port = reader.number("SIMULATORS_PORT", 8001, 1, 65535)
    simulators = f"http://127.0.0.1:{simulators_port}"
    settings = Settings(
        env=env,
        database_url=reader.text("HUIMIN_DATABASE_URL", f"sqlite:///{instance_dir / 'huimin.db'}"),
        county=reader.text("HUIMIN_COUNTY", "330482"),
        office_name=reader.text("HUIMIN_OFFICE_NAME", ""),
        office_phone=reader.text("HUIMIN_OFFICE_PHONE", "12345"),
        base_url=reader.text("HUIMIN_BASE_URL", f"http://127.0.0.1:{port}").rstrip("/"),
        port=port,
        simulators_port=simulators_port,
        secret_key=reader.secret("HUIMIN_SECRET_KEY", DEFAULT_SECRET_KEY),
        field_keys=reader.field_keys("HUIMIN_FIELD_KEYS"),
        signing_keys=reader.signing_keys("HUIMIN_SIGNING_KEYS"),
        now=reader.instant("HUIMIN_NOW"),
        instance_dir=instance_dir,
        checkpoint_dir=Path(reader.text("HUIMIN_CHECKPOINT_DIR", str(instance_dir / "checkpoints"))),
        staff_networks=reader.networks("HUIMIN_STAFF_NETWORKS", () if env == "production" else EVERYWHERE),
        wechat_url=reader.address("HUIMIN_WECHAT_URL", f"{simulators}/wechat"),
        wechat_app_id=reader.text("HUIMIN_WECHAT_APP_ID", DEFAULT_WECHAT_APP_ID),
        wechat_app_secret=reader.outside_secret("HUIMIN_WECHAT_APP_SECRET"),
        zlb_url=reader.address("HUIMIN_ZLB_URL", f"{simulators}/zlb"),
        zlb_service_code=reader.text("HUIMIN_ZLB_SERVICE_CODE", DEFAULT_ZLB_SERVICE_CODE),
        zlb_service_password=reader.outside_secret("HUIMIN_ZLB_SERVICE_PASSWORD"),
        sms_url=reader.address("HUIMIN_SMS_URL", f"{simulators}/sms"),
        sms_key=reader.outside_secret("HUIMIN_SMS_KEY"),
        sources_url=reader.address("HUIMIN_SOURCES_URL", f"{simulators}/sources"),
        sources_key=reader.outside_secret("HUIMIN_SOURCES_KEY"),
        minimum_clients=reader.clients("HUIMIN_MINIMUM_CLIENTS"),
        notice=reader.text("HUIMIN_NOTICE", ""),
        cosignature_dir=Path(reader.text("HUIMIN_COSIGNATURE_DIR", str(instance_dir / "cosignatures"))),
        witness_keys=reader.witnesses("HUIMIN_WITNESS_KEYS"),
        proxies=reader.number("HUIMIN_PROXIES", 0, 0, 5),
        staff_password_days=reader.number("HUIMIN_STAFF_PASSWORD_DAYS", 90, 0, 365),
        sources=reader.sources,
    )
    if reader.problems:
        raise SettingsError(reader.problems)
    return settings


def _is_loopback(url: str) -> bool:
    host = (urlsplit(url).hostname or "").lower().rstrip(".")
    if host in LOOPBACK_NAMES or host.endswith(".localhost"):
        return True
    try:
        found = ipaddress.ip_address(host)
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped:
        found = found.ipv4_mapped
    # The unspecified address reaches this machine, too.
    return found.is_loopback or found.is_unspecified


def _port_of(url: str) -> int:
    parts = urlsplit(url)
    return parts.port or (443 if parts.scheme == "https" else 80)


class _Reader:
    def __init__(self, environ: Mapping[str, str]) -> None:
        self.environ = environ
        self.sources: dict[str, str] = {}
        self.problems: list[str] = []

    def text(self, name: str, default: str) -> str:
        value = self.environ.get(name, "").strip()
        self.sources[name] = "environment" if value else "default"
        return value or default

    def number(self, name: str, default: int, least: int, most: int) -> int:
        raw = self.text(name, str(default))
        if raw.isascii() and raw.isdigit() and least <= int(raw) <= most:
            return int(raw)
        self.problems.append(f"{name} is a whole number from {least} to {most}")
        return default

    def secret(self, name: str, default: str) -> str:
        path = self.environ.get(f"{name}_FILE", "").strip()
        if not path:
            return self.text(name, default)
        self.sources[name] = f"file {path}"
        try:
            return Path(path).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            self.problems.append(f"{name}_FILE names {path}, which cannot be read")
            return default

    def outside_secret(self, name: str) -> str:
        return self.secret(name, DEFAULT_OUTSIDE_SECRETS[name])

    def address(self, name: str, default: str) -> str:
        """An address without a slash at its end; empty for `off`."""
        raw = self.text(name, default)
        if raw.lower() == OFF:
            return ""
        try:
            parts = urlsplit(raw)
            fine = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        except ValueError:
            fine = False
        if not fine or parts.query or parts.fragment or parts.username:
            self.problems.append(f"{name} is an address such as https://gateway.example/api, or `off`")
            return default
        return raw.rstrip("/")

    def clients(self, name: str) -> dict[str, tuple[int, int, int]]:
        """Versions by the names of clients, such as `wxmp/1.4.2, zlb/1.0`."""
        found = {}
        for part in self.text(name, "").replace(",", " ").split():
            told = CLIENT.fullmatch(part)
            if told is None:
                self.problems.append(f"{name} holds clients such as wxmp/1.4.2, parted by commas")
                return {}
            found[told[1]] = (int(told[2]), int(told[3]), int(told[4] or 0))
        return found

    def networks(self, name: str, default: tuple[Network, ...]) -> tuple[Network, ...]:
        raw = self.text(name, "")
        try:
            found = [ipaddress.ip_network(part) for part in re.split(r"[\s,]+", raw) if part]
        except ValueError:
            self.problems.append(f"{name} holds networks such as 10.20.0.0/16, parted by commas")
            return default
        return tuple(found) or default

    def witnesses(self, name: str) -> tuple[Verifier, ...]:
        found: dict[str, Verifier] = {}
        for part in re.split(r"[\s,]+", self.text(name, "")):
            if not part:
                continue
            try:
                one = read_verifier(part, WITNESS)
            except ValueError:
                self.problems.append(f"{name} holds NAME+ID+BASE64 as `python -m witness init` prints it")
                return ()
            if one.name in found:
                self.problems.append(f"{name} names {one.name} twice")
                return ()
            found[one.name] = one
        return tuple(found.values())

    def field_keys(self, name: str) -> dict[int, bytes]:
        raw = self.secret(name, "")
        if not raw:
            return dict(DEFAULT_FIELD_KEYS)
        keys = {}
        for part in raw.replace("\n", ",").split(","):
            number, _, encoded = part.strip().partition(":")
            try:
                key = base64.b64decode(encoded, validate=True)
            except (binascii.Error, ValueError):
                key = b""
            if not number.isdigit() or not 0 < int(number) < 65536 or len(key) < 32:
                self.problems.append(f"{name} holds lines of NUMBER:BASE64, each of at least 32 bytes")
                return dict(DEFAULT_FIELD_KEYS)
            keys[int(number)] = key
        return keys

    def signing_keys(self, name: str) -> dict[str, bytes]:
        raw = self.secret(name, "")
        if not raw:
            return dict(DEFAULT_SIGNING_KEYS)
        keys: dict[str, bytes] = {}
        for part in raw.replace("\n", ",").split(","):
            kid, _, encoded = part.strip().partition(":")
            try:
                seed = base64.b64decode(encoded, validate=True)
            except (binascii.Error, ValueError):
                seed = b""
            if not KEY_ID.fullmatch(kid) or kid in keys or len(seed) != SIGNING_SEED_BYTES:
                self.problems.append(
                    f"{name} holds lines of ID:BASE64, each of 32 bytes; an ID is a-z, 0-9, -"
                )
                return dict(DEFAULT_SIGNING_KEYS)
            keys[kid] = seed
        return keys

    def instant(self, name: str) -> datetime | None:
        raw = self.text(name, "")
        if not raw:
            return None
        try:
            instant = datetime.fromisoformat(raw)
        except ValueError:
            self.problems.append(f"{name} is an instant such as 2026-11-22T09:00:00+08:00")
            return None
        return instant if instant.tzinfo else instant.replace(tzinfo=SHANGHAI)
