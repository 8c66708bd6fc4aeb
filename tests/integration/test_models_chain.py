"""The model chain with its real clients, over HTTP, against a server that does everything models do."""

import time

import pytest
from pydantic import BaseModel

from agent.meter import Meter
from agent.models import ModelChain, ModelConfig, NoAnswer
from domain.budgets import Budget, Spend
from domain.errors import BudgetSpent
from forage.scripted_model import Fail, Fault, Say, in_prose, say_json, serve_script
from prompts import Prompt


class Capital(BaseModel):
    country: str
    city: str


PARIS = {"country": "France", "city": "Paris"}
PROMPT = Prompt(name="capital", version=1, system="Answer with one capital.", user="France?")


async def asked(script, *, models=("first",), deadline_s=20.0, meter=None, **config):
    async with serve_script(script) as server:
        chain = ModelChain(ModelConfig(models=models, base_url=server.base_url, **config))
        try:
            return server, await chain.ask(PROMPT, Capital, deadline_s, meter)
        except NoAnswer as none:
            return server, none
        finally:
            await chain.close()


async def test_a_schema_is_sent_and_the_provider_counts_the_tokens():
    server, answer = await asked([say_json(PARIS)])
    assert answer.value.model_dump() == PARIS
    assert not answer.degraded
    assert server.calls[0].wants_schema
    assert (answer.spend.model_calls, answer.spend.input_tokens) == (1, server.calls[0].input_tokens)
    assert not answer.spend.tokens_estimated


async def test_a_server_that_counts_no_tokens_gets_an_estimate_that_says_so():
    _, answer = await asked([Say(text='{"country": "France", "city": "Paris"}', usage=False)])
    assert answer.spend.tokens_estimated
    assert answer.spend.input_tokens > 0
    assert answer.spend.output_tokens > 0


async def test_an_answer_off_the_schema_is_asked_again_with_the_validators_message():
    server, answer = await asked([say_json({"country": "France"}), say_json(PARIS)])
    assert answer.value.city == "Paris"
    assert len(server.calls) == 2
    assert "city" in server.calls[1].user.removeprefix(server.calls[0].user)
    assert answer.spend.model_calls == 2


async def test_json_between_sentences_is_found():
    _, answer = await asked([in_prose(PARIS)])
    assert answer.value.city == "Paris"


async def test_a_model_without_schema_support_is_asked_for_markdown():
    server, answer = await asked(lambda call: Fail(fault=Fault.NO_SCHEMA) if call.wants_schema else in_prose(PARIS))
    assert answer.value.city == "Paris"
    assert not server.calls[-1].wants_schema


@pytest.mark.parametrize("fault", [Fault.SERVER_ERROR, Fault.GARBAGE, Fault.REFUSAL, Fault.RESET])
async def test_a_failing_model_gives_way_to_the_next_and_the_answer_is_marked_degraded(fault):
    script = {"first": [Fail(fault=fault)], "second": [say_json(PARIS)]}
    server, answer = await asked(script, models=("first", "second"), http_tries=2)
    assert answer.value.city == "Paris"
    assert answer.degraded
    assert answer.model == "second"
    assert answer.failures[0].startswith("first: ")
    assert 1 <= len(server.calls_of("first")) <= 3


async def test_a_refusal_is_not_argued_with():
    script = {"first": [Fail(fault=Fault.REFUSAL)], "second": [say_json(PARIS)]}
    server, answer = await asked(script, models=("first", "second"))
    assert len(server.calls_of("first")) == 1
    assert "refused" in answer.failures[0]


async def test_a_silent_model_leaves_time_for_the_next():
    script = {"first": [Fail(fault=Fault.HANG)], "second": [say_json(PARIS)]}
    began = time.monotonic()
    _, answer = await asked(script, models=("first", "second"), deadline_s=6.0)
    assert answer.model == "second"
    assert time.monotonic() - began < 6.0


async def test_a_busy_model_is_waited_for_as_long_as_it_says():
    server, answer = await asked([Fail(fault=Fault.BUSY, retry_after_s=1), say_json(PARIS)])
    assert answer.value.city == "Paris"
    assert server.calls[1].at - server.calls[0].at >= 0.9
    assert not answer.degraded


async def test_a_busy_model_that_asks_for_an_hour_is_left_within_the_deadline():
    script = {"first": [Fail(fault=Fault.BUSY, retry_after_s=3600)], "second": [say_json(PARIS)]}
    _, answer = await asked(script, models=("first", "second"), deadline_s=8.0)
    assert answer.model == "second"


async def test_when_none_answers_each_ones_failure_is_told_and_what_was_used_is_counted():
    script = {"first": [say_json({"nonsense": True})], "second": [Fail(fault=Fault.REFUSAL)]}
    _, none = await asked(script, models=("first", "second"))
    assert isinstance(none, NoAnswer)
    assert "first: " in none.message
    assert "second: refused" in none.message
    assert none.spend.model_calls == 4


async def test_a_model_that_was_down_is_not_asked_first_again():
    script = {"first": [Fail(fault=Fault.SERVER_ERROR)], "second": [say_json(PARIS)]}
    async with serve_script(script) as server:
        chain = ModelChain(ModelConfig(models=("first", "second"), base_url=server.base_url, http_tries=1))
        await chain.ask(PROMPT, Capital, 10.0)
        await chain.ask(PROMPT, Capital, 10.0)
        await chain.close()
    assert len(server.calls_of("first")) == 1
    assert len(server.calls_of("second")) == 2


async def test_a_call_that_does_not_fit_the_budget_is_not_sent():
    meter = Meter(Budget(max_tokens=1000), Spend())
    async with serve_script([say_json(PARIS)]) as server:
        chain = ModelChain(ModelConfig(models=("first",), base_url=server.base_url, max_output_tokens=2000))
        with pytest.raises(BudgetSpent):
            await chain.ask(PROMPT, Capital, 10.0, meter)
        await chain.close()
    assert server.calls == []
    assert meter.refused_tokens


async def test_the_meter_hears_of_failed_calls_too():
    meter = Meter(Budget(), Spend())
    _, none = await asked([Fail(fault=Fault.REFUSAL)], meter=meter)
    assert isinstance(none, NoAnswer)
    assert meter.spend.model_calls == 1
    assert meter.tokens_left == meter.budget.max_tokens - meter.spend.tokens
