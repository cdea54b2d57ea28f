// An event loop of CurlClient's: one thread, one libcurl multi handle with its connections, one epoll.
//
// Thread-safe. Everything of libcurl's is touched by the loop's thread alone; others only put requests in the
// inbox.
#ifndef HOOKD_HTTP_CURL_LOOP_H_
#define HOOKD_HTTP_CURL_LOOP_H_

#include <curl/curl.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "http/curl_transfer.h"
#include "http/egress_guard.h"
#include "http/http_client.h"

namespace hookd {

class CurlLoop {
 public:
  struct Options {
    int max_connections;  // kept open at most
    size_t max_body_bytes;
    std::string ca_file;
    absl::Duration idle_connection;  // how long they are kept with nothing under way
    EgressGuard egress;              // this and the next as in CurlClient::Options
    std::string proxy;
  };

  // Begins its thread. UNAVAILABLE or RESOURCE_EXHAUSTED if the system gives no more descriptors or threads.
  static absl::StatusOr<std::unique_ptr<CurlLoop>> Create(Options options);
  // Stops it, if that was not done.
  ~CurlLoop();

  // As HttpClient::Send.
  void Send(HttpRequest request, CurlTransfer::Done done) ABSL_LOCKS_EXCLUDED(mutex_);

  // Asks the thread to end what is under way, each with an error, and then itself. Does not wait.
  void Stop() ABSL_LOCKS_EXCLUDED(mutex_);
  // Waits for that.
  void Join();
  // Ends what is in the inbox with an error; returns whether there was anything. For after Join: another
  // loop's `done` may have sent it.
  bool EndInbox() ABSL_LOCKS_EXCLUDED(mutex_);

  // Sockets that are open, for requests and kept; and how many were ever opened.
  int64_t connections() const { return connections_; }
  int64_t connections_opened() const { return connections_opened_; }

 private:
  struct Waiting {
    HttpRequest request;
    CurlTransfer::Done done;
  };
  // An open connection's. epoll goes on to look at one that nobody uses: to leave it after every request and
  // come back for the next costs two calls of the system's, a thirtieth of a delivery's CPU.
  struct Socket {
    uint32_t events = 0;  // what epoll looks at it for; 0: it does not
    bool idle = false;    // libcurl does not want to hear of it
  };
  struct MultiCleanup {
    void operator()(CURLM* multi) const { curl_multi_cleanup(multi); }
  };
  // A descriptor, closed with it.
  class Descriptor {
   public:
    explicit Descriptor(int fd) : fd_(fd) {}
    ~Descriptor();
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    int get() const { return fd_; }

   private:
    const int fd_;
  };

  explicit CurlLoop(Options options);
  std::unique_ptr<CURLM, MultiCleanup> MakeMulti();
  absl::Status Start();

  void Run() ABSL_LOCKS_EXCLUDED(mutex_);
  int MillisecondsToTimer() const;
  void Wait();
  void Begin(Waiting waiting);
  // A spare one, or else a new one; null if memory ran out.
  CurlHandle TakeHandle();
  void FinishDone();
  // Ends those that had no first byte in time.
  void FinishOverdue();
  void Finish(CURL* key, CURLcode code);
  // Closes every connection, as nothing has been under way for long.
  void CloseIdle();
  void EndAll();

  // Has what the handle opens stand in `sockets_`.
  void FollowSockets(CURL* handle);
  // Something happened to the socket. If nobody uses it: has epoll look at it no longer, which would go on to
  // tell of it; libcurl sees for itself before it uses it again. False otherwise.
  bool LeaveIfIdle(curl_socket_t socket);
  static int OnOpened(void* self, curl_socket_t socket, curlsocktype purpose);
  static int OnClose(void* self, curl_socket_t socket);
  static int OnSocket(CURL* handle, curl_socket_t socket, int what, void* self, void* known);
  static int OnTimer(CURLM* multi, long milliseconds, void* self);

  const Options options_;
  const Descriptor epoll_;
  const Descriptor wake_;  // an eventfd, readable once there is something in the inbox

  // Before what closes sockets.
  absl::flat_hash_map<curl_socket_t, Socket> sockets_;  // the thread's own
  std::atomic<int64_t> connections_ = 0;                // how many these are
  std::atomic<int64_t> connections_opened_ = 0;

  // The thread's own. Handles go before the multi handle they may stand in, and before the share.
  CurlShare share_;
  std::unique_ptr<CURLM, MultiCleanup> multi_;
  std::vector<CurlHandle> spare_;  // for the requests to come
  FirstByteDeadlines first_byte_deadlines_;
  absl::flat_hash_map<CURL*, std::unique_ptr<CurlTransfer>> under_way_;
  std::optional<std::chrono::steady_clock::time_point> timer_;
  std::optional<std::chrono::steady_clock::time_point>
      idle_until_;  // with nothing under way, and connections

  absl::Mutex mutex_;
  std::vector<Waiting> inbox_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;

  std::thread thread_;
};

}  // namespace hookd

#endif  // HOOKD_HTTP_CURL_LOOP_H_
