# A machine for the tests on any distribution: Debian 12, Node 20 and everything in test/debian-packages.txt.
#   docker build -t thread-governor .
#   docker run --rm -it --privileged thread-governor              a shell in the built project
#   docker run --rm --privileged thread-governor npm test         the tests
# --privileged: tests pin processes of other users and make control groups, namespaces and NUMA policies, which Docker's
# default seccomp profile forbids. With recordings of machines (CONTRIBUTING.md), add:
#   -v DIR:/recordings:ro -e GOVERNOR_RECORDINGS=/recordings
FROM node:20-bookworm
ARG DEBIAN_FRONTEND=noninteractive

COPY test/debian-packages.txt /tmp/
RUN apt-get update -q \
    && sed 's/#.*//' /tmp/debian-packages.txt | xargs apt-get install -q -y --no-install-recommends \
    && rm /tmp/debian-packages.txt

WORKDIR /thread-governor
COPY . .
RUN npm ci

CMD ["bash"]
