"""行政区划: province, city, county, town and village, from the national codes."""

from assistance.divisions.commands import load_divisions
from assistance.divisions.models import Division
from assistance.divisions.tree import DivisionIndex, Level, Place, national_index

__all__ = ["Division", "DivisionIndex", "Level", "Place", "load_divisions", "national_index"]
