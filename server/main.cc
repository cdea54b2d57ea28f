// hookd: settings, a server, signals, the end.
#include <sched.h>
#include <systemd/sd-daemon.h>

#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <string>

#include "CLI/CLI.hpp"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "base/log.h"
#include "base/version.h"
#include "flags.h"
#include "listening.h"
#include "migrate_command.h"
#include "server.h"
#include "settings.h"

// Settings of jemalloc's, which reads them as it starts: memory that is free is given back to the system by a
// thread of its own. Otherwise it is given back as more is freed, and an idle hookd keeps what a peak took.
extern "C" const char* malloc_conf;
const char* malloc_conf = "background_thread:true";

namespace {

// What costs CPU and buys nothing here. For threads that are begun afterwards.
void SpareCpu() {
  // A thread that has something to do waits for a core rather than interrupt another, which is likely one
  // that works for it. Not being allowed to ask for this does no harm.
  const sched_param no_priority = {};
  (void)sched_setscheduler(0, SCHED_BATCH, &no_priority);
  // Debian's Abseil looks for deadlocks at every lock.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
}

// Libraries write the secrets of every TLS connection to a file that the environment names: libcurl does, and
// OpenSSL can be built to. While there is one thread.
void IgnoreKeyLog() {
  constexpr char kKeyLog[] = "SSLKEYLOGFILE";
  if (getenv(kKeyLog) == nullptr) return;
  unsetenv(kKeyLog);
  hookd::LogWarning("SSLKEYLOGFILE in the environment is ignored: hookd writes no TLS secrets to files");
}

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
        if (reloaded.ok()) {
          hookd::LogInfo("SIGHUP: read the files anew");
        } else {
          hookd::LogError("SIGHUP: what is in the files stays as it was", {{"error", reloaded.message()}});
        }
        break;
      }
      default:
        server.Ping([] { sd_notify(0, "WATCHDOG=1"); });
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc > 1 && std::string(argv[1]) == "migrate") return hookd::RunMigrate({argv + 2, argv + argc});
  hookd::Server::Options options;
  CLI::App app("hookd takes events in over gRPC and delivers them to webhooks as documented JSON.", "hookd");
  app.footer(hookd::kMigrateHelp);
  hookd::AddFlags(app, options);
  hookd::AddSources(app);
  try {
    hookd::ParseFlags(app, {argv + 1, argv + argc});
  } catch (const CLI::ParseError& error) {
    return app.exit(error);
  }

  // Blocked before any thread is made, so that only the waiting below gets them.
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&signals, signal);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);

  SpareCpu();
  hookd::ConfigureLog(options.log_format, options.log_level);
  IgnoreKeyLog();
  // Longer than the unit lets a start take.
  options.on_slow_start = [] { sd_notify(0, "EXTEND_TIMEOUT_USEC=300000000"); };
  auto server = hookd::Server::Create(options);
  if (!server.ok()) {
    std::cerr << "hookd: " << server.status().message() << "\n";
    return 1;
  }
  const std::string address = hookd::AddressWithPort(options.listen, (*server)->port());
  hookd::LogInfo(absl::StrCat("hookd ", hookd::kVersion, " listens on ", address));
  if ((*server)->metrics_port() != 0) {
    const std::string metrics_host = options.metrics_listen.substr(0, options.metrics_listen.rfind(':'));
    hookd::LogInfo(absl::StrCat("its metrics are on ", metrics_host, ":", (*server)->metrics_port()));
  }
  hookd::LogInfo(absl::StrCat("its data is in ", (*server)->store()));
  if (options.encryption_key_file.empty()) {
    hookd::LogWarning(
        "the webhooks' secrets are readable in its data: encrypt them with --encryption_key_file");
  }
  hookd::LogInfo(absl::StrCat("try: hookctl --server ", address, " webhooks list"));
  sd_notify(0, "READY=1");

  const int signal = Serve(**server, signals);
  sd_notify(0, "STOPPING=1");
  hookd::LogInfo("told to stop: ending what is under way",
                 {{"signal", signal == SIGINT ? "SIGINT" : "SIGTERM"},
                  {"at_most", absl::FormatDuration(options.drain_timeout)}});
  // Another one now ends the process as signals do: what is on disk is safe at any moment.
  sigdelset(&signals, SIGHUP);
  pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
  (*server)->Shutdown();
  hookd::LogInfo("stopped");
  return 0;
}
