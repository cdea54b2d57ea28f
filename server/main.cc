// hookd: settings, a server, signals, the end.
#include <systemd/sd-daemon.h>

#include <csignal>
#include <cstdint>
#include <iostream>
#include <memory>
#include <string>

#include "CLI/CLI.hpp"
#include "absl/time/time.h"
#include "base/version.h"
#include "flags.h"
#include "server.h"
#include "settings.h"
#include "spdlog/spdlog.h"

namespace {

// How often systemd wants to hear of us: twice as often as it looks. Infinite if it does not want to.
absl::Duration WatchdogInterval() {
  uint64_t limit_us = 0;
  return sd_watchdog_enabled(/*unset_environment=*/0, &limit_us) > 0
             ? absl::Microseconds(static_cast<int64_t>(limit_us)) / 2
             : absl::InfiniteDuration();
}

// The next of the signals; 0 if none comes within `timeout`.
int WaitForSignal(const sigset_t& signals, absl::Duration timeout) {
  if (timeout == absl::InfiniteDuration()) {
    int signal = 0;
    sigwait(&signals, &signal);
    return signal;
  }
  const timespec time = absl::ToTimespec(timeout);
  return std::max(sigtimedwait(&signals, nullptr, &time), 0);
}

// Serves until it is told to stop, which is the signal it returns.
int Serve(hookd::Server& server, const sigset_t& signals) {
  const absl::Duration watchdog = WatchdogInterval();
  while (true) {
    switch (const int signal = WaitForSignal(signals, watchdog)) {
      case SIGINT:
      case SIGTERM:
        return signal;
      case SIGHUP: {
        const absl::Status reloaded = server.Reload();
        spdlog::info("SIGHUP: {}", reloaded.ok() ? "read the files anew" : reloaded.ToString());
        break;
      }
      default:
        server.Ping([] { sd_notify(0, "WATCHDOG=1"); });
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  hookd::Server::Options options;
  CLI::App app("hookd takes events in over gRPC and delivers them to webhooks as documented JSON.", "hookd");
  hookd::AddFlags(app, options);
  hookd::AddSources(app);
  CLI11_PARSE(app, argc, argv);

  // Blocked before any thread is made, so that only the waiting below gets them.
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&signals, signal);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);

  auto server = hookd::Server::Create(options);
  if (!server.ok()) {
    std::cerr << "hookd: " << server.status().message() << "\n";
    return 1;
  }
  const std::string host = options.listen.substr(0, options.listen.rfind(':'));
  spdlog::info("hookd {} listens on {}:{}", hookd::kVersion, host, (*server)->port());
  spdlog::info("its data is in {}", options.data_dir);
  spdlog::info("try: hookctl --server {}:{} webhooks list", host, (*server)->port());
  sd_notify(0, "READY=1");

  const int signal = Serve(**server, signals);
  sd_notify(0, "STOPPING=1");
  spdlog::info("told to stop by {}: ending what is under way, for {} at most",
               signal == SIGINT ? "SIGINT" : "SIGTERM", absl::FormatDuration(options.drain_timeout));
  // Another one now ends the process as signals do: what is on disk is safe at any moment.
  sigdelset(&signals, SIGHUP);
  pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
  (*server)->Shutdown();
  spdlog::info("stopped");
  return 0;
}
