"""What people put right in records"""

from alembic import op
import sqlalchemy as sa


revision = "0015"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "corrections",
        sa.Column("run_id", sa.String(length=32), nullable=False),
        sa.Column("record_id", sa.String(length=64), nullable=False),
        sa.Column("field", sa.String(length=255), nullable=False),
        sa.Column("account_id", sa.String(length=32), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("page_id", sa.String(length=32), nullable=False),
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("lesson", sa.String(length=32), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_corrections_run_id_runs"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("run_id", "record_id", "field", name=op.f("pk_corrections")),
    )
    op.create_index(
        op.f("ix_corrections_account_id_site_lesson"), "corrections", ["account_id", "site", "lesson"], unique=False
    )


def downgrade() -> None:
    op.drop_table("corrections")
