FROM python:3.11-slim
COPY . /src
# The windowless OpenCV goes on top, because this image has no libGL: docs/decisions/0004-opencv-build.md
RUN pip install --no-cache-dir -c /src/constraints.txt --extra-index-url https://download.pytorch.org/whl/cpu /src \
    && pip install --no-cache-dir -c /src/constraints.txt --force-reinstall --no-deps opencv-python-headless \
    && useradd --create-home nostalgia \
    && install -d -o nostalgia /photos
USER nostalgia
# Whoever runs the container with --user has no home of their own in it.
ENV HOME=/tmp
VOLUME /photos
WORKDIR /photos
ENTRYPOINT ["nostalgia"]
