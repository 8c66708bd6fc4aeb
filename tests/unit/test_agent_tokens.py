"""Counting tokens must never reach for the network."""

import socket

import pytest

from agent import tokens


@pytest.fixture(autouse=True)
def fresh():
    tokens.encoding.cache_clear()
    yield
    tokens.encoding.cache_clear()


@pytest.mark.parametrize("directory", ["", "/nonexistent"])
def test_without_its_vocabulary_at_hand_a_count_is_an_estimate_and_nothing_is_downloaded(monkeypatch, directory):
    def refused(*args, **kwargs):
        raise AssertionError("a connection was opened")

    monkeypatch.setattr(socket, "create_connection", refused)
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", directory)
    assert tokens.is_estimate()
    assert tokens.count_tokens("") == 1
    assert 200 <= tokens.count_tokens("word " * 200) <= 400
    # Scripts without spaces take about a token a character.
    assert tokens.count_tokens("東京都渋谷区" * 50) >= 200
