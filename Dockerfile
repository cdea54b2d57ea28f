# docker build -t hookd . && docker run -p 127.0.0.1:50051:50051 -p 127.0.0.1:50080:50080 -v hookd:/var/lib/hookd hookd
FROM debian:bookworm-slim AS build
WORKDIR /hookd
COPY cmake/install_packages cmake/install_packages
RUN cmake/install_packages package
COPY . .
RUN cmake -S . -B build -G Ninja -DCMAKE_C_COMPILER=clang -DCMAKE_CXX_COMPILER=clang++ \
      -DCMAKE_BUILD_TYPE=Release -DHOOKD_BUILD_TESTS=OFF \
  && ninja -C build hookd hookctl \
  && cpack -G DEB --config build/CPackConfig.cmake -B /package && mv /package/hookd_*.deb /hookd.deb

FROM debian:bookworm-slim
LABEL org.opencontainers.image.title="hookd" org.opencontainers.image.licenses="Apache-2.0"
# The package depends on exactly the libraries that the programs need.
RUN --mount=type=bind,from=build,source=/hookd.deb,target=/tmp/hookd.deb \
  apt-get update && apt-get install -y --no-install-recommends /tmp/hookd.deb && rm -rf /var/lib/apt/lists/* \
  && install -d -o 65532 -g 65532 -m 0700 /var/lib/hookd
USER 65532:65532
VOLUME /var/lib/hookd
EXPOSE 50051 50080
ENV HOOKD_DATA_DIR=/var/lib/hookd
# hookd drains for up to 25 s, so use docker stop --time 30.
STOPSIGNAL SIGTERM
ENTRYPOINT ["/usr/bin/hookd"]
CMD ["--listen=0.0.0.0:50051", "--http_listen=0.0.0.0:50080", "--allow_insecure_listen"]
