/* delay SERVER CLIENT MICROSECONDS: a device "line" in each of two network namespaces; what is sent
   on one comes out of the other so much later. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#define SLOTS 65536
#define FRAME 9216

struct queue {
  unsigned head, tail;
  long long due[SLOTS];
  int length[SLOTS];
  char *frame[SLOTS];
};

static struct queue queues[2];

static long long now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000LL + t.tv_nsec / 1000;
}

static int open_line(const char *name) {
  char path[128];
  snprintf(path, sizeof path, "/var/run/netns/%s", name);
  int space = open(path, O_RDONLY | O_CLOEXEC);
  if (space < 0 || setns(space, CLONE_NEWNET) != 0) {
    perror(path);
    exit(1);
  }
  int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
  struct ifreq request;
  memset(&request, 0, sizeof request);
  request.ifr_flags = IFF_TUN | IFF_NO_PI;
  strcpy(request.ifr_name, "line");
  if (fd < 0 || ioctl(fd, TUNSETIFF, &request) != 0) {
    perror("line");
    exit(1);
  }
  return fd;
}

int main(int argc, char **argv) {
  if (argc != 4) return 2;
  int fd[2] = {open_line(argv[1]), open_line(argv[2])};
  long long delay = atoll(argv[3]);
  for (int side = 0; side < 2; side++)
    for (int slot = 0; slot < SLOTS; slot++) queues[side].frame[slot] = NULL;
  for (;;) {
    long long next = -1, t = now();
    for (int side = 0; side < 2; side++) {
      struct queue *q = &queues[side];
      while (q->head != q->tail && q->due[q->head] <= t) {
        /* A full device drops it, as a real line would. */
        if (write(fd[1 - side], q->frame[q->head], q->length[q->head]) < 0 && errno != EAGAIN)
          perror("write");
        q->head = (q->head + 1) % SLOTS;
      }
      if (q->head != q->tail && (next < 0 || q->due[q->head] < next)) next = q->due[q->head];
    }
    struct pollfd polled[2] = {{fd[0], POLLIN, 0}, {fd[1], POLLIN, 0}};
    long long left = next < 0 ? 1000000 : next - now();
    struct timespec wait = {0, 0};
    if (left > 0) {
      wait.tv_sec = left / 1000000;
      wait.tv_nsec = left % 1000000 * 1000;
    }
    ppoll(polled, 2, &wait, NULL);
    for (int side = 0; side < 2; side++) {
      struct queue *q = &queues[side];
      for (int burst = 0; burst < 256; burst++) {
        unsigned slot = q->tail, following = (slot + 1) % SLOTS;
        if (following == q->head) break;
        if (q->frame[slot] == NULL && (q->frame[slot] = malloc(FRAME)) == NULL) return 1;
        int length = read(fd[side], q->frame[slot], FRAME);
        if (length <= 0) break;
        q->length[slot] = length;
        q->due[slot] = now() + delay;
        q->tail = following;
      }
    }
  }
}
