"""How a service fails before it has looked at the request: down, slow, flaky or answering rubbish."""

from __future__ import annotations

from flask import Response, current_app

from simulators.world import Fault, World

RUBBISH = "<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>"


def world() -> World:
    """What the simulators of this application remember."""
    found: World = current_app.extensions["simulators"]
    return found


def fail_first(fault: Fault) -> Response | None:
    """The answer of a service that is broken; None where it works, if need be after a wait."""
    if fault.state == "down" or (fault.state == "flaky" and world().fails_this_time(fault)):
        return Response("Service Unavailable\n", 503, {"Content-Type": "text/plain"})
    if fault.state == "rubbish":
        return Response(RUBBISH, 200, {"Content-Type": "text/html"})
    if fault.state == "slow":
        world().wait_while_slow(fault)
    return None
