"""How a ledger's tables came to be, step by step (Alembic); a step that was released is never changed."""
