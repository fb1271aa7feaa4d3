# As its authors make it, but from scratch: nothing here asks a server outside.
FROM scratch
COPY rollouts-controller /bin/
USER 999
WORKDIR /home/argo-rollouts
ENTRYPOINT ["/bin/rollouts-controller"]
