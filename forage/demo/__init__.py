"""A small web that ships with Forage: several sites on loopback ports, with invented shops, people and numbers."""
