# Istio's sidecar, with upstream's Envoy instead of Istio's own build of it.
FROM localhost/debian:sandbox
COPY pilot-agent envoy /usr/local/bin/
COPY envoy_bootstrap.json /var/lib/istio/envoy/envoy_bootstrap_tmpl.json
ARG ISTIO_RELEASE
ENV ISTIO_META_ISTIO_VERSION=$ISTIO_RELEASE
ENTRYPOINT ["/usr/local/bin/pilot-agent"]
