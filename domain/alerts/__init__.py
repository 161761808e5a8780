"""Who is to be called today, why now, and how much is at stake."""
