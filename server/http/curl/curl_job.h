// The state of a request in its loop. Only for the curl_loop*.cc files.
//
// Not thread-safe: belongs to the loop's thread.
#ifndef HOOKD_HTTP_CURL_CURL_JOB_H_
#define HOOKD_HTTP_CURL_CURL_JOB_H_

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "base/tuning.h"
#include "http/connector.h"
#include "http/curl/connection_pool.h"
#include "http/curl/curl_loop.h"
#include "http/curl/curl_transfer.h"
#include "http/http_client.h"
#include "http/ip_address.h"

namespace hookd {

class CurlLoop::Job : public CurlTransfer::Observer {
 public:
  Job(CurlLoop* of, HttpRequest its_request, Done its_done, Instant sent, int64_t late)
      : loop(of), request(std::move(its_request)), done(std::move(its_done)), begun(sent), late_ns(late) {}

  // Starts the connect timeout at `since`, and returns the time by which the request must have been sent.
  Instant ConnectDeadline(Instant since) {
    connecting_since = since;
    limit = std::min(request.connect_timeout, request.timeout);
    return std::min(End(), since + absl::ToChronoNanoseconds(limit));
  }

  // Where its connection goes: to its endpoint or to the proxy.
  const UrlTarget& Target(const std::optional<UrlTarget>& proxy) const {
    return proxy.has_value() ? *proxy : endpoint->target;
  }

  void OnSending() override {
    ++sends;
    const Instant now = std::chrono::steady_clock::now();
    limit = request.timeout;
    Instant deadline_now = End();
    if (request.first_byte_timeout < request.timeout) {
      const Instant first_byte = now + absl::ToChronoNanoseconds(request.first_byte_timeout);
      if (first_byte < deadline_now) {
        deadline_now = first_byte;
        limit = request.first_byte_timeout;
      }
    }
    loop->SetDeadline(*this, deadline_now);
  }

  void OnAnswer() override {
    limit = request.timeout;
    loop->SetDeadline(*this, End());
  }

  void OnBytes(size_t bytes) override {
    if (connection != nullptr) connection->allowance += static_cast<int64_t>(bytes);
  }

  static std::chrono::nanoseconds SweepInterval(absl::Duration idle_connection) {
    return absl::ToChronoNanoseconds(std::min(tuning::kConnectionSweep, idle_connection));
  }

  CurlLoop* const loop;
  const HttpRequest request;
  const Done done;
  const Instant begun;               // when Send was called
  const int64_t late_ns;             // the value of late_ns_ at that time
  Instant connecting_since = begun;  // when it began to need a new connection
  Instant looked_up = begun, connected = begun;
  Instant deadline = Instant();  // its key in deadlines_
  absl::Duration limit;          // the timeout behind `deadline`
  ConnectionPool::Endpoint* endpoint = nullptr;
  ConnectionPool::Connection* connection = nullptr;
  std::vector<IpAddress> addresses;
  bool looking_up = false;
  Connector::Race* race = nullptr;
  std::unique_ptr<CurlTransfer> transfer;
  bool in_libcurl = false;
  bool reused = false;  // it uses a connection that was already open
  int sends = 0;        // how often it was sent

 private:
  Instant End() const { return begun + absl::ToChronoNanoseconds(request.timeout); }
};

}  // namespace hookd

#endif  // HOOKD_HTTP_CURL_CURL_JOB_H_
