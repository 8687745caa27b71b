# Build: docker build -t flightsync . — AIRBYTE_ENTRYPOINT and labels are Airbyte's business and come with it.
FROM node:20-slim AS build
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY tsconfig.json LICENSE README.md CHANGELOG.md ./
COPY src ./src
COPY proto ./proto
COPY specs ./specs
RUN npm rebuild esbuild && npm run build && npm pack --ignore-scripts --pack-destination /package

FROM node:20-slim
COPY --from=build /package/*.tgz /tmp/
RUN npm install --global --omit=dev --no-audit --no-fund /tmp/*.tgz && rm -rf /tmp/*.tgz /root/.npm
USER 1000:1000
WORKDIR /home/node
ENTRYPOINT ["flightsync"]
