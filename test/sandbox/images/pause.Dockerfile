# Holds a pod's namespaces open, and reaps its orphans.
FROM scratch
COPY catatonit /
ENTRYPOINT ["/catatonit", "-P"]
