"""Bulk jobs and their tasks, whose turn it is at a host, cookies of sessions"""

from alembic import op
import sqlalchemy as sa


revision = '0010'
down_revision = '0009'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('bulk_jobs',
    sa.Column('id', sa.String(length=32), nullable=False),
    sa.Column('account_id', sa.String(length=32), nullable=False),
    sa.Column('options', sa.Text(), nullable=False),
    sa.Column('total', sa.Integer(), nullable=False),
    sa.Column('left', sa.Integer(), nullable=False),
    sa.Column('succeeded', sa.Integer(), nullable=False),
    sa.Column('is_open', sa.Boolean(), nullable=False),
    sa.Column('canceled', sa.Boolean(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('completed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('webhook_url', sa.Text(), nullable=False),
    sa.Column('webhook_headers', sa.Text(), nullable=False),
    sa.Column('credits', sa.Integer(), nullable=False),
    sa.Column('idempotency_key', sa.String(length=255), nullable=True),
    sa.Column('request_sha256', sa.String(length=64), nullable=False),
    sa.ForeignKeyConstraint(['account_id'], ['accounts.id'], name=op.f('fk_bulk_jobs_account_id_accounts')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_bulk_jobs')),
    sa.UniqueConstraint('account_id', 'idempotency_key', name=op.f('uq_bulk_jobs_account_id_idempotency_key'))
    )
    op.create_index(op.f('ix_bulk_jobs_account_id_id'), 'bulk_jobs', ['account_id', 'id'], unique=False)
    op.create_index(op.f('ix_bulk_jobs_is_open_id'), 'bulk_jobs', ['is_open', 'id'], unique=False)
    op.create_table('bulk_tasks',
    sa.Column('id', sa.String(length=32), nullable=False),
    sa.Column('job_id', sa.String(length=32), nullable=False),
    sa.Column('account_id', sa.String(length=32), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('url', sa.Text(), nullable=False),
    sa.Column('host', sa.String(length=262), nullable=False),
    sa.Column('rendered', sa.Boolean(), nullable=False),
    sa.Column('status', sa.String(length=32), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('attempt', sa.Integer(), nullable=False),
    sa.Column('worker', sa.Text(), nullable=False),
    sa.Column('lease_expires_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('lost_leases', sa.Integer(), nullable=False),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('completed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('status_code', sa.Integer(), nullable=False),
    sa.Column('headers', sa.Text(), nullable=False),
    sa.Column('content', sa.String(length=64), nullable=False),
    sa.Column('is_binary', sa.Boolean(), nullable=False),
    sa.Column('error', sa.Text(), nullable=False),
    sa.Column('credits', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['job_id'], ['bulk_jobs.id'], name=op.f('fk_bulk_tasks_job_id_bulk_jobs'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_bulk_tasks'))
    )
    op.create_index(op.f('ix_bulk_tasks_job_id_position'), 'bulk_tasks', ['job_id', 'position'], unique=False)
    op.create_index(op.f('ix_bulk_tasks_job_id_status_host'), 'bulk_tasks', ['job_id', 'status', 'host'], unique=False)
    op.create_index(op.f('ix_bulk_tasks_status_lease_expires_at'), 'bulk_tasks', ['status', 'lease_expires_at'], unique=False)
    op.create_index(op.f('ix_bulk_tasks_status_account_id_id'), 'bulk_tasks', ['status', 'account_id', 'id'], unique=False)
    op.create_index(op.f('ix_bulk_tasks_status_host'), 'bulk_tasks', ['status', 'host'], unique=False)
    op.create_index(op.f('ix_bulk_tasks_worker'), 'bulk_tasks', ['worker'], unique=False)
    op.create_index(op.f('ix_bulk_tasks_expires_at'), 'bulk_tasks', ['expires_at'], unique=False)
    op.create_table('host_slots',
    sa.Column('host', sa.String(length=262), nullable=False),
    sa.Column('next_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('host', name=op.f('pk_host_slots'))
    )
    op.create_index(op.f('ix_host_slots_next_at'), 'host_slots', ['next_at'], unique=False)
    op.create_table('bulk_sessions',
    sa.Column('account_id', sa.String(length=32), nullable=False),
    sa.Column('name', sa.String(length=64), nullable=False),
    sa.Column('cookies', sa.Text(), nullable=False),
    sa.Column('used_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['account_id'], ['accounts.id'], name=op.f('fk_bulk_sessions_account_id_accounts')),
    sa.PrimaryKeyConstraint('account_id', 'name', name=op.f('pk_bulk_sessions'))
    )
    op.create_index(op.f('ix_bulk_sessions_used_at'), 'bulk_sessions', ['used_at'], unique=False)


def downgrade() -> None:
    op.drop_table('bulk_sessions')
    op.drop_table('host_slots')
    op.drop_table('bulk_tasks')
    op.drop_table('bulk_jobs')
