# The stream, the API, the admin, and what trains the model, against the Postgres in DATABASE_URL.
FROM python:3.12-slim

ENV PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    MPLCONFIGDIR=/app/reports/.matplotlib

WORKDIR /app

COPY requirements.lock .
RUN pip install --no-cache-dir --disable-pip-version-check --no-deps --require-hashes \
        -r requirements.lock \
    && pip check

# Reports are the only thing that is written here.
RUN useradd --system --no-create-home galope \
    && install --directory --owner=galope --group=galope reports
COPY . .

USER galope
STOPSIGNAL SIGTERM
CMD ["python", "-m", "stream"]
