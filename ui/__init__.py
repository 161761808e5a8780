"""The team's admin: a Streamlit application over the HTTP API, and nothing else."""
