"""Screpto's document: results of a task, and webhooks of it."""
