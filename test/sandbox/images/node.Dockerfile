# The base that the webhook's own Dockerfile is given.
FROM localhost/debian:sandbox
COPY node /usr/local/bin/
CMD ["node"]
