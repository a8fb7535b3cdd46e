"""What is searched by its beginning is compared byte by byte, so that an index finds it on PostgreSQL too."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

COLUMNS = (("nodes", "path", 255), ("outbox", "cause", 128))


def upgrade() -> None:
    _alter("C")


def downgrade() -> None:
    _alter("default")


def _alter(collation: str) -> None:
    if op.get_bind().dialect.name != "postgresql":
        return  # SQLite compares byte by byte anyway
    for table, column, length in COLUMNS:
        op.alter_column(
            table, column, existing_type=sa.String(length), type_=sa.String(length, collation=collation), nullable=False
        )
