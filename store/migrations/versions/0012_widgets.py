"""Comparisons of pictures, widgets and what their checks found"""

from alembic import op
import sqlalchemy as sa


revision = '0012'
down_revision = '0011'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('diffs',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('account_id', sa.String(length=32), nullable=False),
    sa.Column('key', sa.String(length=64), nullable=False),
    sa.Column('pixels', sa.Integer(), nullable=False),
    sa.Column('compared', sa.Integer(), nullable=False),
    sa.Column('width', sa.Integer(), nullable=False),
    sa.Column('height', sa.Integer(), nullable=False),
    sa.Column('threshold', sa.Float(precision=53), nullable=False),
    sa.Column('image', sa.String(length=64), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['account_id'], ['accounts.id'], name=op.f('fk_diffs_account_id_accounts'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_diffs')),
    sa.UniqueConstraint('account_id', 'key', name=op.f('uq_diffs_account_id_key'))
    )
    op.create_index(op.f('ix_diffs_account_id_id'), 'diffs', ['account_id', 'id'], unique=False)
    op.create_table('widgets',
    sa.Column('id', sa.String(length=32), nullable=False),
    sa.Column('account_id', sa.String(length=32), nullable=False),
    sa.Column('token', sa.String(length=64), nullable=False),
    sa.Column('type', sa.String(length=32), nullable=False),
    sa.Column('url', sa.Text(), nullable=False),
    sa.Column('refresh_hours', sa.Integer(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('impressions', sa.BigInteger(), nullable=False),
    sa.Column('last_used_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('looked_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('run_id', sa.String(length=32), nullable=False),
    sa.Column('checked_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('health', sa.String(length=32), nullable=False),
    sa.Column('detail', sa.Text(), nullable=False),
    sa.Column('elapsed_ms', sa.Integer(), nullable=False),
    sa.Column('picture', sa.String(length=64), nullable=False),
    sa.ForeignKeyConstraint(['account_id'], ['accounts.id'], name=op.f('fk_widgets_account_id_accounts'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_widgets')),
    sa.UniqueConstraint('token', name=op.f('uq_widgets_token'))
    )
    op.create_index(op.f('ix_widgets_account_id_id'), 'widgets', ['account_id', 'id'], unique=False)
    op.create_index(op.f('ix_widgets_account_id_run_id'), 'widgets', ['account_id', 'run_id'], unique=False)
    op.create_table('widget_days',
    sa.Column('widget_id', sa.String(length=32), nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('checks', sa.Integer(), nullable=False),
    sa.Column('up', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['widget_id'], ['widgets.id'], name=op.f('fk_widget_days_widget_id_widgets'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('widget_id', 'day', name=op.f('pk_widget_days'))
    )


def downgrade() -> None:
    op.drop_table('widget_days')
    op.drop_table('widgets')
    op.drop_table('diffs')
