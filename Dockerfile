# syntax=docker/dockerfile:1
# One image with every program; what a container runs is its command.

FROM rust:1.95.0-slim-trixie AS build
# The image's own toolchain, without the components that only developers need.
ENV RUSTUP_TOOLCHAIN=1.95.0
# The allocator is built with it.
RUN apt-get update && apt-get install -y --no-install-recommends make
WORKDIR /baton
COPY . .
# Registry and target folder outlive the build, so that a change costs its own crates only.
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/baton/target \
    cargo build --release --locked \
      -p baton-cli -p baton-orchestrator -p baton-worker -p baton-example-services \
    && mkdir /programs \
    && cp target/release/baton target/release/baton-orchestrator target/release/baton-worker \
      target/release/baton-example-services /programs/

FROM debian:trixie-slim
# curl is for health checks.
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates curl \
    && rm -rf /var/lib/apt/lists/*
COPY --from=build /programs/ /usr/local/bin/
USER nobody
CMD ["baton-orchestrator"]
