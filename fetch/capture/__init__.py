"""Pictures of pages."""

from fetch.capture.tier import CaptureTier

__all__ = ["CaptureTier"]
