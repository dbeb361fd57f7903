"""The ledger: what is written while the service runs, in SQLite or PostgreSQL."""

from server.ledger.database import Ledger

__all__ = ["Ledger"]
