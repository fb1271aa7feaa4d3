# The base of all others. curl: httpbin's image also serves as the client. iptables: istio-init redirects with it.
FROM scratch
ADD debian.tar /
ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
CMD ["bash"]
