"""What the calls do, apart from HTTP."""
