"""`flask keys`: a new key for what is sealed in the database."""

from __future__ import annotations

import base64
import os
import stat
from collections.abc import Iterable
from pathlib import Path

import click
from flask.cli import AppGroup

from infrastructure.settings import DEFAULT_FIELD_KEYS, Settings
from web.services import services

SETTING = "HUIMIN_FIELD_KEYS"
FILE = "file "
KEY_BYTES = 32
LAST_NUMBER = 65535
NO_FILE = f"没有设 {SETTING}_FILE：新密钥只写到文件里。先按 docs/operations.md 建好密钥文件。"
EMPTY = "密钥文件 {path} 里一行密钥也没有。先按 docs/operations.md 放进第一把，什么也没有改。"
NO_NUMBER = f"号已经用到 {LAST_NUMBER}，不能再加。"
BUSY = "旁边有 {path}：另一次更换正在进行，或者上次断在半路。确认没有人在换，删掉它再试。什么也没有改。"
NOT_WRITTEN = "写不进 {path}：{reason}。什么也没有改。"
NEXT = """接下来：
1. 现在就把 {path} 另外备份一份。丢了它，用它封的内容谁也打不开。
2. 每台跑网站、跑 worker 的机器换上同一个文件，全部停下再一起开：没有 {number} 号的，读不了 {number} 号写的。
3. 旧的行一行也不要删：以前写的还用旧密钥读，查找用的也一直是最早的那一把。以前写的不会自动用新密钥重新封。"""

group = AppGroup("keys", help="Keys under which fields are sealed in the database.")


@group.command("rotate")
@click.option("--dry-run", is_flag=True, help="Say which number would come, and write nothing.")
def rotate(dry_run: bool) -> None:
    """Add a new field key to the file that HUIMIN_FIELD_KEYS_FILE names.

    From the next start it seals whatever is written. What was sealed before is read with its old key and is
    not sealed anew, so no line may ever be taken out of the file.
    """
    settings = services().settings
    path = _file_of(settings)
    if dry_run:
        click.echo(f"会在 {path} 里加上 {_next(settings.field_keys)} 号（没有保存）。")
        return
    number = _add_key(path)
    click.echo(f"在 {path} 里加上了 {number} 号。")
    click.echo(NEXT.format(path=path, number=number))


def _file_of(settings: Settings) -> Path:
    source = settings.sources.get(SETTING, "")
    if not source.startswith(FILE):
        raise click.ClickException(NO_FILE)
    # A link keeps leading to the file: it is the file that is written anew.
    path = Path(source.removeprefix(FILE)).resolve()
    # An empty file counts as none: then everything runs with the key that everybody knows.
    if settings.field_keys == DEFAULT_FIELD_KEYS:
        raise click.ClickException(EMPTY.format(path=path))
    return path


def _next(numbers: Iterable[int]) -> int:
    number = max(numbers) + 1
    if number > LAST_NUMBER:
        raise click.ClickException(NO_NUMBER)
    return number


def _add_key(path: Path) -> int:
    """Write the file anew beside itself and put it in its place whole: half a line would stop the start."""
    beside = path.with_name(f".{path.name}.new")
    try:
        # Nobody but the owner reads it before it has the old file's own rights.
        there = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, stat.S_IRUSR | stat.S_IWUSR)
    except FileExistsError as error:
        raise click.ClickException(BUSY.format(path=beside)) from error
    except OSError as error:
        raise click.ClickException(NOT_WRITTEN.format(path=path, reason=error.strerror)) from error
    try:
        with open(there, "w", encoding="utf-8") as file:
            # Read only now that nobody else adds one: two keys of one number would hide the first.
            kept, before = path.read_text(encoding="utf-8").strip(), path.stat()
            number = _next(int(line.partition(":")[0]) for line in kept.replace("\n", ",").split(","))
            file.write(f"{kept}\n{number}:{base64.b64encode(os.urandom(KEY_BYTES)).decode()}\n")
            file.flush()
            os.fsync(file.fileno())
            if (before.st_uid, before.st_gid) != (os.geteuid(), os.getegid()):
                os.fchown(file.fileno(), before.st_uid, before.st_gid)
            os.fchmod(file.fileno(), stat.S_IMODE(before.st_mode))
        os.replace(beside, path)
    except (OSError, click.ClickException) as error:
        beside.unlink()
        if isinstance(error, click.ClickException):
            raise
        raise click.ClickException(NOT_WRITTEN.format(path=path, reason=error.strerror)) from error
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    return number


COMMANDS = (group,)
