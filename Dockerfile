# One image per service: docker build --target gateway .
# What each holds is put together by tools/src/image, and tried there on a root that cannot be written.
FROM node:24-slim AS build
WORKDIR /baton
COPY . .
RUN npm ci \
 && npx nx run-many -t build \
 && node tools/dist/image/main.js /images

# Nothing is installed in an image that runs: node stays, what comes with it goes.
FROM node:24-slim AS runtime
RUN rm -rf /usr/local/lib/node_modules /usr/local/include /opt/yarn* \
 && find /usr/local/bin -type l -delete
# A user of whatever number has no other home, and this one can be written.
ENV NODE_ENV=production BATON_HOST=0.0.0.0 HOME=/tmp
WORKDIR /baton
# The gateway's API port has the health routes too.
HEALTHCHECK --interval=5s --timeout=5s --start-period=60s --start-interval=1s \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT ?? process.env.BATON_SERVICE_PORT}/health/ready`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]

FROM runtime AS gateway
ENV PORT=3000
EXPOSE 3000
COPY --from=build /images/gateway ./
# By number: a cluster that wants no root cannot look a name up.
USER 1000:1000
CMD ["node", "services/gateway/dist/main.js"]

# With what the sandbox of the code agent needs where the host lets it have namespaces: docs/sandbox.md.
FROM runtime AS orchestrator
RUN apt-get update \
 && apt-get install --yes --no-install-recommends bubblewrap python3 \
 && rm -rf /var/lib/apt/lists/*
ENV BATON_SERVICE_PORT=9000
COPY --from=build /images/orchestrator ./
USER 1000:1000
CMD ["node", "services/orchestrator/dist/main.js"]

FROM runtime AS queue-manager
ENV BATON_SERVICE_PORT=9000
COPY --from=build /images/queue-manager ./
USER 1000:1000
CMD ["node", "services/queue-manager/dist/main.js"]

FROM runtime AS memory-worker
ENV BATON_SERVICE_PORT=9000
COPY --from=build /images/memory-worker ./
USER 1000:1000
CMD ["node", "services/memory-worker/dist/main.js"]

FROM runtime AS llm-router
ENV BATON_SERVICE_PORT=9000
COPY --from=build /images/llm-router ./
USER 1000:1000
CMD ["node", "services/llm-router/dist/main.js"]
