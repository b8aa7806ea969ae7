#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/platform/launch.h"

namespace governor {

// Bound and not listening: the kernel gives the port to nobody who asks for any, while another socket with SO_REUSEADDR
// may still bind and listen (ip(7), socket(7)).
HeldPort hold_port() {
  const int held = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (held < 0) throw OsError{errno, "socket", "a free port"};
  const int one = 1;
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_ANY);
  socklen_t size = sizeof address;
  const char* failing = nullptr;
  if (::setsockopt(held, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) != 0) {
    failing = "setsockopt";
  } else if (::bind(held, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    failing = "bind";
  } else if (::getsockname(held, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    failing = "getsockname";
  }
  if (!failing) return {ntohs(address.sin_port), held};
  const int failed = errno;
  ::close(held);
  throw OsError{failed, failing, "a free port"};
}

}  // namespace governor
