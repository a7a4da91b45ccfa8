"""The services outside, for demo and tests: real HTTP servers that speak the documented protocols."""

from simulators.application import NotHere, create_app, create_server
from simulators.people import Person, named_people
from simulators.serving import Running, serve_in_thread
from simulators.world import World

__all__ = [
    "NotHere",
    "Person",
    "Running",
    "World",
    "create_app",
    "create_server",
    "named_people",
    "serve_in_thread",
]
