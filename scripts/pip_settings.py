"""Prints this machine's pip configuration as the environment variables by which uv reads the same."""

from __future__ import annotations

import ast
import os
import shlex
import subprocess
import sys

NAMES = {
    "index-url": "UV_DEFAULT_INDEX",
    "extra-index-url": "UV_INDEX",
    "find-links": "UV_FIND_LINKS",
    "cert": "SSL_CERT_FILE",
    "default-timeout": "UV_HTTP_TIMEOUT",
    "timeout": "UV_HTTP_TIMEOUT",
}


def main() -> None:
    """Write one `export` line for each setting that has a counterpart and is not set already."""
    listed = subprocess.run(
        [sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True, check=False
    ).stdout
    for line in listed.splitlines():
        key, _, quoted = line.partition("=")
        name = NAMES.get(key.rpartition(".")[2])
        if name is None or name in os.environ:
            continue
        value = ast.literal_eval(quoted)
        if name == "UV_FIND_LINKS":
            # pip passes by a folder that is not there; uv would stop.
            value = " ".join(place for place in value.split() if "://" in place or os.path.isdir(place))
        if not value:
            continue
        print(f"export {name}={shlex.quote(value)}")


if __name__ == "__main__":
    main()
