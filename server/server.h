// A running hookd: the store, the HTTP client, the delivery engine and the API with its transport, created
// and shut down in order.
//
// Thread-safe, except Shutdown, which is called once. Owns all its parts.
#ifndef HOOKD_SERVER_H_
#define HOOKD_SERVER_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/limits.h"
#include "base/log.h"
#include "http/egress_guard.h"
#include "listen_options.h"
#include "setting.h"

namespace hookd {

class Server {
 public:
  struct Options {
    ListenOptions listen = {.address = "127.0.0.1:50051"};  // for gRPC; port 0 picks a free port
    // For HTTP, as `listen.address`; with its TLS files. Empty: HTTP is not served.
    std::string http_listen;
    bool http_optional = false;  // if nothing can listen there, serve without HTTP and log a warning
    std::vector<std::string> http_allow_origin;  // see BrowserGuard::Options::allowed_origins
    bool console = true;  // serve the web console over HTTP; see web/console/console.h for its options
    std::vector<std::string> console_frame_ancestors;
    std::string console_theme;
    std::string console_logo;
    bool require_tokens = false;  // callers must authenticate; see access/tokens.h
    std::string tokens_file;      // further tokens, see access/bootstrap_tokens.h; if set, as require_tokens
    std::string metrics_listen;   // host:port for Prometheus; port 0 picks a free port; empty: no metrics
    std::string store;  // URL of the PostgreSQL database that is the store; empty: the embedded store
    absl::Duration lease = limits::kClusterLease;  // how long shards are owned after a lease renewal
    std::string data_dir = "./data";               // directory of the embedded store; created if missing
    EgressGuard::Options egress;                   // addresses that attempts may connect to
    std::string egress_proxy;                      // proxy for all attempts; see HttpClientOptions
    bool egress_http2 = false;                     // use HTTP/2 with endpoints; see HttpClientOptions
    std::vector<std::string> egress_name_servers;  // see HttpClientOptions
    absl::Duration egress_connection_lifetime = limits::kConnectionLifetime;
    std::string tls_ca;               // PEM file of the CAs to trust in endpoints; empty: the system's
    std::string encryption_key_file;  // see store/codec/secret_box.h; empty: secrets are stored unencrypted
    LogFormat log_format = LogFormat::kText;
    LogLevel log_level = LogLevel::kInfo;                           // lowest level that is logged
    absl::Duration drain_timeout = limits::kDefaultDrainTimeout;    // for calls and attempts in flight
    absl::Duration auto_disable_after = limits::kAutoDisableAfter;  // 0: never; see AutoDisable
    absl::Duration retention = limits::kRetention;  // how long events, deliveries and attempts are kept
    absl::Duration delivered_retention = limits::kRetention;  // the same for fully delivered events, if less
    bool search_index = true;                   // keep an index of events for searches; otherwise delete it
    int64_t max_pending = limits::kMaxPending;  // maximum of pending deliveries, in all
    int64_t max_pending_per_project = limits::kMaxPendingPerProject;
    int64_t max_store_bytes = 0;                     // maximum size of the store; 0: limited only by the disk
    int64_t min_free_bytes = limits::kMinFreeBytes;  // minimum free space on its disk
    std::vector<Setting> settings;                   // these options as AdminService.GetServer shows them
    std::function<void()> on_slow_start;  // called repeatedly while opening the store takes long; may be null
  };

  // Opens the store, recovers its pending deliveries, and serves. Every error is one sentence for the
  // operator.
  static absl::StatusOr<std::unique_ptr<Server>> Create(const Options& options);

  // Shuts down, unless Shutdown was called.
  ~Server();

  // The port that gRPC is served on.
  int port() const;

  // The port that HTTP is served on; nothing if it is not served.
  std::optional<int> http_port() const;

  // The location of the store, for log lines; without a password.
  std::string store() const;

  // The port that metrics are served on; 0 if they are not served.
  int metrics_port() const;

  // Reloads the tokens file. (TLS files are reloaded without this when they change.) If it returns an error,
  // the previous tokens stay in effect.
  absl::Status Reload();

  // Calls `done` once, soon, if the store's writer and one of its readers still process work; never if one of
  // them hangs. `done` is also called if they report an error, because a restart does not repair a disk.
  void Ping(std::function<void()> done);

  // Reports NOT_SERVING, refuses new calls, waits for the calls and attempts in flight, and closes the store.
  // Takes `drain_timeout` or slightly longer. Attempts that have not ended by then stay pending in the store
  // and are made again after the next start.
  void Shutdown();

 private:
  struct Parts;
  explicit Server(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace hookd

#endif  // HOOKD_SERVER_H_
