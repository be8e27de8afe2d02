# The runtime image: API and pages, or workers, or a migration, by its command. PostgreSQL and Redis are elsewhere;
# without a database URL every command refuses to start. Both bases can be replaced by images of one's own.
ARG NODE_IMAGE=node:24-slim
ARG PYTHON_IMAGE=python:3.11-slim

# What the browser loads: node stays behind in this stage.
FROM ${NODE_IMAGE} AS pages
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev && npm run vendor

# The packages the application runs on: pip stays behind in this stage.
FROM ${PYTHON_IMAGE} AS packages
COPY requirements-runtime.lock .
RUN python3 -m venv --without-pip /opt/livelihood \
    && python3 -m pip --python /opt/livelihood/bin/python install \
        --no-cache-dir --disable-pip-version-check --no-compile --require-hashes -r requirements-runtime.lock

FROM ${PYTHON_IMAGE}
ENV PATH=/opt/livelihood/bin:$PATH \
    PYTHONPATH=/app/src:/app \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1
RUN groupadd --gid 10001 livelihood \
    && useradd --uid 10001 --gid livelihood --home-dir /nonexistent --no-create-home --shell /usr/sbin/nologin livelihood
COPY --from=packages /opt/livelihood /opt/livelihood
WORKDIR /app
COPY src src
COPY workers workers
COPY migrations migrations
COPY --from=pages /build/src/livelihood/web/static/vendor src/livelihood/web/static/vendor
# The sources run from where they lie, beside the migrations; compiled once here, since the user cannot write.
RUN printf '#!/bin/sh\nexec python -m livelihood "$@"\n' > /opt/livelihood/bin/livelihood \
    && chmod 755 /opt/livelihood/bin/livelihood \
    && python -m compileall -q /opt/livelihood/lib src workers
USER 10001:10001
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/health/live', timeout=4)"]
CMD ["livelihood", "serve", "--host", "0.0.0.0"]
