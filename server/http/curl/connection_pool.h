// The pool of connections to endpoints. It chooses the connection of each request.
//
// libcurl owns the connections; hookd chooses among them. Each connection has a label, which is a made-up
// address: CURLOPT_CONNECT_TO with the label of a connection makes libcurl find exactly that connection, and
// a connection whose label is no longer used is never found again. This separates endpoints that differ in
// their certificates, and finds a connection in constant time. The labels of an endpoint are reused, because
// libcurl stores TLS sessions under them.
//
// A connection is used until its lifetime ends, it was idle for too long, or a request on it failed.
//
// Not thread-safe: belongs to one loop, which reports the connections that open and close.
#ifndef HOOKD_HTTP_CURL_CONNECTION_POOL_H_
#define HOOKD_HTTP_CURL_CONNECTION_POOL_H_

#include <curl/curl.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "http/http_client.h"
#include "http/ip_address.h"
#include "http/url.h"

namespace hookd {

struct CurlListCleanup {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using CurlList = std::unique_ptr<curl_slist, CurlListCleanup>;

class ConnectionPool {
 public:
  using Instant = std::chrono::steady_clock::time_point;

  struct Options {
    std::chrono::nanoseconds lifetime;  // plus or minus a tenth
    std::chrono::nanoseconds idle;
  };
  struct Connection;
  struct Endpoint;
  struct Label {
    CurlList connect_to;  // for CURLOPT_CONNECT_TO
    Endpoint* endpoint;   // the only one it is used for
    bool ended = false;   // libcurl still has a closed connection with this label
  };
  // A host and port, with the client certificate and the trusted certificates that its connections use.
  struct Endpoint {
    std::string key;
    UrlTarget target;
    std::optional<IpAddress> last_address;  // of the last connection that was opened
    std::vector<Connection*> open;          // connections that may be chosen
    // Labels without a connection in libcurl, and with a closed one. They are reused, because libcurl finds
    // TLS sessions by them.
    std::vector<std::unique_ptr<Label>> labels, ended;
    int users = 0;  // connections, requests, entries of ended_ and aged_, labels from TakeEnded
  };
  struct Connection {
    Endpoint* endpoint = nullptr;
    std::unique_ptr<Label> label;  // null once it is shut down
    int socket = -1;               // -1: closed
    std::string remote_address;    // what the socket is connected to, with its port
    Instant expires;               // its lifetime
    Instant idle_since;            // while no request uses it
    int requests = 0;              // requests in flight
    bool multiplexed = false;      // HTTP/2: several requests at a time
    bool retired = false;          // no longer chosen
    bool cut = false;              // closed for sending too much or keeping the loop busy
    int64_t allowance = 0;         // bytes it may receive: limits::kMaxOverheadBytes plus responses
  };

  explicit ConnectionPool(const Options& options) : options_(options) {}

  // Returns the endpoint of the request, or null if its URL is invalid. Each Enter requires one Leave.
  Endpoint* Enter(const HttpRequest& request);
  void Leave(Endpoint* endpoint);

  // Returns an open connection for one more request, or null if there is none.
  Connection* Choose(Endpoint* endpoint, Instant now);

  // Adds a connection that was opened for one request.
  Connection* Add(Endpoint* endpoint, int socket, Instant now);

  // Ends one request on the connection. Deletes the connection if it is closed.
  void Release(Connection* connection, Instant now);

  // Stops choosing the connection, and shuts it down once its requests end.
  void Retire(Connection* connection);
  // Retires all idle connections of the endpoint.
  void RetireIdle(Endpoint* endpoint);

  // Reports that the connection's socket was closed.
  void Closed(Connection* connection);

  // Retires connections that are too old or idle for too long.
  void Sweep(Instant now);

  // Returns the label of a connection that was shut down before the last AgeEnded, so that libcurl can close
  // it; null if there is none. GiveBack returns the label once libcurl has closed it. A new connection to the
  // same endpoint may use the label first, and then libcurl closes the old connection at no cost.
  std::unique_ptr<Label> TakeEnded();
  void AgeEnded();
  bool any_ended() const { return !ended_.empty() || !aged_.empty(); }
  void GiveBack(std::unique_ptr<Label> label);

  // The number of open connections, including retired ones.
  size_t size() const { return connections_.size(); }

 private:
  std::unique_ptr<Label> TakeLabel(Endpoint* endpoint);
  // Requires: no request uses the connection, and it is retired.
  void ShutDown(Connection* connection);
  void Forget(Connection* connection);

  const Options options_;
  uint32_t last_label_ = 0;
  uint32_t jitter_ = 0;
  absl::flat_hash_map<std::string, std::unique_ptr<Endpoint>> endpoints_;
  absl::flat_hash_map<Connection*, std::unique_ptr<Connection>> connections_;
  std::vector<Endpoint*> ended_, aged_;  // one entry for each ended label
};

}  // namespace hookd

#endif  // HOOKD_HTTP_CURL_CONNECTION_POOL_H_
