"""What makes one machine enough: an embedded Postgres, and the supervisor behind `make run`."""
