# syntax=docker/dockerfile:1
# The product as a container: built files and what they need, nothing else, under a user without rights.
#
#   docker build -t qrcards .
#   docker run -p 3000:3000 -v qrcards:/data -e PUBLIC_URL=https://cards.example.org qrcards

FROM node:24-alpine AS build
WORKDIR /src
COPY package.json package-lock.json ./
COPY packages/cache/package.json packages/cache/
COPY packages/server/package.json packages/server/
COPY packages/web/package.json packages/web/
RUN npm ci --ignore-scripts
COPY tsconfig.base.json tsconfig.json ./
COPY scripts scripts
COPY packages packages
RUN PATH="/src/node_modules/.bin:$PATH" node scripts/build.mjs

FROM node:24-alpine AS packages
WORKDIR /app
COPY package.json package-lock.json ./
COPY packages/cache/package.json packages/cache/
COPY packages/server/package.json packages/server/
COPY packages/web/package.json packages/web/
RUN npm ci --ignore-scripts --omit=dev --workspace packages/server --workspace packages/cache

FROM node:24-alpine
ENV NODE_ENV=production QRCARDS_DATA=/data HOST=0.0.0.0 PORT=3000
WORKDIR /app
COPY --from=packages /app ./
COPY --from=build /src/packages/cache/dist packages/cache/dist
COPY --from=build /src/packages/server/dist packages/server/dist
COPY packages/server/bin packages/server/bin
RUN ln -s /app/packages/server/bin/qrcards.mjs /usr/local/bin/qrcards && mkdir /data && chown node:node /data
USER node
VOLUME /data
EXPOSE 3000
# Alive, not ready: a database that is away is no reason to start anew, see docs/operating.md.
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/healthz`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
# It drains on SIGTERM, 10 s at most: `docker stop --timeout 15`.
STOPSIGNAL SIGTERM
ENTRYPOINT ["qrcards"]
CMD ["serve"]
