FROM python:3.11-slim
COPY . /src
RUN pip install --no-cache-dir -c /src/constraints.txt /src \
    && useradd --create-home nostalgia \
    && install -d -o nostalgia /photos
USER nostalgia
# Whoever runs the container with --user has no home of their own in it.
ENV HOME=/tmp
VOLUME /photos
WORKDIR /photos
ENTRYPOINT ["nostalgia"]
