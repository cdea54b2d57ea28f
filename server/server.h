// hookd as a whole: store, HTTP client, delivery engine and gRPC services, put together and taken apart in
// order.
//
// Thread-safe but for Shutdown, which is called once. Owns everything it makes.
#ifndef HOOKD_SERVER_H_
#define HOOKD_SERVER_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/limits.h"
#include "base/log.h"
#include "http/egress_guard.h"

namespace hookd {

class Server {
 public:
  struct Options {
    std::string listen = "127.0.0.1:50051";  // host:port for gRPC; port 0 takes any free one
    std::string metrics_listen;              // host:port for Prometheus; port 0 as above; empty: not served
    std::string data_dir = "./data";         // folder of the embedded store; made if missing
    EgressGuard::Options egress;             // where attempts may connect to
    std::string egress_proxy;                // what they go by; see CurlClient::Options
    std::string tls_ca;  // PEM file: which certificates of endpoints to trust; empty: the system's
    std::string encryption_key_file;  // see store/secret_box.h; empty: secrets are kept readable
    LogFormat log_format = LogFormat::kText;
    LogLevel log_level = LogLevel::kInfo;              // the least that is written
    absl::Duration drain_timeout = absl::Seconds(30);  // how long Shutdown waits for what is under way
    absl::Duration auto_disable_after = limits::kAutoDisableAfter;  // 0: never; see AutoDisable
    absl::Duration retention = limits::kRetention;  // how long events, deliveries and attempts are kept
    absl::Duration delivered_retention = limits::kRetention;  // those delivered to all webhooks, if less
    int64_t max_waiting = limits::kMaxWaiting;                // deliveries that wait, in all
    int64_t max_waiting_per_project = limits::kMaxWaitingPerProject;
    int64_t max_store_bytes = 0;                     // of the store; 0: the disk's size
    int64_t min_free_bytes = limits::kMinFreeBytes;  // of its disk, kept in reserve
  };

  // Opens the store, takes up what waits in it, and serves. Every error is one sentence for the operator.
  static absl::StatusOr<std::unique_ptr<Server>> Create(const Options& options);

  // As Shutdown, where it has not been called.
  ~Server();

  // The port it listens on.
  int port() const;

  // The port it serves metrics on; 0 if it does not.
  int metrics_port() const;

  // Takes no more calls, ends the attempts under way (those that outlive `drain_timeout` are made again after
  // the next start), and closes the store.
  void Shutdown();

 private:
  struct Parts;
  explicit Server(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace hookd

#endif  // HOOKD_SERVER_H_
