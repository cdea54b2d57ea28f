// A real HTTP/1.1 receiver on 127.0.0.1, on a port the system chooses, that keeps what arrives and misbehaves
// as told.
//
// Thread-safe. One thread of its own serves all connections; delays keep nobody else waiting. A request
// counts as soon as it is wholly read, before its answer is begun. What the receiver is told to do holds for
// the requests read afterwards. The destructor closes every connection.
#ifndef HOOKD_TESTS_SUPPORT_HTTP_RECEIVER_H_
#define HOOKD_TESTS_SUPPORT_HTTP_RECEIVER_H_

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "tests/support/tls_certificates.h"

namespace hookd {

struct ReceivedRequest {
  std::string method;
  std::string path;  // as sent, with its query
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  absl::Time time;       // when it was wholly read
  int connection = 0;    // which connection it came by; the first is 1
  bool resumed = false;  // whether that resumed an earlier TLS session

  // The first header of that name in whatever case; empty if there is none.
  std::string header(absl::string_view name) const;
};

class HttpReceiver {
 public:
  struct Behaviour {
    int status = 200;
    std::vector<std::pair<std::string, std::string>> headers =
        {};                                       // a Content-Length here replaces the true one
    std::string body = {};                        // not sent with 1xx, 204 and 304
    absl::Duration delay = absl::ZeroDuration();  // from the request to whatever follows it
    bool hang = false;                            // no answer ever; the connection stays open
    bool reset = false;             // a TCP reset in place of an answer; cut_short: in its middle
    bool close = false;             // a regular end in place of an answer
    bool garbage = false;           // bytes that are not HTTP, then the end
    std::vector<int> interim = {};  // answers before it: 100, or 103, which has a header
    int header_flood = 0;           // so many more headers, of about 100 bytes each
    bool chunked = false;
    absl::Duration drip = absl::ZeroDuration();  // one byte of the body, then this pause, and so on
    bool endless_body = false;                   // the body (or filler) again and again until the client goes
    bool cut_short = false;                      // promises more body than it sends, then ends
    bool close_after = false;                    // ends the connection after the answer, unannounced
  };

  HttpReceiver();
  // Speaks https, with this certificate and key.
  explicit HttpReceiver(const TlsOptions& tls);
  ~HttpReceiver();
  HttpReceiver(const HttpReceiver&) = delete;
  HttpReceiver& operator=(const HttpReceiver&) = delete;

  // Of this receiver, by its address; `path` begins with a slash.
  std::string Url(absl::string_view path) const;
  int port() const;

  // What requests get: those to `path`, whatever their query, and those to any other.
  void Set(absl::string_view path, Behaviour behaviour);
  void SetDefault(Behaviour behaviour);
  // What the next request alone gets, whatever its path.
  void SetNext(Behaviour behaviour);

  // All that arrived so far, in order of arrival.
  std::vector<ReceivedRequest> requests() const;
  size_t request_count() const;

  // Waits until at least `n` requests arrived. False if they do not within `timeout`.
  bool WaitForRequests(size_t n, absl::Duration timeout) const;

  // Accepted so far, those that are over included.
  int connections() const;
  // Waits until none of these is open any more. False if that takes longer than `timeout`.
  bool WaitUntilAllClosed(absl::Duration timeout) const;

 private:
  class Loop;

  // Keeps a request and says what it gets.
  Behaviour Receive(ReceivedRequest request);
  void CountConnection();
  void CountEnd();

  mutable absl::Mutex mutex_;
  std::vector<ReceivedRequest> requests_ ABSL_GUARDED_BY(mutex_);
  int connections_ ABSL_GUARDED_BY(mutex_) = 0;
  int open_connections_ ABSL_GUARDED_BY(mutex_) = 0;
  std::map<std::string, Behaviour> behaviours_ ABSL_GUARDED_BY(mutex_);
  Behaviour default_ ABSL_GUARDED_BY(mutex_);
  std::optional<Behaviour> next_ ABSL_GUARDED_BY(mutex_);
  std::unique_ptr<Loop> loop_;  // last: its thread uses the rest
};

}  // namespace hookd

#endif  // HOOKD_TESTS_SUPPORT_HTTP_RECEIVER_H_
