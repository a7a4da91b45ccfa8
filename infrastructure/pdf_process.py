"""The process in which one PDF is made: an order on standard input, the PDF on standard output."""

from __future__ import annotations

import json
import resource
import sys

MEMORY_BYTES = 1536 * 1024 * 1024
CPU_SECONDS = 60


def main() -> None:
    """Make one PDF under fixed limits of memory and time."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    order = json.load(sys.stdin.buffer)

    from weasyprint import CSS, HTML
    from weasyprint.urls import URLFetcher

    # The default fetcher follows http and file addresses, and would attach local files to the PDF.
    fetcher = URLFetcher(allowed_protocols={"data"})
    page = HTML(string=order["html"], url_fetcher=fetcher, base_url=None)
    sheet = CSS(string=order["stylesheet"], url_fetcher=fetcher, base_url=None)
    sys.stdout.buffer.write(page.write_pdf(stylesheets=[sheet]))


if __name__ == "__main__":
    main()
