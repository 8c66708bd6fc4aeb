"""Models behind one OpenAI-compatible endpoint, asked in order until one gives an answer of the wished form.

Each model is asked for JSON by schema, once more with the validator's message if it answered off the form, and at last
for JSON in a Markdown block, the only form that models without schema support manage. HTTP retries (429 with
Retry-After, 5xx, resets) are the client's. openai and instructor are imported at the first call: they cost a second.
"""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING, Generic, TypeVar

import msgspec

from agent.meter import Meter
from agent.tokens import count_tokens
from domain.budgets import Spend
from domain.errors import ModelFailed, NoModelAnswered
from prompts import Prompt

if TYPE_CHECKING:
    import openai
    from instructor import AsyncInstructor, Mode
    from openai import AsyncOpenAI
    from openai.types.chat import ChatCompletion
    from pydantic import BaseModel

T = TypeVar("T", bound="BaseModel")

RESTS_S = 30.0  # a model that was down is not asked again at once while another can answer
MESSAGE_TOKENS = 20  # what the chat format adds to a call


class ModelConfig(msgspec.Struct, frozen=True, kw_only=True):
    """`models` are asked in order. `timeout_s` is of one HTTP try, `http_tries` how often one is made: a 429 waits as
    long as Retry-After says, at most a minute. `max_output_tokens` is held against the budget for every call."""

    models: tuple[str, ...]
    base_url: str = ""
    api_key: str = ""
    timeout_s: float = 60.0
    http_tries: int = 3
    max_output_tokens: int = 4096


