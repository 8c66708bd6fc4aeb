"""A page as it was fetched, and a chain of models over a scripted server."""

from __future__ import annotations

import contextlib
import hashlib

from agent.models import ModelChain, ModelConfig
from domain.clock import SystemClock
from domain.pages import FetchOutcome, Page, Via
from fetch.dom import describe
from forage.scripted_model import serve_script


def page_of(html, url):
    facts = describe(html, url)
    return Page(
        id=hashlib.sha256(url.encode()).hexdigest()[:32],
        url=url,
        final_url=url,
        outcome=FetchOutcome.OK if html else FetchOutcome.NOT_FOUND,
        via=Via.HTTP,
        fetched_at=SystemClock().now(),
        html=html,
        text=facts.text,
        title=facts.title,
        language="en",
    )


@contextlib.asynccontextmanager
async def chain_of(script, models=("first",)):
    async with serve_script(script) as server:
        chain = ModelChain(ModelConfig(models=models, base_url=server.base_url, http_tries=1))
        try:
            yield server, chain
        finally:
            await chain.close()
