// An event loop of CurlClient: one thread, one libcurl multi handle with its connections, one epoll.
//
// A request is sent on an open connection (connection_pool.h). If there is none, the loop looks up the host
// name (name_resolver.h) and opens a connection (connector.h). libcurl then sends the request and reads the
// response (curl_transfer.h). The loop owns every socket, because it opens and closes each of them, and the
// time: a request ends at its timeout regardless of libcurl.
//
// The code is in curl_loop.cc (the thread), curl_loop_request.cc (until libcurl has the request),
// curl_loop_finish.cc (how a request ends) and curl_loop_sockets.cc.
//
// Thread-safe. Only the loop's thread uses libcurl; other threads add requests and addresses to the inbox.
#ifndef HOOKD_HTTP_CURL_CURL_LOOP_H_
#define HOOKD_HTTP_CURL_CURL_LOOP_H_

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
#include "base/tuning.h"
#include "http/connector.h"
#include "http/curl/connection_pool.h"
#include "http/curl/curl_transfer.h"
#include "http/curl/loop_pulse.h"
#include "http/descriptor_reserve.h"
#include "http/egress_guard.h"
#include "http/http_client.h"
#include "http/names/name_resolver.h"
#include "http/names/network_evidence.h"

namespace hookd {

class CurlLoop {
 public:
  using Done = std::function<void(HttpResult)>;

  struct Options {
    int max_connections;  // maximum open connections
    size_t max_body_bytes;
    std::string ca_file;
    absl::Duration idle_connection;  // this and the next as in CurlClient::Options
    absl::Duration connection_lifetime;
    EgressGuard egress;
    std::string proxy;
    bool http2;
    int niceness;  // of the thread, as in setpriority(2)
    // Shared by the loops, which they must outlive.
    DescriptorReserve* reserve;
    NameResolver* names;
    NetworkEvidence* evidence;
  };

  // Starts the thread. Returns RESOURCE_EXHAUSTED if the system has no descriptors or threads left.
  static absl::StatusOr<std::unique_ptr<CurlLoop>> Create(Options options);
  // Calls Stop and Join.
  ~CurlLoop();

  // As HttpClient::Send.
  void Send(HttpRequest request, Done done) ABSL_LOCKS_EXCLUDED(mutex_);

  // Tells the thread to end the requests in flight, each with an error, and to exit. Does not block.
  void Stop() ABSL_LOCKS_EXCLUDED(mutex_);
  // Waits until the thread exits.
  void Join();
  // Ends the requests in the inbox with an error, and returns whether there were any. Call it after Join,
  // because callbacks of another loop may have sent requests.
  bool EndInbox() ABSL_LOCKS_EXCLUDED(mutex_);

  // The number of open sockets, in use and idle; and the number that were ever opened.
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
    int64_t late_ns;  // the value of late_ns_ at that time
  };
  struct Found {
    std::string name;
    NameResolver::Answer answer;
  };
  // A socket that libcurl uses. epoll continues to watch an idle socket: removing it after every request and
  // adding it for the next would cost two system calls, a thirtieth of the CPU of a delivery. The loop opens
  // and closes every socket itself, so an entry never refers to another socket with the same number.
  struct Socket {
    uint32_t events = 0;                               // what epoll watches; 0: nothing
    bool idle = false;                                 // libcurl wants no events
    ConnectionPool::Connection* connection = nullptr;  // null with a proxy
    int events_to_check = tuning::kUncheckedEvents;    // events until the next check
  };
  // A handle from MakeClosingHandle, and the label of the connection that it closes.
  struct Closing {
    std::unique_ptr<ConnectionPool::Label> label;
    CurlHandle handle;
  };
  struct MultiCleanup {
    void operator()(CURLM* multi) const { curl_multi_cleanup(multi); }
  };
  // A file descriptor that the object closes.
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

  // Who handles the events of a descriptor. The upper half of epoll's data; the lower half is the descriptor.
  enum SocketOwner : uint32_t { kLibcurl = 0, kConnector = 1, kWake = 2 };

  explicit CurlLoop(Options options);
  std::unique_ptr<CURLM, MultiCleanup> MakeMulti();
  absl::Status Start();

