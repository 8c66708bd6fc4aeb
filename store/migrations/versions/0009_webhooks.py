"""Webhooks of tasks; a delivery may tell of anything, not of a run's end alone"""

from alembic import op
import sqlalchemy as sa


revision = '0009'
down_revision = '0008'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(op.f('ix_runs_account_id_schedule_id_id'), 'runs', ['account_id', 'schedule_id', 'id'], unique=False)
    op.create_table('webhooks',
    sa.Column('id', sa.String(length=32), nullable=False),
    sa.Column('account_id', sa.String(length=32), nullable=False),
    sa.Column('task_kind', sa.String(length=32), nullable=False),
    sa.Column('task_id', sa.String(length=32), nullable=False),
    sa.Column('task_name', sa.String(length=64), nullable=False),
    sa.Column('url', sa.Text(), nullable=False),
    sa.Column('events', sa.Text(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('disabled_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['account_id'], ['accounts.id'], name=op.f('fk_webhooks_account_id_accounts'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_webhooks'))
    )
    op.create_index(op.f('ix_webhooks_account_id_id'), 'webhooks', ['account_id', 'id'], unique=False)
    op.create_index(op.f('ix_webhooks_account_id_task_id'), 'webhooks', ['account_id', 'task_id'], unique=False)
    op.create_table('retired_webhook_secrets',
    sa.Column('id', sa.String(length=32), nullable=False),
    sa.Column('account_id', sa.String(length=32), nullable=False),
    sa.Column('secret', sa.Text(), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['account_id'], ['accounts.id'], name=op.f('fk_retired_webhook_secrets_account_id_accounts'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_retired_webhook_secrets'))
    )
    op.create_index(op.f('ix_retired_webhook_secrets_account_id_expires_at'), 'retired_webhook_secrets', ['account_id', 'expires_at'], unique=False)

    op.create_table('gone_receivers',
    sa.Column('account_id', sa.String(length=32), nullable=False),
    sa.Column('subject_id', sa.String(length=32), nullable=False),
    sa.Column('destination', sa.String(length=64), nullable=False),
    sa.ForeignKeyConstraint(['account_id'], ['accounts.id'], name=op.f('fk_gone_receivers_account_id_accounts'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('account_id', 'subject_id', 'destination', name=op.f('pk_gone_receivers'))
    )

    _set_aside()
    op.create_table('webhook_deliveries',
    sa.Column('id', sa.String(length=32), nullable=False),
    sa.Column('account_id', sa.String(length=32), nullable=False),
    sa.Column('type', sa.String(length=32), nullable=False),
    sa.Column('subject_id', sa.String(length=32), nullable=False),
    sa.Column('event', sa.String(length=64), nullable=False),
    sa.Column('destination', sa.String(length=64), nullable=False),
    sa.Column('webhook_id', sa.String(length=32), nullable=False),
    sa.Column('run_id', sa.String(length=32), nullable=True),
    sa.Column('url', sa.Text(), nullable=False),
    sa.Column('body', sa.Text(), nullable=False),
    sa.Column('status', sa.String(length=32), nullable=False),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('earlier', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('finished_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['account_id'], ['accounts.id'], name=op.f('fk_webhook_deliveries_account_id_accounts')),
    sa.ForeignKeyConstraint(['run_id'], ['runs.id'], name=op.f('fk_webhook_deliveries_run_id_runs'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_webhook_deliveries')),
    sa.UniqueConstraint('account_id', 'subject_id', 'type', 'event', 'destination', name='uq_webhook_deliveries_once')
    )
    op.create_index(op.f('ix_webhook_deliveries_account_id_id'), 'webhook_deliveries', ['account_id', 'id'], unique=False)
    op.create_index(op.f('ix_webhook_deliveries_account_id_status_id'), 'webhook_deliveries', ['account_id', 'status', 'id'], unique=False)
    op.create_index(op.f('ix_webhook_deliveries_run_id'), 'webhook_deliveries', ['run_id'], unique=False)
    op.create_index(op.f('ix_webhook_deliveries_status_due_at'), 'webhook_deliveries', ['status', 'due_at'], unique=False)
    op.create_index(op.f('ix_webhook_deliveries_webhook_id_status'), 'webhook_deliveries', ['webhook_id', 'status'], unique=False)
    op.execute("""
        INSERT INTO webhook_deliveries (id, account_id, type, subject_id, event, destination, webhook_id, run_id, url,
            body, status, attempts, earlier, created_at, due_at, finished_at)
        SELECT id, account_id, 'job.ended', run_id, CAST(event AS VARCHAR(64)), '', '', run_id, url,
            '', status, attempts, 0, created_at, due_at, finished_at
        FROM deliveries_aside
    """)
    _bring_back_attempts()


def downgrade() -> None:
    # The schema before knows of a run's end alone, once each.
    op.execute("DELETE FROM webhook_attempts WHERE delivery_id IN (SELECT id FROM webhook_deliveries WHERE type <> 'job.ended')")
    op.execute("DELETE FROM webhook_deliveries WHERE type <> 'job.ended'")
    _set_aside()
    op.create_table('webhook_deliveries',
    sa.Column('id', sa.String(length=32), nullable=False),
    sa.Column('account_id', sa.String(length=32), nullable=False),
    sa.Column('run_id', sa.String(length=32), nullable=False),
    sa.Column('event', sa.Integer(), nullable=False),
    sa.Column('url', sa.Text(), nullable=False),
    sa.Column('status', sa.String(length=32), nullable=False),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('finished_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['account_id'], ['accounts.id'], name=op.f('fk_webhook_deliveries_account_id_accounts')),
    sa.ForeignKeyConstraint(['run_id'], ['runs.id'], name=op.f('fk_webhook_deliveries_run_id_runs'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_webhook_deliveries')),
    sa.UniqueConstraint('run_id', 'event', name=op.f('uq_webhook_deliveries_run_id_event'))
    )
    op.create_index(op.f('ix_webhook_deliveries_account_id_id'), 'webhook_deliveries', ['account_id', 'id'], unique=False)
    op.create_index(op.f('ix_webhook_deliveries_status_due_at'), 'webhook_deliveries', ['status', 'due_at'], unique=False)
    op.execute("""
        INSERT INTO webhook_deliveries (id, account_id, run_id, event, url, status, attempts, created_at, due_at, finished_at)
        SELECT id, account_id, run_id, CAST(event AS INTEGER), url, status, attempts, created_at, due_at, finished_at
        FROM deliveries_aside
    """)
    _bring_back_attempts()
    op.drop_table('gone_receivers')
    op.drop_table('retired_webhook_secrets')
    op.drop_table('webhooks')
    op.drop_index(op.f('ix_runs_account_id_schedule_id_id'), table_name='runs')


def _set_aside() -> None:
    # SQLite changes no constraint in place, and dropping a table there takes the rows that refer to it.
    op.execute('CREATE TABLE attempts_aside AS SELECT * FROM webhook_attempts')
    op.execute('CREATE TABLE deliveries_aside AS SELECT * FROM webhook_deliveries')
    op.drop_table('webhook_attempts')
    op.drop_table('webhook_deliveries')


def _bring_back_attempts() -> None:
    op.create_table('webhook_attempts',
    sa.Column('delivery_id', sa.String(length=32), nullable=False),
    sa.Column('number', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('account_id', sa.String(length=32), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('status', sa.Integer(), nullable=False),
    sa.Column('detail', sa.Text(), nullable=False),
    sa.Column('elapsed_ms', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['delivery_id'], ['webhook_deliveries.id'], name=op.f('fk_webhook_attempts_delivery_id_webhook_deliveries'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('delivery_id', 'number', name=op.f('pk_webhook_attempts'))
    )
    op.execute("""
        INSERT INTO webhook_attempts (delivery_id, number, account_id, at, status, detail, elapsed_ms)
        SELECT delivery_id, number, account_id, at, status, detail, elapsed_ms FROM attempts_aside
    """)
    op.execute('DROP TABLE attempts_aside')
    op.execute('DROP TABLE deliveries_aside')
