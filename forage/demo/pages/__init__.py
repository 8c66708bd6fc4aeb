"""Templates of the demo web."""
