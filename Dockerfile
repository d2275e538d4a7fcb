# One image for every part: `run` starts web, worker and (with REDIS_URL) Celery; `run --only …` one of them.
FROM python:3.13-slim-bookworm AS build
WORKDIR /app
RUN python -m venv /opt/venv
COPY requirements-uv.txt requirements.txt ./
RUN /opt/venv/bin/pip install --no-cache-dir --require-hashes -r requirements-uv.txt \
 && /opt/venv/bin/uv pip install --no-cache --python /opt/venv/bin/python --require-hashes -r requirements.txt \
 && /opt/venv/bin/pip uninstall --yes uv pip

FROM python:3.13-slim-bookworm
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    AURA_DATA_DIR=/data \
    AURA_BIND=0.0.0.0 \
    AURA_LOG_FORMAT=json
RUN useradd --system --uid 10001 --home-dir /data --shell /usr/sbin/nologin aura \
 && install -d -o aura -g aura -m 750 /data
COPY --from=build /opt/venv /opt/venv
WORKDIR /app
COPY . .
RUN python -m compileall -q aura workspaces imports media_library campaigns posts
USER aura
VOLUME /data
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/health', timeout=4)"]
# Process 1 is the supervisor: it collects what ends, and passes a stop on.
CMD ["python", "manage.py", "run"]
