"""The ledger of credits"""

from alembic import op
import sqlalchemy as sa


revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('credit_transactions',
        sa.Column('id', sa.String(length=32), nullable=False),
        sa.Column('account_id', sa.String(length=32), nullable=False),
        sa.Column('key', sa.String(length=160), nullable=False),
        sa.Column('kind', sa.String(length=32), nullable=False),
        sa.Column('issued', sa.BigInteger(), nullable=False),
        sa.Column('available', sa.BigInteger(), nullable=False),
        sa.Column('held', sa.BigInteger(), nullable=False),
        sa.Column('spent', sa.BigInteger(), nullable=False),
        sa.Column('run_id', sa.String(length=32), nullable=False),
        sa.Column('note', sa.Text(), nullable=False),
        sa.Column('at', sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint('issued + available + held + spent = 0', name=op.f('ck_credit_transactions_zero')),
        sa.ForeignKeyConstraint(['account_id'], ['accounts.id'], name=op.f('fk_credit_transactions_account_id_accounts')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_credit_transactions')),
        sa.UniqueConstraint('account_id', 'key', name=op.f('uq_credit_transactions_account_id_key')),
    )
    with op.batch_alter_table('credit_transactions', schema=None) as batch_op:
        batch_op.create_index('ix_credit_transactions_account_id_id', ['account_id', 'id'], unique=False)
    op.create_table('credit_balances',
        sa.Column('account_id', sa.String(length=32), nullable=False),
        sa.Column('plan', sa.String(length=32), nullable=False),
        sa.Column('issued', sa.BigInteger(), nullable=False),
        sa.Column('available', sa.BigInteger(), nullable=False),
        sa.Column('held', sa.BigInteger(), nullable=False),
        sa.Column('spent', sa.BigInteger(), nullable=False),
        sa.Column('month', sa.Integer(), nullable=False),
        sa.Column('used', sa.BigInteger(), nullable=False),
        sa.Column('granted_month', sa.Integer(), nullable=False),
        sa.CheckConstraint('issued + available + held + spent = 0', name=op.f('ck_credit_balances_zero')),
        sa.CheckConstraint('issued <= 0 AND available >= 0 AND held >= 0 AND spent >= 0', name=op.f('ck_credit_balances_sound')),
        sa.ForeignKeyConstraint(['account_id'], ['accounts.id'], name=op.f('fk_credit_balances_account_id_accounts')),
        sa.PrimaryKeyConstraint('account_id', name=op.f('pk_credit_balances')),
    )
    op.create_table('credit_holds',
        sa.Column('run_id', sa.String(length=32), nullable=False),
        sa.Column('account_id', sa.String(length=32), nullable=False),
        sa.Column('credits', sa.BigInteger(), nullable=False),
        sa.Column('before', sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(['account_id'], ['accounts.id'], name=op.f('fk_credit_holds_account_id_accounts')),
        sa.PrimaryKeyConstraint('run_id', name=op.f('pk_credit_holds')),
    )
    with op.batch_alter_table('credit_holds', schema=None) as batch_op:
        batch_op.create_index('ix_credit_holds_account_id', ['account_id'], unique=False)


def downgrade() -> None:
    op.drop_table('credit_holds')
    op.drop_table('credit_balances')
    op.drop_table('credit_transactions')
