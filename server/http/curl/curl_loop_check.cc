// What a debug build asserts after every turn of a loop: that its table of sockets, epoll and the kernel
// agree.
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "base/log.h"
#include "http/curl/curl_loop.h"

namespace hookd {

void CurlLoop::CheckSockets() const {
#ifndef NDEBUG
  absl::flat_hash_set<int> watched;
  std::ifstream about(absl::StrCat("/proc/self/fdinfo/", epoll_.get()));
  for (std::string line; std::getline(about, line);) {
    std::istringstream words(line);
    std::string word;
    int number = -1;
    if (words >> word >> number && word == "tfd:") watched.insert(number);
  }
  const auto fail = [](const char* what, int socket) {
    LogError(what, {{"socket", socket}});
    std::abort();
  };
  size_t expected = 1 + connector_.sockets();  // with the eventfd
  for (const auto& [number, socket] : sockets_) {
    struct stat status = {};
    if (fstat(number, &status) != 0 || !S_ISSOCK(status.st_mode)) fail("HTTP loop: socket is closed", number);
    if (watched.contains(number) != (socket.events != 0)) fail("HTTP loop: epoll differs", number);
    if (socket.events != 0) ++expected;
  }
  if (watched.size() != expected) fail("HTTP loop: epoll watches another descriptor", -1);
#endif
}

}  // namespace hookd
