"""What the end of a run says of its flow."""

from __future__ import annotations

from domain.flows import FlowCounts, FlowStatus, outcome_counts
from domain.requests import FlowRequest
from domain.runs import Run, RunStatus
from services.monitors import pause_monitor
from services.service import Service
from store.unit import UnitOfWork


async def note_flow_end(uow: UnitOfWork, service: Service, run: Run) -> None:
    """Counts the end of a flow's run, in the transaction that ends it.

    A run that was extended ends again: what its end before said is taken back. After FAILURES_TO_ERROR failures in a
    row the flow is in `error`, and its schedule rests.
    """
    if not isinstance(run.request, FlowRequest):
        return
    added = outcome_counts(run.status)
    ends = await uow.events(run.account_id).ends(run.id, 2)
    if len(ends) > 1:
        added = _less(added, outcome_counts(RunStatus(str(ends[1].data["status"]))))
    flows = uow.flows(run.account_id)
    await flows.add_counts(run.request.flow_id, added)
    if added.failures_in_a_row:
        flow = await flows.get(run.request.flow_id)
        if flow is not None and flow.status is FlowStatus.ERROR:
            await pause_monitor(uow, service, flow)


def _less(counts: FlowCounts, before: FlowCounts) -> FlowCounts:
    return FlowCounts(
        total=counts.total - before.total,
        succeeded=counts.succeeded - before.succeeded,
        failed=counts.failed - before.failed,
        failures_in_a_row=max(0, counts.failures_in_a_row - before.failures_in_a_row),
    )
