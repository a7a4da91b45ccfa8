"""听一听: offered where something can speak, hidden where nothing can."""

from __future__ import annotations

import io
import wave
from pathlib import Path

import pytest

from tests.browser.fixtures import NewVisitor
from tests.browser.site import Site
from web.static_files import ROOT, StaticFiles

pytestmark = pytest.mark.browser

_MUTE = "Object.defineProperty(window, 'speechSynthesis', { value: undefined });"
_SPEAKS = """
  window.spoken = [];
  const voices = LANGUAGES.map(lang => ({ lang, name: lang }));
  class Utterance { constructor(text) { this.text = text; } }
  Object.defineProperty(window, "SpeechSynthesisUtterance", { value: Utterance });
  Object.defineProperty(window, "speechSynthesis", { value: {
    getVoices: () => voices,
    speak: one => window.spoken.push([one.text, one.lang]),
    cancel: () => window.spoken.push("cancelled"),
    addEventListener: () => {},
  } });
"""


def test_without_a_voice_there_is_no_button(visitor: NewVisitor) -> None:
    for spoken in (_MUTE, _SPEAKS.replace("LANGUAGES", '["fr-FR"]')):
        one = visitor()
        one.page.add_init_script(spoken)
        one.go("/assessment")
        assert one.page.locator(".listen").is_hidden()


def test_without_scripts_there_is_no_button(visitor: NewVisitor) -> None:
    one = visitor(scripts=False)
    one.go("/")
    assert one.page.locator(".listen").is_hidden()


@pytest.mark.parametrize(("locale", "lang"), [("zh", "zh-CN"), ("en", "en")])
def test_a_voice_of_the_page_s_language_reads_the_page(visitor: NewVisitor, locale: str, lang: str) -> None:
    one = visitor(locale=locale)
    one.page.add_init_script(_SPEAKS.replace("LANGUAGES", '["zh-CN", "en-GB"]'))
    one.go("/assessment")
    button = one.page.locator(".listen")
    start = button.inner_text()
    box = button.bounding_box()
    assert box is not None
    assert box["height"] >= 44
    button.click()
    ((words, spoken_in),) = one.page.evaluate("window.spoken")
    assert one.page.inner_text("h1") in words
    assert spoken_in == lang
    assert button.inner_text() != start
    button.click()
    assert one.page.evaluate("window.spoken").pop() == "cancelled"
    assert button.inner_text() == start


def test_a_recording_that_was_dropped_in_is_played(
    visitor: NewVisitor, site: Site, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for path in ROOT.rglob("*"):
        if path.is_file():
            (tmp_path / path.relative_to(ROOT)).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / path.relative_to(ROOT)).write_bytes(path.read_bytes())
    (tmp_path / "audio" / "zh").mkdir(parents=True, exist_ok=True)
    (tmp_path / "audio" / "zh" / "assessment.mp3").write_bytes(_silence())
    monkeypatch.setitem(site.app.extensions, "huimin.static_files", StaticFiles(tmp_path))
    monkeypatch.setitem(site.app.extensions, "huimin.environments", {})
    one = visitor()
    one.page.add_init_script(_MUTE)
    asked: list[str] = []
    one.page.on("request", lambda request: asked.append(request.url))
    one.go("/assessment")
    button = one.page.locator(".listen")
    assert button.is_visible()
    assert not [url for url in asked if url.endswith(".mp3")], "a recording is loaded before anybody asks"
    with one.page.expect_response("**/audio/zh/assessment.mp3") as answer:
        button.click()
    assert answer.value.status in (200, 206)
    assert button.inner_text() == "停下"
    button.click()
    assert button.inner_text() == "听一听"
    english = visitor(locale="en")
    english.page.add_init_script(_MUTE)
    english.go("/assessment")
    assert english.page.locator(".listen").is_hidden()


def _silence() -> bytes:
    made = io.BytesIO()
    with wave.open(made, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(bytes(16000 * 5))
    return made.getvalue()
