"""What a task's page was read as; sources of records that are gone"""

from alembic import op
import sqlalchemy as sa


revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("tasks", sa.Column("shape", sa.String(length=16), nullable=True))
    # Only a record that is there can be found gone. Those removed before kept their sources.
    op.execute(
        "DELETE FROM pool_sources WHERE EXISTS (SELECT 1 FROM pool_records"
        " WHERE pool_records.pool_id = pool_sources.pool_id AND pool_records.id = pool_sources.record_id"
        " AND NOT pool_records.present)"
    )


def downgrade() -> None:
    op.drop_column("tasks", "shape")
