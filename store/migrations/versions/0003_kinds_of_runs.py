"""Kinds of runs: what a run was asked for says of which kind it is"""

from alembic import op
import sqlalchemy as sa


revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('runs', schema=None) as batch_op:
        batch_op.add_column(sa.Column('flow_id', sa.String(length=32), nullable=False, server_default=''))
        batch_op.add_column(sa.Column('pool_id', sa.String(length=32), nullable=False, server_default=''))
        batch_op.add_column(sa.Column('schedule_id', sa.String(length=32), nullable=False, server_default=''))
        batch_op.add_column(sa.Column('credits', sa.BigInteger(), nullable=False, server_default='0'))
        batch_op.drop_index('ix_runs_account_id_preview_id')
        batch_op.create_index('ix_runs_account_id_kind_preview_id', ['account_id', 'kind', 'preview', 'id'], unique=False)
        batch_op.create_index('ix_runs_account_id_flow_id_id', ['account_id', 'flow_id', 'id'], unique=False)
    # All runs so far are goal runs, and each asked for something: no request is an empty object.
    op.execute("UPDATE runs SET request = '{\"kind\":\"goal\",' || substr(request, 2)")


def downgrade() -> None:
    op.execute("DELETE FROM runs WHERE kind <> 'goal'")
    op.execute("UPDATE runs SET request = '{' || substr(request, 16)")
    with op.batch_alter_table('runs', schema=None) as batch_op:
        batch_op.drop_index('ix_runs_account_id_flow_id_id')
        batch_op.drop_index('ix_runs_account_id_kind_preview_id')
        batch_op.create_index('ix_runs_account_id_preview_id', ['account_id', 'preview', 'id'], unique=False)
        for column in ('credits', 'schedule_id', 'pool_id', 'flow_id'):
            batch_op.drop_column(column)
