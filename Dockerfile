# syntax=docker/dockerfile:1.7
# The images of deploy/compose.yaml and deploy/kubernetes/:
#
#     docker build --target roles .    every role but the mixer
#     docker build --target mixer .    the same with FFmpeg
#     docker build --target janus .    Debian's Janus, AudioBridge over WebSocket only
#     docker build --target web .      nginx with the pages
#
# The roles run from source under the pinned Deno, not as the compiled file: Deno then holds each role to its own
# permissions, which a compiled file fixes for all of them alike, and a new version is a layer of a few megabytes.

FROM denoland/deno:bin-2.9.6 AS deno

FROM debian:12.12-slim AS build
COPY --from=deno /deno /usr/local/bin/deno
WORKDIR /roomcast
COPY deno.json deno.lock ./
COPY deploy/stubs deploy/stubs
RUN deno install --frozen
COPY src src
COPY web web
COPY nginx nginx
COPY deploy/local deploy/local
COPY deploy/images deploy/images
RUN deno task web:build \
 && deno run -A deploy/images/render.ts /out \
 && cp -r src deno.lock /out/app/ \
 && mkdir -p /out/app/deploy && cp -r deploy/stubs /out/app/deploy/ \
 && cd /out/app && deno install --frozen=false

FROM debian:12.12-slim AS base
RUN groupadd --gid 10001 roomcast \
 && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin roomcast
COPY --chmod=0755 deploy/images/ready.sh /usr/local/bin/ready
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Roomcast" \
      org.opencontainers.image.description="Live audio rooms for any audience" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"

FROM base AS roles
COPY --from=deno /deno /usr/local/bin/deno
COPY --chmod=0755 deploy/images/roomcast.sh /usr/local/bin/roomcast
COPY --from=build /out/app /opt/roomcast
# Nothing is written there: a role takes a third of a second to start without.
ENV DENO_DIR=/nonexistent DENO_NO_UPDATE_CHECK=1 NO_COLOR=1
WORKDIR /opt/roomcast
USER 10001:10001
HEALTHCHECK --interval=5s --timeout=3s --start-period=30s CMD ["ready", "role"]
ENTRYPOINT ["roomcast"]
CMD ["help"]

FROM roles AS mixer
USER root
RUN apt-get update \
 && apt-get install -y --no-install-recommends ffmpeg \
 && rm -rf /var/lib/apt/lists/* \
 && install -d -o 10001 -g 10001 /var/lib/roomcast
USER 10001:10001
VOLUME /var/lib/roomcast
CMD ["serve", "mixer"]

FROM base AS janus
RUN apt-get update \
 && apt-get install -y --no-install-recommends janus \
 && rm -rf /var/lib/apt/lists/* /etc/janus
COPY --chmod=0755 deploy/images/janus.sh /usr/local/bin/roomcast-janus
COPY --from=build /out/janus /usr/share/roomcast/janus
USER 10001:10001
EXPOSE 8188/tcp 20000-21999/udp
HEALTHCHECK --interval=5s --timeout=3s --start-period=10s CMD ["ready", "websocket"]
CMD ["roomcast-janus"]

FROM base AS web
RUN apt-get update \
 && apt-get install -y --no-install-recommends nginx \
 && rm -rf /var/lib/apt/lists/* /etc/nginx /var/www
COPY --from=build /out/nginx /etc/roomcast/nginx
COPY --from=build /roomcast/web/dist /usr/share/roomcast/web
USER 10001:10001
EXPOSE 8080
STOPSIGNAL SIGQUIT
HEALTHCHECK --interval=5s --timeout=3s --start-period=10s CMD ["ready", "http", "8080", "/"]
CMD ["nginx", "-e", "stderr", "-p", "/run/nginx", "-c", "/etc/roomcast/nginx/nginx.conf"]
