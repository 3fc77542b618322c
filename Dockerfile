# The app alone; docker-compose.yml adds a Qdrant server and, on request, a vLLM server.
FROM python:3.11-slim-bookworm

RUN apt-get update \
    && apt-get install -y --no-install-recommends libgl1 libglib2.0-0 antiword catdoc fonts-noto-cjk \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --create-home --uid 10001 suyuan \
    && mkdir /data && chown suyuan /data

WORKDIR /app
COPY requirements.lock ./
ARG TORCH=torch==2.13.0
RUN pip install --no-cache-dir "$TORCH" \
    && pip install --no-cache-dir --no-deps -r requirements.lock
COPY . .
RUN pip install --no-cache-dir --no-deps --no-build-isolation -e .

USER suyuan
ENV SUYUAN_HOME=/data SUYUAN_CACHE=/data/cache HF_HUB_OFFLINE=1 DO_NOT_TRACK=1
VOLUME /data
EXPOSE 8501
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8501/_stcore/health', timeout=4)"]
CMD ["suyuan", "serve", "--address", "0.0.0.0"]
