"""What talks to Postgres and is nobody's own: connections, settings, statements, installing."""
