"""How Alembic runs here: on the connection that `storage.migrate` hands over."""

from alembic import context

import storage.models  # noqa: F401 - knows all tables
from storage.types import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
    compare_type=True,
    transaction_per_migration=False,
)
context.run_migrations()
