"""Set-up passes this machine's own package settings on, and names no address of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def exports(folder: Path, text: str, **more: str) -> str:
    (folder / "pip.conf").write_text(text, encoding="utf-8")
    quiet = {
        name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "UV_", "SSL_"))
    }
    return subprocess.run(
        [sys.executable, "scripts/pip_settings.py"],
        cwd=ROOT,
        env={**quiet, "HOME": str(folder), "PIP_CONFIG_FILE": str(folder / "pip.conf"), **more},
        capture_output=True,
        text=True,
        check=True,
    ).stdout


def test_what_this_machine_tells_pip_reaches_uv(tmp_path: Path) -> None:
    text = "[global]\nindex-url = https://mirror.example/simple\ncert = /etc/ca with space.crt\n"
    found = exports(tmp_path, text)
    assert "export UV_DEFAULT_INDEX=https://mirror.example/simple\n" in found
    assert "export SSL_CERT_FILE='/etc/ca with space.crt'\n" in found


def test_what_is_already_said_to_uv_wins(tmp_path: Path) -> None:
    found = exports(
        tmp_path, "[global]\nindex-url = https://a.example\n", UV_DEFAULT_INDEX="https://b.example"
    )
    assert "UV_DEFAULT_INDEX" not in found


def test_a_setting_cannot_run_a_command(tmp_path: Path) -> None:
    found = exports(tmp_path, "[global]\nindex-url = https://a.example/$(touch x);`id`\n")
    assert "export UV_DEFAULT_INDEX='https://a.example/$(touch x);`id`'\n" in found


def test_a_folder_of_packages_that_is_not_there_is_passed_by(tmp_path: Path) -> None:
    there, gone = tmp_path / "there", tmp_path / "gone"
    there.mkdir()
    assert "UV_FIND_LINKS" not in exports(tmp_path, f"[global]\nfind-links = {gone}\n")
    found = exports(tmp_path, f"[global]\nfind-links = {gone} {there}\n")
    assert f"export UV_FIND_LINKS={there}\n" in found


def test_when_nothing_has_changed_set_up_says_and_does_nothing() -> None:
    script = ["sh", "scripts/set-up.sh", "test"]
    subprocess.run(script, cwd=ROOT, check=True, capture_output=True)
    again = subprocess.run(script, cwd=ROOT, check=True, capture_output=True, text=True)
    assert again.stdout == ""
