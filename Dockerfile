# docker build -t modelaudit . && docker run --rm --network none --read-only --tmpfs /tmp -v "$PWD/models:/scan:ro" modelaudit scan .
FROM node:20-slim AS build
WORKDIR /opt/modelaudit
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY build.mjs tsconfig.json tsconfig.build.json default-security-config.toml ./
COPY bin bin
COPY src src
RUN node build.mjs --no-types && npm prune --omit=dev --ignore-scripts --no-audit --no-fund

FROM node:20-slim
ENV NODE_ENV=production
COPY --from=build /opt/modelaudit/package.json /opt/modelaudit/default-security-config.toml /opt/modelaudit/
COPY --from=build /opt/modelaudit/node_modules /opt/modelaudit/node_modules
COPY --from=build /opt/modelaudit/dist /opt/modelaudit/dist
COPY --from=build /opt/modelaudit/bin /opt/modelaudit/bin
# Files of strangers are read here: not as root.
USER node
WORKDIR /scan
ENTRYPOINT ["node", "/opt/modelaudit/bin/modelaudit.js"]
CMD ["--help"]