class Answer(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """`spend` counts every call made for it, those that failed too. `degraded`: the first model did not give it."""

    value: T
    spend: Spend
    model: str
    degraded: bool = False
    failures: tuple[str, ...] = ()


class NoAnswer(NoModelAnswered):
    """No model in the chain could answer."""

    def __init__(self, message: str, spend: Spend) -> None:
        self.spend = spend
        super().__init__(message)


class Refused(ModelFailed):
    """The model refused to answer."""


class _Tally:
    """What the calls to one model used, as they return."""

    def __init__(self, prompt_tokens: int) -> None:
        self.spend = Spend()
        self.refusal = ""
        self._prompt_tokens = prompt_tokens

    def add(self, completion: ChatCompletion | str) -> None:
        """A server that answers with no JSON gives its text: nothing was counted then."""
        if isinstance(completion, str):
            self.spend += Spend(model_calls=1)
            return
        choice = completion.choices[0].message if completion.choices else None
        self.refusal = (choice.refusal or "") if choice else ""
        usage = completion.usage
        if usage is not None and usage.total_tokens:
            self.spend += Spend(model_calls=1, input_tokens=usage.prompt_tokens, output_tokens=usage.completion_tokens)
            return
        answered = count_tokens(choice.content or "") if choice else 0
        self.spend += Spend(
            model_calls=1, input_tokens=self._prompt_tokens, output_tokens=answered, tokens_estimated=True
        )


class ModelChain:
    """Safe to share between runs. Close it when done."""

    def __init__(self, config: ModelConfig) -> None:
        if not config.models:
            raise ValueError("a model chain needs at least one model")
        self.config = config
        self._rests_until: dict[str, float] = {}
        self._opened: AsyncOpenAI | None = None

    async def ask(
        self, prompt: Prompt, response_type: type[T], deadline_s: float, meter: Meter | None = None
    ) -> Answer[T]:
        """An answer that validates as `response_type`, within `deadline_s` seconds.

        Raises NoAnswer when no model gave one, BudgetSpent when the call does not fit into what `meter` has left: then
        nothing was sent.
        """
        prompt_tokens = count_tokens(prompt.system) + count_tokens(prompt.user) + MESSAGE_TOKENS
        if meter is None:
            return await self._ask(prompt, response_type, deadline_s, prompt_tokens)
        with meter.hold_tokens(prompt_tokens + self.config.max_output_tokens):
            try:
                answer = await self._ask(prompt, response_type, deadline_s, prompt_tokens)
            except NoAnswer as none:
                meter.settle(none.spend)
                raise
            meter.settle(answer.spend)
            return answer

    async def close(self) -> None:
        if self._opened is not None:
            await self._opened.close()
            self._opened = None

    async def _ask(self, prompt: Prompt, response_type: type[T], deadline_s: float, prompt_tokens: int) -> Answer[T]:
        ends = time.monotonic() + deadline_s
        spend, failures = Spend(), []
        order = self._order()
        for number, model in enumerate(order):
            tally = _Tally(prompt_tokens)
            # A silent model must leave time for those after it.
            share_s = (ends - time.monotonic()) / (len(order) - number)
            try:
                async with asyncio.timeout(max(0.0, share_s)):
                    value = await self._ask_one(model, prompt, response_type, tally)
            except TimeoutError:
                failure = f"{model}: no answer in {share_s:.0f} s"
                self._rest(model)
            except ModelFailed as fault:
                failure = f"{model}: {fault.message}"
            else:
                return Answer(
                    value=value,
                    spend=spend + tally.spend,
                    model=model,
                    degraded=model != self.config.models[0],
                    failures=tuple(failures),
                )
            failures.append(failure)
            spend += tally.spend
        raise NoAnswer("; ".join(failures), spend)

    def _order(self) -> list[str]:
        """The chain's models, those that rest last: when all rest, all are asked all the same."""
        now = time.monotonic()
        return sorted(self.config.models, key=lambda model: self._rests_until.get(model, 0.0) > now)

    def _rest(self, model: str) -> None:
        self._rests_until[model] = time.monotonic() + RESTS_S

    async def _ask_one(self, model: str, prompt: Prompt, response_type: type[T], tally: _Tally) -> T:
        """Raises ModelFailed, whatever went wrong."""
        import openai
        from instructor import Mode
        from instructor.core.exceptions import InstructorError
        from pydantic import ValidationError

        off_form = ""
        # Schema first with one re-ask, then a Markdown block: three calls at most.
        for mode, tries in ((Mode.JSON_SCHEMA, 2), (Mode.MD_JSON, 1)):
            try:
                return await self._create(self._client(mode), model, prompt, response_type, tally, tries)
            except (InstructorError, openai.APIError, ValidationError, ValueError, AssertionError) as fault:
                if tally.refusal:
                    raise Refused(f"refused: {tally.refusal[:200]}") from fault
                http = _http_fault(fault)
                if http is None:
                    off_form = f"answered off the form ({_first_line(fault)})"
                elif isinstance(http, openai.BadRequestError | openai.UnprocessableEntityError):
                    off_form = f"does not take the request ({_first_line(http)})"
                else:
                    self._rest(model)
                    raise ModelFailed(_first_line(http)) from fault
        raise ModelFailed(off_form)

    async def _create(
        self,
        client: AsyncInstructor,
        model: str,
        prompt: Prompt,
        response_type: type[T],
        tally: _Tally,
        tries: int,
    ) -> T:
        from instructor.core.hooks import Hooks
        from tenacity import AsyncRetrying, retry_if_exception, stop_after_attempt

        hooks = Hooks()
        hooks.on("completion:response", tally.add)
        return await client.create(
            model=model,
            messages=[{"role": "system", "content": prompt.system}, {"role": "user", "content": prompt.user}],
            response_model=response_type,
            max_retries=AsyncRetrying(
                stop=stop_after_attempt(tries),
                retry=retry_if_exception(lambda fault: _is_off_form(fault) and not tally.refusal),
                reraise=True,
            ),
            hooks=hooks,
            temperature=0,
            max_tokens=self.config.max_output_tokens,
        )

    def _client(self, mode: Mode) -> AsyncInstructor:
        import instructor
        import openai

        if self._opened is None:
            # It logs as errors what is handled here, with the prompt's text.
            logging.getLogger("instructor").setLevel(logging.CRITICAL)
            self._opened = openai.AsyncOpenAI(
                base_url=self.config.base_url or None,
                # Local servers take any key, and the client refuses to start without one.
                api_key=self.config.api_key or "none",
                timeout=self.config.timeout_s,
                max_retries=self.config.http_tries - 1,
            )
        return instructor.from_openai(self._opened, mode=mode)


def _is_off_form(fault: BaseException) -> bool:
    """An answer came, and did not validate."""
    import openai

    return isinstance(fault, Exception) and not isinstance(fault, openai.OpenAIError | TimeoutError)


def _http_fault(fault: BaseException | None) -> openai.APIError | None:
    """The client's own error: instructor wraps it."""
    import openai

    while fault is not None and not isinstance(fault, openai.APIError):
        fault = fault.__cause__ or fault.__context__
    return fault


def _first_line(fault: Exception) -> str:
    return (str(fault).strip().splitlines() or [type(fault).__name__])[0][:300]
