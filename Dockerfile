# One image per service: docker build --target gateway .
FROM node:24-slim AS build
WORKDIR /baton
COPY . .
RUN npm ci \
 && npx nx run-many -t build \
 && npm prune --omit=dev --omit=optional \
 # The image is Node 24 already; the package of that name is for checkouts.
 && rm -rf node_modules/node node_modules/.bin/node

FROM node:24-slim AS runtime
ENV NODE_ENV=production BATON_HOST=0.0.0.0
WORKDIR /baton
COPY --from=build /baton/package.json ./
COPY --from=build /baton/node_modules node_modules
COPY --from=build /baton/libs libs
COPY --from=build /baton/config config
USER node
# The gateway's API port has the health routes too.
HEALTHCHECK --interval=5s --timeout=5s --start-period=60s --start-interval=1s \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT ?? process.env.BATON_SERVICE_PORT}/health/ready`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]

FROM runtime AS gateway
ENV PORT=3000
EXPOSE 3000
COPY --from=build /baton/services/gateway services/gateway
COPY --from=build /baton/apps/desk/dist apps/desk/dist
COPY --from=build /baton/apps/widget/dist apps/widget/dist
CMD ["node", "services/gateway/dist/main.js"]

FROM runtime AS orchestrator
ENV BATON_SERVICE_PORT=9000
COPY --from=build /baton/services/orchestrator services/orchestrator
CMD ["node", "services/orchestrator/dist/main.js"]

FROM runtime AS queue-manager
ENV BATON_SERVICE_PORT=9000
COPY --from=build /baton/services/queue-manager services/queue-manager
CMD ["node", "services/queue-manager/dist/main.js"]

FROM runtime AS memory-worker
ENV BATON_SERVICE_PORT=9000
COPY --from=build /baton/services/memory-worker services/memory-worker
CMD ["node", "services/memory-worker/dist/main.js"]

FROM runtime AS llm-router
ENV BATON_SERVICE_PORT=9000
COPY --from=build /baton/services/llm-router services/llm-router
CMD ["node", "services/llm-router/dist/main.js"]
