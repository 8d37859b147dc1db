# Leadline in a container. All of its data is in /data; mount a volume there.
#
#   docker build -t leadline . && docker run -p 8080:8080 -v leadline:/data leadline

FROM rust:1.95-slim-bookworm AS build
RUN apt-get -qq update \
    && apt-get -qq install -y --no-install-recommends build-essential \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY Cargo.toml Cargo.lock ./
COPY src src
COPY config config
COPY migrations migrations
COPY benches benches
RUN --mount=type=cache,target=/usr/local/cargo/registry --mount=type=cache,target=/src/target \
    cargo build --profile dist --locked --bin leadline \
    && strip -o /leadline target/dist/leadline \
    && mkdir /empty

# TLS roots and time zones are built into the program, so nothing is installed here.
FROM debian:bookworm-slim
COPY --from=build /leadline /usr/local/bin/leadline
# A named volume inherits owner and mode of the folder that it covers.
COPY --from=build --chown=65532:65532 --chmod=700 /empty /data
USER 65532:65532
ENV LEADLINE__SERVER__LISTEN=0.0.0.0:8080 \
    LEADLINE__SERVER__PUBLIC_URL=http://127.0.0.1:8080 \
    LEADLINE__ADMIN__LISTEN= \
    LEADLINE__DATA__DIR=/data
VOLUME /data
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=4s --start-period=20s --retries=3 \
    CMD ["leadline", "healthcheck"]
ENTRYPOINT ["leadline"]
CMD ["serve"]
