# A hub: small, not root, with a health check. Without REDIS_URL it runs a Redis of its own in /data.
FROM node:22-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json tsconfig.json LICENSE ./
COPY shared shared
COPY client-sdk client-sdk
COPY server server
RUN npm ci && npm run build && npm prune --omit=dev

FROM node:22-bookworm-slim
RUN apt-get update && apt-get install -y --no-install-recommends redis-server tini \
  && rm -rf /var/lib/apt/lists/* \
  && install -d -o node -g node /data
WORKDIR /app
COPY --from=build /app/package.json /app/LICENSE ./
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/shared/package.json shared/
COPY --from=build /app/shared/dist shared/dist
COPY --from=build /app/client-sdk/package.json client-sdk/
COPY --from=build /app/client-sdk/dist client-sdk/dist
COPY --from=build /app/server/package.json server/
COPY --from=build /app/server/bin server/bin
COPY --from=build /app/server/sample server/sample
COPY --from=build /app/server/dist server/dist
USER node
ENV NODE_ENV=production HOST=0.0.0.0 PORT=3000 DATA_DIR=/data
VOLUME /data
EXPOSE 3000
# The certificate is for the hub's own name, by which it is not asked here.
HEALTHCHECK --interval=5s --timeout=3s --start-period=15s \
  CMD ["node", "-e", "const { env } = process; if (env.TLS_CERT) env.NODE_TLS_REJECT_UNAUTHORIZED = '0'; fetch(`http${env.TLS_CERT ? 's' : ''}://127.0.0.1:${env.PORT}/readyz`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
# A process 1 that passes signals on, and waits for the processes that the hub leaves behind.
ENTRYPOINT ["tini", "--", "node", "--max-semi-space-size=32", "server/bin/tallystick.mjs"]
CMD ["serve"]
