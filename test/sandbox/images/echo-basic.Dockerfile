# The backends of the Gateway API's conformance suite.
FROM scratch
COPY echo-basic /
ENTRYPOINT ["/echo-basic"]
