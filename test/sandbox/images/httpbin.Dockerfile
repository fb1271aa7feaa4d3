FROM localhost/debian:sandbox
COPY python /usr/local/lib/httpbin
COPY --chmod=0755 gunicorn /usr/local/bin/
ENV PYTHONPATH=/usr/local/lib/httpbin PYTHONDONTWRITEBYTECODE=1
CMD ["gunicorn", "--access-logfile", "-", "-b", "0.0.0.0:80", "httpbin:app"]
