// An event loop of CurlClient's: one thread, one libcurl multi handle with its connections, one epoll.
//
// A request's way: its name is looked up (name_resolver.h), a connection is opened (connector.h), libcurl
// sends it and reads the answer (curl_transfer.h); or a connection that is open is chosen
// (connection_pool.h), and the first two are left out. The loop owns every socket, as it opens and closes
// each of them, and the time: a request ends at its timeout whatever libcurl does.
//
// Thread-safe. Everything of libcurl's is touched by the loop's thread alone; others only put requests and
// addresses in the inbox.
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
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/btree_set.h"
#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "base/limits.h"
#include "http/connection_pool.h"
#include "http/connector.h"
#include "http/curl_transfer.h"
#include "http/descriptor_reserve.h"
#include "http/egress_guard.h"
#include "http/http_client.h"
#include "http/loop_pulse.h"
#include "http/name_resolver.h"
#include "http/network_evidence.h"

namespace hookd {

class CurlLoop {
 public:
  using Done = std::function<void(HttpResult)>;

  struct Options {
    int max_connections;  // kept open at most
    size_t max_body_bytes;
    std::string ca_file;
    absl::Duration idle_connection;  // this and the next as in CurlClient::Options
    absl::Duration connection_lifetime;
    EgressGuard egress;
    std::string proxy;
    bool http2;
    int niceness;  // of its thread, as setpriority(2) has it
    // Shared by the loops; they must outlive them.
    DescriptorReserve* reserve;
    NameResolver* names;
    NetworkEvidence* evidence;
  };

  // Begins its thread. UNAVAILABLE or RESOURCE_EXHAUSTED if the system gives no more descriptors or threads.
  static absl::StatusOr<std::unique_ptr<CurlLoop>> Create(Options options);
  // Stops it, if that was not done.
  ~CurlLoop();

  // As HttpClient::Send.
  void Send(HttpRequest request, Done done) ABSL_LOCKS_EXCLUDED(mutex_);

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
  LoopPulse& pulse() { return pulse_; }

 private:
  using Instant = std::chrono::steady_clock::time_point;
  class Job;
  struct Waiting {
    HttpRequest request;
    Done done;
    Instant sent;
    int64_t late_ns;  // late_ns_ then
  };
  struct Found {
    std::string name;
    NameResolver::Answer answer;
  };
  // A socket of libcurl's. epoll goes on to look at one that nobody uses: to leave it after every request and
  // come back for the next costs two calls of the system's, a thirtieth of a delivery's CPU. Every socket is
  // opened and closed by the loop, so that none of another's can stand here.
  struct Socket {
    uint32_t events = 0;                               // what epoll looks at it for; 0: it does not
    bool idle = false;                                 // libcurl does not want to hear of it
    ConnectionPool::Connection* connection = nullptr;  // null: by a proxy
    int events_to_check = limits::kUncheckedEvents;    // that it may have before it is looked at
  };
  // MakeClosingHandle's, and whose connection it closes.
  struct Closing {
    std::unique_ptr<ConnectionPool::Label> label;
    CurlHandle handle;
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
  // Something happened to a socket of libcurl's.
  void OnEvent(int socket, uint32_t events);
  // Cuts the connection if it has received too much that is no answer. `took`: the event before.
  void CheckOverhead(int socket, std::chrono::nanoseconds took);
  // Has libcurl look at a socket, or at its timers.
  void Act(curl_socket_t socket, int what);

  // --- A request's way ---
  void Begin(Waiting waiting);
  // By a connection that is open, or a new one.
  void ChooseConnection(Job& job);
  void LookUp(Job& job);
  void OnFound(const Found& found);
  void OnAnswer(Job& job, const NameResolver::Answer& answer);
  void Connect(Job& job);
  void OnConnected(Job& job, Connector::Result result);
  // To libcurl.
  void Transfer(Job& job, int socket);
  // A spare one, or else a new one; null if memory ran out.
  CurlHandle TakeHandle();
  void FinishDone();
  // Has libcurl close connections that have ended.
  void CloseEnded(Instant now);
  void FinishTransfer(Job& job, CURLcode code);
  // Ends those whose time is over.
  void FinishOverdue();
  HttpResult Overdue(Job& job);
  // Whether the loop has been so late since the request came that its time says nothing of the endpoint.
  bool WasLateFor(const Job& job) const;
  void Finish(Job& job, HttpResult result);
  // It leaves where it waits, and libcurl.
  void Detach(Job& job);
  void SetDeadline(Job& job, Instant deadline);
  // Looks for connections that are too old.
  void Sweep(Instant now);
  // libcurl's handle is broken: what it has ends, and another takes its place.
  void Replace(CURLMcode code);
  void EndAll();
  void CheckSockets() const;

  // Something happened to the socket. If nobody uses it: has epoll look at it no longer, which would go on to
  // tell of it, and the pool choose it no more. False otherwise.
  bool LeaveIfIdle(int number);
  // Has epoll look at a socket for `events`, whatever it did before.
  bool Watch(int socket, uint32_t kind, uint32_t events);
  // A socket is closed: by libcurl, or for it.
  int Close(int socket);
  static int OnClose(void* self, curl_socket_t socket);
  static int OnSocket(CURL* handle, curl_socket_t socket, int what, void* self, void* known);
  static int OnTimer(CURLM* multi, long milliseconds, void* self);

  const Options options_;
  const std::optional<UrlTarget> proxy_;  // where it is, if there is one
  const Descriptor epoll_;
  const Descriptor wake_;  // an eventfd, readable once there is something in the inbox
  LoopPulse pulse_;
  std::atomic<int64_t> late_ns_ = 0;  // for how long, in all, it did not look at what was due

  // Before what closes sockets.
  absl::flat_hash_map<curl_socket_t, Socket> sockets_;  // the thread's own
  std::atomic<int64_t> connections_ = 0;                // how many these are
  std::atomic<int64_t> connections_opened_ = 0;
  ConnectionPool pool_;
  Connector connector_;

  // The thread's own. Handles go before the multi handle they may stand in, and before the share.
  CurlShare share_;
  CurlList proxy_address_;
  CurlSettings settings_;
  std::unique_ptr<CURLM, MultiCleanup> multi_;
  std::vector<CurlHandle> spare_;  // for the requests to come
  std::vector<CurlHandle> spare_closing_;
  absl::flat_hash_map<CURL*, Closing> closing_;  // under way
  absl::flat_hash_map<Job*, std::unique_ptr<Job>> jobs_;
  absl::btree_set<std::pair<Instant, Job*>> deadlines_;
  absl::flat_hash_map<std::string, absl::flat_hash_set<Job*>> looking_up_;  // by name
  std::optional<Instant> timer_;
  std::optional<Instant> sweep_;  // with connections
  std::optional<Instant> close_;  // with connections that have ended
  bool ending_ = false;
  Instant idle_since_;           // with no requests
  CURLMcode broken_ = CURLM_OK;  // libcurl's handle is, with this code

  absl::Mutex mutex_;
  std::vector<Waiting> inbox_ ABSL_GUARDED_BY(mutex_);
  std::vector<Found> found_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;

  std::thread thread_;
};

}  // namespace hookd

#endif  // HOOKD_HTTP_CURL_LOOP_H_
