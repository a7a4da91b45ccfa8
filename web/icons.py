"""Small line icons, drawn in place; the words beside an icon say what it means."""

from __future__ import annotations

from markupsafe import Markup

PATHS = {
    "back": "M15 5l-7 7 7 7",
    "next": "M9 5l7 7-7 7",
    "phone": "M5 3h4l2 5-2.5 2a12 12 0 0 0 5.5 5.5L16 13l5 2v4a2 2 0 0 1-2 2A16 16 0 0 1 3 5a2 2 0 0 1 2-2z",
    "person": "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4 21c0-4.4 3.6-7 8-7s8 2.6 8 7",
    "window": "M4 21V9l8-5 8 5v12M2 21h20M9 21v-7h6v7",
    "listen": "M4 9v6h4l5 4V5L8 9zM17 8.5a5 5 0 0 1 0 7M19.5 6a8.5 8.5 0 0 1 0 12",
    "shield": "M12 3l8 3v6c0 5-3.4 8-8 9-4.6-1-8-4-8-9V6zM8.5 12l2.5 2.5 4.5-5",
    "tick": "M4 12.5l5 5L20 6.5",
    "alert": "M12 3L2 20h20zM12 10v5M12 17.5v.01",
    "info": "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 11v6M12 7.5v.01",
    "clock": "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 7v5l3.5 2",
    "search": "M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM16 16l5 5",
    "list": "M9 6h11M9 12h11M9 18h11M4.5 6h.01M4.5 12h.01M4.5 18h.01",
    "heart": "M12 20s-8-4.8-8-10.4A4.4 4.4 0 0 1 12 7a4.4 4.4 0 0 1 8 2.6C20 15.2 12 20 12 20z",
    "document": "M6 3h8l4 4v14H6zM14 3v4h4M9 12h6M9 16h6",
    "question": "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM9.5 9.5a2.5 2.5 0 1 1 3.5 2.3l-1 1.7M12 16.8v.01",
    "money": "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM8.5 7l3.5 5 3.5-5M12 12v6M9 13h6M9 15.8h6",
    "print": "M7 8V3h10v5M7 17H4V8h16v9h-3M7 14h10v7H7z",
    "edit": "M4 20h4L19 9l-4-4L4 16z",
    "book": "M12 6c-2-1.5-5-2-8-2v14c3 0 6 .5 8 2 2-1.5 5-2 8-2V4c-3 0-6 .5-8 2zM12 6v14",
    "home": "M3 11l9-7 9 7M6 9v11h12V9",
    "child": "M12 8a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM12 8v7M7 11h10M9 22l3-7 3 7",
    "illness": "M9 3h6v6h6v6h-6v6H9v-6H3V9h6z",
    "old": "M10 7a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5zM10 8v7l-3 7M10 15l4 3v4M10 10l4 3h3M17 12v10",
    "chair": "M9 6a2 2 0 1 0 0-4 2 2 0 0 0 0 4zM9 7v7h6l3 6h2M9 10h5M6.5 11.5a5.5 5.5 0 1 0 8 7",
    "work": "M4 8h16v12H4zM9 8V5h6v3M4 13h16",
    "storm": "M7 15a4 4 0 0 1-.5-8A6 6 0 0 1 18 8.5a3.5 3.5 0 0 1-1 6.5M12 12l-2.5 4.5h4L11.5 21",
    "star": "M12 3l2.7 5.8 6.3.8-4.6 4.4 1.2 6.3L12 17.2l-5.6 3.1 1.2-6.3L3 9.6l6.3-.8z",
    "day": "M12 16a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM12 2v2M12 20v2M2 12h2M20 12h2M5 5l1 1M18 18l1 1M19 5l-1 1",
    "clear": "M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13",
}


def icon(name: str, extra: str = "") -> Markup:
    """One icon by name, hidden from screen readers."""
    classes = f"icon {extra}" if extra else "icon"
    return Markup(  # noqa: S704 - our own drawings, and class names from our own templates
        f'<svg class="{classes}" viewBox="0 0 24 24" aria-hidden="true" focusable="false">'
        f'<path d="{PATHS[name]}"/></svg>'
    )
