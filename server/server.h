// hookd as a whole: store, HTTP client, delivery engine and gRPC services, put together and taken apart in
// order.
//
// Thread-safe but for Shutdown, which is called once. Owns everything it makes.
#ifndef HOOKD_SERVER_H_
#define HOOKD_SERVER_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/limits.h"
#include "base/log.h"
#include "http/egress_guard.h"
#include "listen_options.h"

namespace hookd {

class Server {
 public:
  struct Options {
    ListenOptions listen = {.address = "127.0.0.1:50051"};  // for gRPC; port 0 takes any free one
    bool require_tokens = false;  // callers have to show a token; see access/tokens.h
    std::string tokens_file;      // tokens beside the store's, and the same; see access/bootstrap_tokens.h
    std::string metrics_listen;   // host:port for Prometheus; port 0 as above; empty: not served
    std::string store;            // URL of the PostgreSQL database that is the store; empty: the embedded one
    absl::Duration lease = limits::kClusterLease;  // for how long shards are held without a sign of life
    std::string data_dir = "./data";               // folder of the embedded store; made if missing
    EgressGuard::Options egress;                   // where attempts may connect to
    std::string egress_proxy;                      // what they go by; see CurlClient::Options
    bool egress_http2 = false;                     // HTTP/2 with endpoints; see CurlClient::CheckHttp2
    std::vector<std::string> egress_name_servers;  // see CurlClient::Options
    absl::Duration egress_connection_lifetime = limits::kConnectionLifetime;
    std::string tls_ca;  // PEM file: which certificates of endpoints to trust; empty: the system's
    std::string encryption_key_file;  // see store/secret_box.h; empty: secrets are kept readable
    LogFormat log_format = LogFormat::kText;
    LogLevel log_level = LogLevel::kInfo;                           // the least that is written
    absl::Duration drain_timeout = limits::kDefaultDrainTimeout;    // for calls and attempts in flight
    absl::Duration auto_disable_after = limits::kAutoDisableAfter;  // 0: never; see AutoDisable
    absl::Duration retention = limits::kRetention;  // how long events, deliveries and attempts are kept
    absl::Duration delivered_retention = limits::kRetention;  // those delivered to all webhooks, if less
    int64_t max_waiting = limits::kMaxWaiting;                // deliveries that wait, in all
    int64_t max_waiting_per_project = limits::kMaxWaitingPerProject;
    int64_t max_store_bytes = 0;                     // of the store; 0: the disk's size
    int64_t min_free_bytes = limits::kMinFreeBytes;  // of its disk, kept in reserve
    std::function<void()> on_slow_start;  // called now and then while Create takes long; null: tells nobody
  };

  // Opens the store, takes up what waits in it, and serves. Every error is one sentence for the operator.
  static absl::StatusOr<std::unique_ptr<Server>> Create(const Options& options);

  // As Shutdown, where it has not been called.
  ~Server();

  // The port it listens on.
  int port() const;

  // Where its store is, for people; without a password.
  std::string store() const;

  // The port it serves metrics on; 0 if it does not.
  int metrics_port() const;

  // Reads anew what may change while it runs: the tokens file. TLS files are looked at anyway. An error
  // changes nothing.
  absl::Status Reload();

  // Calls `done`, once and soon, if the store's writer and a reader of its, and so the loops that deliveries
  // depend on, still take work; never if they hang. An error of theirs is an answer: restarting mends no
  // disk.
  void Ping(std::function<void()> done);

  // Says NOT_SERVING, takes no more calls, ends those and the attempts under way, and closes the store:
  // within `drain_timeout`, or a moment more. Attempts that outlive it stay waiting in the store, and are
  // made after the next start.
  void Shutdown();

 private:
  struct Parts;
  explicit Server(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace hookd

#endif  // HOOKD_SERVER_H_
