"""`flask check` and `flask doctor`: are the settings safe, and what does this machine lack."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from ctypes.util import find_library
from dataclasses import dataclass

import click
from flask.cli import with_appcontext

from assistance import messages
from assistance.authorizations import SourcesError, sources_of
from commands.sources import source_row
from infrastructure.settings import Settings
from web.services import services
from web.startup import database_problems

LIBRARIES = {
    "pango-1.0": "libpango-1.0-0",
    "pangoft2-1.0": "libpangoft2-1.0-0",
    "harfbuzz-subset": "libharfbuzz-subset0",
}
LEAST_FREE_BYTES = 1024**3
EARLIEST_SENSIBLE_TIME = 1_767_225_600  # 2026-01-01: a clock before it was never set


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at."""

    name: str
    is_fine: bool
    says: str


@click.command("check")
@click.option("--json", "as_json", is_flag=True, help="Answer in JSON.")
@with_appcontext
def check(as_json: bool) -> None:
    """Every setting with its source, and whether real residents could safely be served with it."""
    parts = services()
    settings = parts.settings
    problems = settings.unsafe_for_production() if settings.is_production else []
    problems += database_problems(parts.database, settings)
    notes = [] if settings.is_production else settings.unsafe_for_production()
    try:
        sources = [source_row(source, settings, parts.clock.today()) for source in sources_of(settings)]
    except SourcesError as error:
        sources = []
        problems += str(error).splitlines()
    try:
        messages.all_texts()
    except messages.TemplatesError as error:
        problems += str(error).splitlines()
    rows = setting_rows(settings)
    if as_json:
        click.echo(
            json.dumps(
                {"settings": rows, "sources": sources, "problems": problems, "before_production": notes},
                ensure_ascii=False,
            )
        )
    else:
        for row in rows:
            click.echo(f"{row['name']:<28} {row['value']:<44} {row['source']}")
        click.echo("\nData sources, their routes, and whether they are open:")
        for row in sources:
            click.echo(f"  {row['code']:<24} {row['adapter']}, {row['route_words']}, {row['state']}")
        for title, sentences in (
            ("Problems", problems),
            (f"Fine for {settings.env}, not for production", notes),
        ):
            if sentences:
                click.echo(f"\n{title}:")
                for sentence in sentences:
                    click.echo(f"  - {sentence}")
    sys.exit(1 if problems else 0)


@click.command("doctor")
@click.option("--json", "as_json", is_flag=True, help="Answer in JSON.")
@with_appcontext
def doctor(as_json: bool) -> None:
    """What this machine lacks: fonts, PDF libraries, CPU features, disk, clock."""
    findings = [look() for look in LOOKS]
    if as_json:
        click.echo(json.dumps([finding.__dict__ for finding in findings], ensure_ascii=False))
    else:
        for finding in findings:
            click.echo(f"{'fine   ' if finding.is_fine else 'MISSING'}  {finding.name:<14} {finding.says}")
    sys.exit(0 if all(finding.is_fine for finding in findings) else 1)


