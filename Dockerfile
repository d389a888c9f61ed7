# docker build -t ecgfm .                        the dashboard: docker run -p 8501:8501 ecgfm
# docker build --target test -t ecgfm-test .     every check:   docker run ecgfm-test
FROM python:3.11-slim-bookworm AS base
RUN apt-get update && apt-get install -y --no-install-recommends make && rm -rf /var/lib/apt/lists/*
RUN useradd --create-home ecgfm
WORKDIR /home/ecgfm/dashboard
RUN chown ecgfm:ecgfm .
USER ecgfm
COPY --chown=ecgfm:ecgfm Makefile pyproject.toml requirements.txt README.md LICENSE ./
COPY --chown=ecgfm:ecgfm ecgfm_core ecgfm_core
COPY --chown=ecgfm:ecgfm app app
COPY --chown=ecgfm:ecgfm data_samples data_samples
COPY --chown=ecgfm:ecgfm .streamlit .streamlit
RUN make setup

FROM base AS test
USER root
RUN apt-get update && apt-get install -y --no-install-recommends chromium && rm -rf /var/lib/apt/lists/*
USER ecgfm
COPY --chown=ecgfm:ecgfm . .
RUN make check
CMD ["make", "test"]

FROM base AS app
EXPOSE 8501
HEALTHCHECK --interval=30s --timeout=5s --start-period=40s \
    CMD [".venv/bin/python", "-c", "import urllib.request as u; u.urlopen('http://localhost:8501/_stcore/health', timeout=4)"]
CMD [".venv/bin/ecgfm", "app", "--address", "0.0.0.0"]
