// A minimal HTTP/1.1 client with many keep-alive connections, each with one request at a time. It does no
// more than measurements need, so that it takes little of the machine: it expects responses with
// Content-Length.
#ifndef HOOKD_TESTS_BENCH_DRIVE_HTTP_CLIENT_H_
#define HOOKD_TESTS_BENCH_DRIVE_HTTP_CLIENT_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"

namespace hookd::bench {

class HttpClient {
 public:
  // Called on the client's thread with the status and the body; 0 if the connection ended.
  using OnResponse = std::function<void(int status, absl::string_view body)>;

  // `address` is host:port of IPv4. Ends the process if it cannot connect.
  explicit HttpClient(const std::string& address);
  // Requires that no request is in flight.
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  // Sends a POST on an idle connection, or on a new one.
  void Post(absl::string_view path, absl::string_view body, OnResponse on_response)
      ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  struct Connection {
    int socket = -1;
    std::string received;
    OnResponse on_response;
  };

  Connection* TakeConnection() ABSL_LOCKS_EXCLUDED(mutex_);
  void Run();
  void Read(Connection& connection);
  void Finish(Connection& connection, int status, absl::string_view body) ABSL_LOCKS_EXCLUDED(mutex_);

  const std::string address_;
  int epoll_ = -1;
  int stop_ = -1;  // an eventfd
  absl::Mutex mutex_;
  std::vector<std::unique_ptr<Connection>> connections_ ABSL_GUARDED_BY(mutex_);
  std::vector<Connection*> idle_ ABSL_GUARDED_BY(mutex_);
  std::thread thread_;
};

}  // namespace hookd::bench

#endif  // HOOKD_TESTS_BENCH_DRIVE_HTTP_CLIENT_H_