  void Run() ABSL_LOCKS_EXCLUDED(mutex_);
  int MillisecondsToTimer() const;
  void Wait();
  // Handles an event of a socket that libcurl uses.
  void OnEvent(int socket, uint32_t events);
  // Closes the connection if it has received too much beyond its responses. `took`: the time of the last
  // event.
  void CheckOverhead(int socket, std::chrono::nanoseconds took);
  // Makes libcurl handle a socket or its timers.
  void Act(curl_socket_t socket, int what);

  // --- Until libcurl has the request ---
  void Begin(Waiting waiting);
  // Uses an open connection or a new one.
  void ChooseConnection(Job& job);
  void LookUp(Job& job);
  void OnFound(const Found& found);
  void OnAnswer(Job& job, const NameResolver::Answer& answer);
  void Connect(Job& job);
  void OnConnected(Job& job, Connector::Result result);
  // Gives the request to libcurl. `socket` is a new connection, or -1.
  void Transfer(Job& job, int socket);
  // Returns a spare or a new handle; null if memory ran out.
  CurlHandle TakeHandle();

  // --- How a request ends ---
  void FinishDone();
  // Makes libcurl close connections that were shut down.
  void CloseEnded(Instant now);
  void FinishTransfer(Job& job, CURLcode code);
  // Ends requests whose deadline has passed.
  void FinishOverdue();
  HttpResult Overdue(Job& job);
  // Whether the loop was so late since the request arrived that its timeout says nothing about the endpoint.
  bool WasLateFor(const Job& job) const;
  void Finish(Job& job, HttpResult result);
  // Removes the request from every queue and from libcurl.
  void Detach(Job& job);
  void SetDeadline(Job& job, Instant deadline);
  // Retires connections that are too old.
  void Sweep(Instant now);
  // Replaces a broken multi handle; its requests end.
  void Replace(CURLMcode code);
  void EndAll();
  void CheckSockets() const;

  // --- Sockets ---
  // Handles an event of an idle socket: stops watching it and retires its connection. Returns false if it is
  // in use.
  bool LeaveIfIdle(int number);
  // Makes epoll watch a socket for `events`, whether it is watched already or not.
  bool Watch(int socket, SocketOwner owner, uint32_t events);
  // Closes a socket, on behalf of libcurl or of the loop.
  int Close(int socket);
  static int OnClose(void* self, curl_socket_t socket);
  static int OnSocket(CURL* handle, curl_socket_t socket, int what, void* self, void* known);
  static int OnTimer(CURLM* multi, long milliseconds, void* self);

  const Options options_;
  const std::optional<UrlTarget> proxy_;  // its address, if there is a proxy
  const Descriptor epoll_;
  const Descriptor wake_;  // an eventfd, readable if the inbox is not empty
  LoopPulse pulse_;
  std::atomic<int64_t> late_ns_ = 0;  // the total time by which due work was late

  // Declared before the members that close sockets.
  absl::flat_hash_map<curl_socket_t, Socket> sockets_;  // of the loop's thread
  std::atomic<int64_t> connections_ = 0;                // the size of sockets_
  std::atomic<int64_t> connections_opened_ = 0;
  ConnectionPool pool_;
  Connector connector_;

  // Used by the loop's thread only. Handles are destroyed before the multi handle and the share that they
  // use.
  CurlShare share_;
  CurlList proxy_address_;
  CurlSettings settings_;
  std::unique_ptr<CURLM, MultiCleanup> multi_;
  std::vector<CurlHandle> spare_;  // for later requests
  std::vector<CurlHandle> spare_closing_;
  absl::flat_hash_map<CURL*, Closing> closing_;  // in progress
  absl::flat_hash_map<Job*, std::unique_ptr<Job>> jobs_;
  absl::btree_set<std::pair<Instant, Job*>> deadlines_;
  absl::flat_hash_map<std::string, absl::flat_hash_set<Job*>> looking_up_;  // by host name
  std::optional<Instant> timer_;
  std::optional<Instant> sweep_;  // set while there are connections
  std::optional<Instant> close_;  // set while connections wait to be closed
  bool ending_ = false;
  Instant idle_since_;           // since when there are no requests
  CURLMcode broken_ = CURLM_OK;  // the error that broke the multi handle

  absl::Mutex mutex_;
  std::vector<Waiting> inbox_ ABSL_GUARDED_BY(mutex_);
  std::vector<Found> found_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;

  std::thread thread_;
};

}  // namespace hookd

#endif  // HOOKD_HTTP_CURL_CURL_LOOP_H_
