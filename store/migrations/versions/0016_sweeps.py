"""Indexes for what is swept: pictures past their time, blobs that nothing uses; when a blob's bytes were deleted"""

from alembic import op
import sqlalchemy as sa


revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    kept = sa.text("sha256 <> ''")
    op.add_column("captures", sa.Column("kept_since", sa.DateTime(timezone=True), nullable=True))
    op.execute(
        "UPDATE captures SET kept_since ="
        " COALESCE((SELECT completed_at FROM runs WHERE runs.id = captures.run_id), taken_at) WHERE sha256 <> ''"
    )
    op.create_index(
        op.f("ix_captures_kept_since"), "captures", ["kept_since"], postgresql_where=kept, sqlite_where=kept
    )

    op.add_column("blobs", sa.Column("swept_at", sa.DateTime(timezone=True), nullable=True))
    unused = sa.text("uses <= 0 AND swept_at IS NULL")
    op.create_index(
        op.f("ix_blobs_unused_since"), "blobs", ["unused_since"], postgresql_where=unused, sqlite_where=unused
    )
    swept = sa.text("swept_at IS NOT NULL")
    op.create_index(op.f("ix_blobs_swept_at"), "blobs", ["swept_at"], postgresql_where=swept, sqlite_where=swept)
    op.drop_index(op.f("ix_blobs_uses"), "blobs")


def downgrade() -> None:
    op.create_index(op.f("ix_blobs_uses"), "blobs", ["uses"])
    op.drop_index(op.f("ix_blobs_swept_at"), "blobs")
    op.drop_index(op.f("ix_blobs_unused_since"), "blobs")
    op.drop_column("blobs", "swept_at")
    op.drop_index(op.f("ix_captures_kept_since"), "captures")
    op.drop_column("captures", "kept_since")
