# Debian slim, not Alpine: @node-rs/argon2 and PGlite are tested with glibc, and Bun on musl is not.
FROM oven/bun:1.4.5-slim AS build
RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends tini && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY package.json bun.lock bunfig.toml ./
COPY patches patches
RUN bun install --frozen-lockfile --production --silent

FROM oven/bun:1.4.5-slim
# The kernel ignores SIGKILL that process 1 sends to itself, which is how the watchdog ends a hung server, and SIGTERM that
# it does not listen for yet. So the server must not be process 1.
COPY --from=build /usr/bin/tini-static /usr/local/bin/tini
WORKDIR /app
COPY --from=build /app/node_modules node_modules
COPY package.json ./
COPY drizzle drizzle
COPY src src
RUN install -d -o 1000 -g 1000 /data

# What /version answers, since no git is in here: --build-arg GIT_COMMIT=$(git rev-parse HEAD)
ARG GIT_COMMIT
ENV GIT_COMMIT=${GIT_COMMIT} NODE_ENV=production PORT=8080 DATA_DIR=/data
# By number, or Kubernetes cannot tell that it is not root.
USER 1000:1000
VOLUME /data
EXPOSE 8080
STOPSIGNAL SIGTERM
# With TLS_CERT the server speaks https only: then give the container a health check of its own.
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
  CMD ["bun", "-e", "process.exit((await fetch(`http://127.0.0.1:${process.env.PORT}/healthz`)).ok ? 0 : 1)"]
ENTRYPOINT ["tini", "--"]
CMD ["bun", "src/main.ts"]
