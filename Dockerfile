# The images of the services, and of the model that stands in for one: a target each. docs/images.md says how they are built, tried and used.
#
#   docker build --target gateway --build-arg BUILD_IMAGE=… --build-arg BASE_IMAGE=… .
#
# BUILD_IMAGE     Node 20 or later with npm, and a C compiler. Nothing of it is in the images.
# BASE_IMAGE      glibc and libstdc++; it needs neither a shell nor a package manager. Name it by digest.
# PROGRAMS_IMAGE  the same, with the programs that agents may use: bubblewrap, git, python3. BASE_IMAGE where it is not named: the
#                 executor then offers what it finds there.
ARG BUILD_IMAGE
ARG BASE_IMAGE
ARG PROGRAMS_IMAGE=${BASE_IMAGE}

FROM ${BUILD_IMAGE} AS build
# Seconds: the time of every file in the images.
ARG SOURCE_DATE_EPOCH=0
WORKDIR /lumina
COPY package.json package-lock.json .npmrc ./
# No package runs a script of its own, and what the build image has in npm's cache is not fetched.
RUN npm ci --ignore-scripts --prefer-offline
COPY LICENSE lumina.yaml tsconfig.base.json ./
COPY tools/build tools/build
COPY tools/images/assemble.mjs tools/images/assemble.mjs
COPY libs libs
COPY apps apps
COPY tools/model-sim tools/model-sim
RUN node tools/build/build.mjs apps libs tools/model-sim \
 && node tools/build/launcher.mjs \
 && for part in node apps/gateway apps/agent-orchestrator apps/tool-executor apps/health tools/model-sim; do \
      node tools/images/assemble.mjs "$part" "/images/$part" || exit 1; \
    done

FROM ${BASE_IMAGE} AS runtime
COPY --from=build /images/node/ /
ENV NODE_ENV=production LUMINA_HOST=0.0.0.0
WORKDIR /lumina
# Numbers, so that Kubernetes can tell that this is not root.
USER 10001:10001
STOPSIGNAL SIGTERM

FROM runtime AS gateway
COPY --from=build /images/apps/gateway/ /
ENV PORT=8080
EXPOSE 8080
ENTRYPOINT ["/usr/local/bin/node", "--max-semi-space-size=16", "--heap-growing-percent=100", "--require", "./dist/libs/platform/src/service/leave-early.js", "dist/apps/gateway/src/main.js"]

FROM runtime AS agent-orchestrator
COPY --from=build /images/apps/agent-orchestrator/ /
ENV PORT=8080
EXPOSE 8080
ENTRYPOINT ["/usr/local/bin/node", "--max-semi-space-size=16", "--heap-growing-percent=100", "--require", "./dist/libs/platform/src/service/leave-early.js", "dist/apps/agent-orchestrator/src/main.js"]

FROM runtime AS health
COPY --from=build /images/apps/health/ /
ENV PORT=8081
EXPOSE 8081
ENTRYPOINT ["/usr/local/bin/node", "--max-semi-space-size=16", "--heap-growing-percent=100", "--require", "./dist/libs/platform/src/service/leave-early.js", "dist/apps/health/src/main.js"]

# Stands in where no model is configured. It takes no setting but its arguments: --host, --port.
FROM runtime AS simulated-model
COPY --from=build /images/tools/model-sim/ /
EXPOSE 8090
ENTRYPOINT ["/usr/local/bin/node", "dist/tools/model-sim/src/main.js"]

FROM ${PROGRAMS_IMAGE} AS tool-executor
COPY --from=build /images/node/ /
COPY --from=build /images/apps/tool-executor/ /
ENV NODE_ENV=production LUMINA_HOST=0.0.0.0 PORT=8080 LUMINA_WORKSPACE_ROOT=/workspaces
WORKDIR /lumina
USER 10001:10001
STOPSIGNAL SIGTERM
EXPOSE 8080
ENTRYPOINT ["/usr/local/bin/node", "--max-semi-space-size=16", "--heap-growing-percent=100", "--require", "./dist/libs/platform/src/service/leave-early.js", "dist/apps/tool-executor/src/main.js"]
