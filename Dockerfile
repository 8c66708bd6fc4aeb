# One image for every role: `serve`, `worker`, `migrate`. The compose file says which.
FROM python:3.12-slim AS build
WORKDIR /src
RUN python -m venv /venv
ENV PATH=/venv/bin:$PATH PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
COPY requirements/runtime.txt requirements/runtime.txt
RUN pip install --require-hashes -r requirements/runtime.txt
COPY . .
RUN pip install --no-deps .

FROM python:3.12-slim
# The headless shell does the same work as the whole browser with a third less CPU. Without fonts, pages in most of the
# world's scripts render as boxes.
RUN apt-get update \
    && apt-get install -y --no-install-recommends chromium-headless-shell tini \
        fontconfig fonts-liberation fonts-noto-core fonts-noto-cjk fonts-noto-color-emoji \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --create-home --uid 10001 forage \
    && install -d -o forage -g forage /data
COPY --from=build /venv /venv
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 HOME=/tmp FORAGE_HOME=/data FORAGE_BROWSER=/usr/bin/chromium-headless-shell
USER forage
WORKDIR /data
VOLUME /data
EXPOSE 8090
# A browser leaves children behind; tini reaps them and passes SIGTERM on.
ENTRYPOINT ["tini", "--", "forage"]
CMD ["serve"]
