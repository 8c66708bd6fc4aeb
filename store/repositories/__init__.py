"""Statements, by subject."""
