"""Static files under an address that holds their hash, so that a browser asks for each only once."""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
from dataclasses import dataclass
from pathlib import Path

from flask import Blueprint, Flask, Response, abort, current_app, request, url_for

from web.access import public

ROOT = Path(__file__).resolve().parent.parent / "static"
IMMUTABLE = "public, max-age=31536000, immutable"
COMPRESSIBLE = (".css", ".js", ".svg", ".webmanifest", ".txt")
TYPES = {".webmanifest": "application/manifest+json", ".js": "text/javascript", ".woff2": "font/woff2"}

blueprint = Blueprint("static_files", __name__)


@dataclass(frozen=True)
class StaticFile:
    """One file as it was when the application started."""

    digest: str
    mimetype: str
    body: bytes
    compressed: bytes | None


class StaticFiles:
    """All files below a folder, read once."""

    def __init__(self, root: Path = ROOT) -> None:
        self._files: dict[str, StaticFile] = {}
        for path in sorted(root.rglob("*")) if root.is_dir() else []:
            if path.is_file() and not path.name.startswith("."):
                self._files[path.relative_to(root).as_posix()] = _read(path)

    def get(self, filename: str) -> StaticFile | None:
        """The file of this name, if there is one."""
        return self._files.get(filename)

    def names(self) -> list[str]:
        """Every file name, in order."""
        return list(self._files)


def install_static_files(app: Flask) -> None:
    """Read the static files and serve them under /static/<digest>/."""
    app.extensions["huimin.static_files"] = StaticFiles()
    app.register_blueprint(blueprint)


def static_url(filename: str) -> str:
    """The address of a static file as it is now; a file that does not exist is a mistake of ours."""
    files: StaticFiles = current_app.extensions["huimin.static_files"]
    found = files.get(filename)
    if found is None:
        raise LookupError(f"no static file {filename}")
    return url_for("static_files.show_static_file", digest=found.digest, filename=filename)


def has_static_file(filename: str) -> bool:
    """Whether a file of this name was there at start."""
    files: StaticFiles = current_app.extensions["huimin.static_files"]
    return files.get(filename) is not None


@blueprint.get("/static/<string:digest>/<path:filename>")
@public
def show_static_file(digest: str, filename: str) -> Response:
    """One static file; under an old hash it is shown too, but not kept."""
    files: StaticFiles = current_app.extensions["huimin.static_files"]
    found = files.get(filename)
    if found is None:
        abort(404)
    compressed = found.compressed is not None and request.accept_encodings["gzip"] > 0
    body = found.compressed if compressed else found.body
    response = Response(body, mimetype=found.mimetype)
    response.headers["Cache-Control"] = IMMUTABLE if digest == found.digest else "no-cache"
    response.set_etag(found.digest + ("-gzip" if compressed else ""))
    if found.compressed is not None:
        response.vary.add("Accept-Encoding")
    if compressed:
        response.headers["Content-Encoding"] = "gzip"
    response.make_conditional(request, accept_ranges=not compressed, complete_length=len(body or b""))
    return response


def _read(path: Path) -> StaticFile:
    body = path.read_bytes()
    smaller = gzip.compress(body, 9, mtime=0) if path.suffix in COMPRESSIBLE else None
    guessed = TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return StaticFile(hashlib.sha256(body).hexdigest()[:12], guessed, body, smaller)
