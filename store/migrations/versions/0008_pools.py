"""Pools"""

from alembic import op
import sqlalchemy as sa


revision = '0008'
down_revision = '0007'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('pools',
    sa.Column('id', sa.String(length=32), nullable=False),
    sa.Column('account_id', sa.String(length=32), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('description', sa.Text(), nullable=False),
    sa.Column('condition', sa.Text(), nullable=False),
    sa.Column('webhook_url', sa.Text(), nullable=False),
    sa.Column('fields', sa.Text(), nullable=False),
    sa.Column('sortable', sa.Text(), nullable=False),
    sa.Column('records', sa.Integer(), nullable=False),
    sa.Column('last_change', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('deleted_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['account_id'], ['accounts.id'], name=op.f('fk_pools_account_id_accounts'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_pools'))
    )
    op.create_index(op.f('ix_pools_account_id_id'), 'pools', ['account_id', 'id'], unique=False)
    op.create_index(op.f('ix_pools_deleted_at'), 'pools', ['deleted_at'], unique=False)
    op.create_table('pool_records',
    sa.Column('pool_id', sa.String(length=32), nullable=False),
    sa.Column('id', sa.String(length=32), nullable=False),
    sa.Column('present', sa.Boolean(), nullable=False),
    sa.Column('first_seen', sa.DateTime(timezone=True), nullable=False),
    sa.Column('last_seen', sa.DateTime(timezone=True), nullable=False),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('last_run', sa.String(length=32), nullable=False),
    sa.Column('unseen', sa.SmallInteger(), nullable=False),
    sa.Column('unseen_run', sa.String(length=32), nullable=False),
    sa.Column('identity', sa.Text(), nullable=False),
    sa.Column('sources', sa.Text(), nullable=False),
    sa.Column('body', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['pool_id'], ['pools.id'], name=op.f('fk_pool_records_pool_id_pools'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('pool_id', 'id', name=op.f('pk_pool_records'))
    )
    op.create_index(op.f('ix_pool_records_pool_id_present_first_seen_id'), 'pool_records', ['pool_id', 'present', 'first_seen', 'id'], unique=False)
    op.create_index(op.f('ix_pool_records_pool_id_present_last_seen_id'), 'pool_records', ['pool_id', 'present', 'last_seen', 'id'], unique=False)
    op.create_table('pool_keys',
    sa.Column('pool_id', sa.String(length=32), nullable=False),
    sa.Column('key', sa.String(length=32), nullable=False),
    sa.Column('record_id', sa.String(length=32), nullable=False),
    sa.ForeignKeyConstraint(['pool_id'], ['pools.id'], name=op.f('fk_pool_keys_pool_id_pools'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('pool_id', 'key', name=op.f('pk_pool_keys')),
    sqlite_with_rowid=False
    )
    op.create_table('pool_sort_keys',
    sa.Column('pool_id', sa.String(length=32), nullable=False),
    sa.Column('slot', sa.SmallInteger(), autoincrement=False, nullable=False),
    sa.Column('record_id', sa.String(length=32), nullable=False),
    sa.Column('sort_key', sa.String(length=100), nullable=False),
    sa.ForeignKeyConstraint(['pool_id'], ['pools.id'], name=op.f('fk_pool_sort_keys_pool_id_pools'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('pool_id', 'slot', 'record_id', name=op.f('pk_pool_sort_keys')),
    sqlite_with_rowid=False
    )
    op.create_index(op.f('ix_pool_sort_keys_pool_id_slot_sort_key_record_id'), 'pool_sort_keys', ['pool_id', 'slot', 'sort_key', 'record_id'], unique=False)
    op.create_table('pool_sources',
    sa.Column('pool_id', sa.String(length=32), nullable=False),
    sa.Column('source', sa.String(length=32), nullable=False),
    sa.Column('record_id', sa.String(length=32), nullable=False),
    sa.ForeignKeyConstraint(['pool_id'], ['pools.id'], name=op.f('fk_pool_sources_pool_id_pools'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('pool_id', 'source', 'record_id', name=op.f('pk_pool_sources')),
    sqlite_with_rowid=False
    )
    op.create_index(op.f('ix_pool_sources_pool_id_record_id'), 'pool_sources', ['pool_id', 'record_id'], unique=False)
    op.create_table('pool_changes',
    sa.Column('pool_id', sa.String(length=32), nullable=False),
    sa.Column('sequence', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('type', sa.String(length=32), nullable=False),
    sa.Column('record_id', sa.String(length=32), nullable=False),
    sa.Column('run_id', sa.String(length=32), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('body', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['pool_id'], ['pools.id'], name=op.f('fk_pool_changes_pool_id_pools'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('pool_id', 'sequence', name=op.f('pk_pool_changes'))
    )
    op.create_index(op.f('ix_pool_changes_pool_id_record_id_sequence'), 'pool_changes', ['pool_id', 'record_id', 'sequence'], unique=False)
    op.create_index(op.f('ix_pool_changes_pool_id_run_id_sequence'), 'pool_changes', ['pool_id', 'run_id', 'sequence'], unique=False)
    op.create_index(op.f('ix_pool_changes_pool_id_at_sequence'), 'pool_changes', ['pool_id', 'at', 'sequence'], unique=False)


def downgrade() -> None:
    for table in ('pool_changes', 'pool_sources', 'pool_sort_keys', 'pool_keys', 'pool_records', 'pools'):
        op.drop_table(table)
