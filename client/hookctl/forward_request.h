// One POST to a program on this machine, which may be broken in any way: it has a deadline, its response is
// not kept, and it can be canceled.
#ifndef HOOKCTL_FORWARD_REQUEST_H_
#define HOOKCTL_FORWARD_REQUEST_H_

#include <httplib.h>

#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace hookctl {

// `http://host:port` and `/path?query` of a URL.
struct ForwardTarget {
  std::string origin;
  std::string path;
};
// Requires: `url` has a scheme.
ForwardTarget ForwardTargetOf(const std::string& url);

// Sends requests to one URL, one at a time, and keeps the connection. Only Cancel is thread-safe.
class ForwardClient {
 public:
  struct Result {
    int status = 0;     // 0: there was no response
    std::string error;  // why not, in words; empty: there was one
  };

  // `timeout` is that of a whole request, from the connection to the end of the response.
  ForwardClient(const std::string& url, absl::Duration timeout);
  ~ForwardClient();
  ForwardClient(const ForwardClient&) = delete;
  ForwardClient& operator=(const ForwardClient&) = delete;

  // Sends JSON. Returns once the response has ended, or more of its body has arrived than is worth reading.
  Result Post(const httplib::Headers& headers, const std::string& body);

  // Ends the request in flight, and every later one.
  void Cancel() ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  class Watchdog;

  const ForwardTarget target_;
  const absl::Duration timeout_;
  httplib::Client client_;
  absl::Mutex mutex_;
  // A second descriptor of the connection, which can be shut down in any state: httplib's own stop() waits
  // while a TLS handshake is in progress. -1: there was no connection yet.
  int socket_ ABSL_GUARDED_BY(mutex_) = -1;
  bool canceled_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace hookctl

#endif  // HOOKCTL_FORWARD_REQUEST_H_