def setting_rows(settings: Settings) -> list[dict[str, str]]:
    """Every setting with its value and source; of a secret only that it is there."""
    values = {
        "HUIMIN_ENV": settings.env,
        "HUIMIN_DATABASE_URL": _without_password(settings.database_url),
        "HUIMIN_COUNTY": settings.county,
        "HUIMIN_OFFICE_NAME": settings.office_name,
        "HUIMIN_OFFICE_PHONE": settings.office_phone,
        "HUIMIN_BASE_URL": settings.base_url,
        "PORT": str(settings.port),
        "SIMULATORS_PORT": str(settings.simulators_port),
        "HUIMIN_SECRET_KEY": "(secret)",
        "HUIMIN_FIELD_KEYS": f"(secret, keys {', '.join(map(str, sorted(settings.field_keys)))})",
        "HUIMIN_SIGNING_KEYS": f"(secret, keys {', '.join(settings.signing_keys)})",
        "HUIMIN_CHECKPOINT_DIR": str(settings.checkpoint_dir),
        "HUIMIN_COSIGNATURE_DIR": str(settings.cosignature_dir),
        "HUIMIN_WITNESS_KEYS": ", ".join(key.name for key in settings.witness_keys) or "nobody",
        "HUIMIN_STAFF_NETWORKS": ", ".join(map(str, settings.staff_networks)),
        "HUIMIN_WECHAT_URL": settings.wechat_url or "off",
        "HUIMIN_WECHAT_APP_ID": settings.wechat_app_id,
        "HUIMIN_WECHAT_APP_SECRET": "(secret)",
        "HUIMIN_ZLB_URL": settings.zlb_url or "off",
        "HUIMIN_ZLB_SERVICE_CODE": settings.zlb_service_code,
        "HUIMIN_ZLB_SERVICE_PASSWORD": "(secret)",
        "HUIMIN_SMS_URL": settings.sms_url or "off",
        "HUIMIN_SMS_KEY": "(secret)",
        "HUIMIN_SOURCES_URL": settings.sources_url or "off",
        "HUIMIN_SOURCES_KEY": "(secret)",
        "HUIMIN_NOW": settings.now.isoformat() if settings.now else "",
        "HUIMIN_INSTANCE_DIR": str(settings.instance_dir),
        "HUIMIN_PROXIES": str(settings.proxies),
    }
    return [
        {"name": name, "value": value, "source": settings.sources.get(name, "default")}
        for name, value in values.items()
    ]


def _without_password(url: str) -> str:
    from sqlalchemy import make_url

    made = make_url(url)
    # PostgreSQL takes a password after the question mark, too.
    query = {name: "***" if "password" in name else value for name, value in made.query.items()}
    return made.set(query=query).render_as_string(hide_password=True)


def _look_at_libraries() -> Finding:
    missing = [package for name, package in LIBRARIES.items() if find_library(name) is None]
    says = f"apt-get install {' '.join(missing)}" if missing else "pango and harfbuzz are here"
    return Finding("PDF libraries", not missing, says)


def _look_at_fonts() -> Finding:
    lister = shutil.which("fc-list")
    if lister is None:
        return Finding("fonts", False, "apt-get install fontconfig fonts-noto-cjk")
    found = subprocess.run(
        [lister, ":lang=zh-cn", "family"], capture_output=True, text=True, check=False, timeout=30
    )
    there = "Noto Sans CJK SC" in found.stdout
    return Finding("fonts", there, "Noto Sans CJK SC is here" if there else "apt-get install fonts-noto-cjk")


def _look_at_cpu() -> Finding:
    try:
        with open("/proc/cpuinfo", encoding="ascii", errors="replace") as file:
            text = file.read()
    except OSError:
        return Finding("CPU features", True, "not known on this system")
    flags = set(
        next((line for line in text.splitlines() if line.startswith(("flags", "Features"))), "").split()
    )
    # Polars is built for processors with these; elsewhere it stops at import. ARM has other names.
    missing = [] if "avx2" in flags or "asimd" in flags else ["avx2"]
    return Finding(
        "CPU features", not missing, f"missing: {', '.join(missing)}" if missing else "enough for sweeps"
    )


def _look_at_disk() -> Finding:
    place = services().settings.instance_dir
    while not place.exists():
        place = place.parent
    free = shutil.disk_usage(place).free
    return Finding("disk", free >= LEAST_FREE_BYTES, f"{free / 1024**3:.1f} GB free at {place}")


def _look_at_clock() -> Finding:
    moved = services().clock.is_moved()
    sensible = time.time() > EARLIEST_SENSIBLE_TIME
    says = "moved by HUIMIN_NOW" if moved else time.strftime("%Y-%m-%d %H:%M:%S %Z")
    return Finding("clock", sensible, says if sensible else f"{says}: not set?")


LOOKS: tuple[Callable[[], Finding], ...] = (
    _look_at_libraries,
    _look_at_fonts,
    _look_at_cpu,
    _look_at_disk,
    _look_at_clock,
)
COMMANDS = (check, doctor)
