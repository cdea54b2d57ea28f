#include "metrics/metrics_endpoint.h"

#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

#include <exception>
#include <thread>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "absl/time/time.h"
#include "base/host_and_port.h"
#include "prometheus/exposer.h"

namespace hookd {
namespace {

// Connects, and closes at once.
void Knock(const std::string& host, int port) {
  addrinfo hints = {};
  hints.ai_flags = AI_NUMERICHOST;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* address = nullptr;
  if (getaddrinfo(host.c_str(), absl::StrCat(port).c_str(), &hints, &address) != 0) return;
  const int socket = ::socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (socket >= 0) {
    (void)connect(socket, address->ai_addr, address->ai_addrlen);
    close(socket);
  }
  freeaddrinfo(address);
}

}  // namespace

absl::StatusOr<std::unique_ptr<MetricsEndpoint>> MetricsEndpoint::Create(const std::string& listen,
                                                                         std::shared_ptr<Metrics> metrics) {
  if (!IsHostAndPort(listen)) {
    return absl::InvalidArgumentError(
        absl::StrCat("metrics cannot be served on ", listen, ": give host:port, such as 127.0.0.1:9464"));
  }
  try {
    auto exposer = std::make_unique<prometheus::Exposer>(listen);
    exposer->RegisterCollectable(metrics);
    const int port = exposer->GetListeningPorts().at(0);
    std::string host = listen.substr(0, listen.rfind(':'));
    if (host.front() == '[') host = host.substr(1, host.size() - 2);
    return std::unique_ptr<MetricsEndpoint>(
        new MetricsEndpoint(std::move(metrics), std::move(exposer), std::move(host), port));
  } catch (const std::exception&) {
    return absl::UnavailableError(absl::StrCat("metrics cannot be served on ", listen,
                                               ": is the port taken, or the address not of this machine?"));
  }
}

MetricsEndpoint::MetricsEndpoint(std::shared_ptr<Metrics> metrics,
                                 std::unique_ptr<prometheus::Exposer> exposer, std::string host, int port)
    : metrics_(std::move(metrics)), exposer_(std::move(exposer)), host_(std::move(host)), port_(port) {}

MetricsEndpoint::~MetricsEndpoint() {
  // Its web server looks every two seconds whether it is to end, or when somebody comes.
  absl::Notification ended;
  std::thread ending([this, &ended] {
    exposer_.reset();
    ended.Notify();
  });
  while (!ended.WaitForNotificationWithTimeout(absl::Milliseconds(10))) Knock(host_, port_);
  ending.join();
}

}  // namespace hookd
