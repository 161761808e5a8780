"""The event loop of Galope's processes: uvloop, where it has a build."""

import asyncio

try:
    import uvloop
except ImportError:  # it has no build for Windows
    LOOP = asyncio.new_event_loop
else:
    LOOP = uvloop.new_event_loop
