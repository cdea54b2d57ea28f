// The connections to endpoints, and which of them a request goes by.
//
// libcurl keeps the connections; hookd chooses. Each has a label, an address that stands for nothing but
// itself: libcurl is told to connect "to" the label of the connection to use (CURLOPT_CONNECT_TO), so that it
// finds this one and no other, and a connection that is not to be used any more is never named again. That
// keeps endpoints apart that differ in their certificates, and finds a connection at once however many there
// are to one host. The labels of an endpoint's connections are used again, as libcurl's TLS sessions are
// kept by them.
//
// A connection is chosen until its lifetime is over, or it was idle for too long, or a request by it broke.
//
// Not thread-safe: belongs to one loop, which says what opens and closes.
#ifndef HOOKD_HTTP_CONNECTION_POOL_H_
#define HOOKD_HTTP_CONNECTION_POOL_H_

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
    std::chrono::nanoseconds lifetime;  // more or less a tenth
    std::chrono::nanoseconds idle;
  };
  struct Connection;
  struct Endpoint;
  struct Label {
    CurlList connect_to;  // for CURLOPT_CONNECT_TO
    Endpoint* endpoint;   // the only one it is used for
    bool ended = false;   // libcurl still has a connection of it, which has ended
  };
  // A host, its port, and the identity that is shown to it and asked of it.
  struct Endpoint {
    std::string key;
    UrlTarget target;
    std::optional<IpAddress> last_address;  // that a connection was opened to
    std::vector<Connection*> open;          // that may be chosen
    // That libcurl has no connection of, or one that has ended. They are used again, as it finds TLS sessions
    // by them.
    std::vector<std::unique_ptr<Label>> labels, ended;
    int users = 0;  // connections, requests, entries of ended_ and aged_, labels that TakeEnded gave
  };
  struct Connection {
    Endpoint* endpoint = nullptr;
    std::unique_ptr<Label> label;  // null once it is shut down
    int socket = -1;               // -1: closed
    Instant expires;               // its lifetime
    Instant idle_since;            // while no request uses it
    int requests = 0;              // that use it
    bool multiplexed = false;      // several may: it speaks HTTP/2
    bool retired = false;          // it is not chosen any more
    bool cut = false;              // it sent too much that is no answer, or kept the loop busy
    int64_t allowance = 0;         // bytes it may receive: limits::kMaxOverheadBytes, and its answers'
  };

  explicit ConnectionPool(const Options& options) : options_(options) {}

  // The request's endpoint, which stays until as many Leave. Null if its URL is none.
  Endpoint* Enter(const HttpRequest& request);
  void Leave(Endpoint* endpoint);

  // An open connection for one more request; null if there is none.
  Connection* Choose(Endpoint* endpoint, Instant now);

  // A connection was opened, for one request.
  Connection* Add(Endpoint* endpoint, int socket, Instant now);

  // A request does not use it any more. It is gone if it is closed.
  void Release(Connection* connection, Instant now);

  // It is not chosen any more, and is shut down once nothing uses it.
  void Retire(Connection* connection);
  // All of the endpoint's that nothing uses.
  void RetireIdle(Endpoint* endpoint);

  // The connection's socket was closed.
  void Closed(Connection* connection);

  // Retires those whose time is over.
  void Sweep(Instant now);

  // The label of a connection that was shut down before AgeEnded was last called, for libcurl to close it by;
  // null if there is none. It is given back once libcurl has. A new connection to the same endpoint may take
  // it first, and has libcurl close the other at no cost.
  std::unique_ptr<Label> TakeEnded();
  void AgeEnded();
  bool any_ended() const { return !ended_.empty() || !aged_.empty(); }
  void GiveBack(std::unique_ptr<Label> label);

  // Connections that are open, retired ones included.
  size_t size() const { return connections_.size(); }

 private:
  std::unique_ptr<Label> TakeLabel(Endpoint* endpoint);
  // Nothing uses it, and nothing will.
  void ShutDown(Connection* connection);
  void Forget(Connection* connection);

  const Options options_;
  uint32_t last_label_ = 0;
  uint32_t jitter_ = 0;
  absl::flat_hash_map<std::string, std::unique_ptr<Endpoint>> endpoints_;
  absl::flat_hash_map<Connection*, std::unique_ptr<Connection>> connections_;
  std::vector<Endpoint*> ended_, aged_;  // by each of their ended labels
};

}  // namespace hookd

#endif  // HOOKD_HTTP_CONNECTION_POOL_H_
