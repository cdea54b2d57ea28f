// hookd: reads the settings, runs the server, handles signals and shuts down.
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
#include "command_line/command_line.h"
#include "flags.h"
#include "listen_options.h"
#include "migrate_command.h"
#include "server.h"
#include "settings.h"

// jemalloc reads this setting at start-up. A background thread returns free memory to the system; without it,
// memory is returned only when more is freed, so an idle hookd would keep the memory of its last peak.
extern "C" const char* malloc_conf;
const char* malloc_conf = "background_thread:true";

namespace {

// Turns off two things that cost CPU without a benefit. It affects threads that start afterwards.
void SpareCpu() {
  // With SCHED_BATCH a thread that becomes ready waits for a core instead of preempting another thread of
  // hookd, which often works for it. A failure is harmless.
  const sched_param no_priority = {};
  (void)sched_setscheduler(0, SCHED_BATCH, &no_priority);
  // Debian's Abseil checks for deadlocks at every lock.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
}

// Removes SSLKEYLOGFILE, which makes libcurl, and OpenSSL in some builds, write the secrets of every TLS
// connection to a file. Requires: no other thread runs yet.
void IgnoreKeyLog() {
  constexpr char kKeyLog[] = "SSLKEYLOGFILE";
  if (getenv(kKeyLog) == nullptr) return;
  unsetenv(kKeyLog);
  hookd::LogWarning("ignored SSLKEYLOGFILE: hookd writes no TLS secrets to files");
}

// How often to notify systemd's watchdog: at half its timeout. Infinite if the watchdog is off.
absl::Duration WatchdogInterval() {
  uint64_t limit_us = 0;
  return sd_watchdog_enabled(/*unset_environment=*/0, &limit_us) > 0
             ? absl::Microseconds(static_cast<int64_t>(limit_us)) / 2
             : absl::InfiniteDuration();
}

// Returns the next signal, or 0 if none arrives within `timeout`.
int WaitForSignal(const sigset_t& signals, absl::Duration timeout) {
  if (timeout == absl::InfiniteDuration()) {
    int signal = 0;
    sigwait(&signals, &signal);
    return signal;
  }
  const timespec time = absl::ToTimespec(timeout);
  return std::max(sigtimedwait(&signals, nullptr, &time), 0);
}

// Serves until a signal requests a shutdown, and returns that signal.
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
          hookd::LogInfo("configuration reloaded", {{"signal", "SIGHUP"}});
        } else {
          hookd::LogError("configuration not reloaded: the previous one stays in effect",
                          {{"signal", "SIGHUP"}, {"error", reloaded.message()}});
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
  CLI::App app(
      "hookd accepts events over gRPC and HTTP and delivers them to webhooks as JSON. Flags take - and _ "
      "alike.",
      "hookd");
  app.footer(hookd::kMigrateHelp);
  hookd::AddFlags(app, options);
  hookd::AddSources(app);
  hookd::AddManPage(app);
  try {
    command_line::Parse(app, {argv + 1, argv + argc});
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);  // --help and --version
    std::cerr << "hookd: " << command_line::Describe(app, error) << "\nSee hookd --help\n";
    return command_line::kUsageError;
  }

  options.settings = hookd::ReadSettings(app);
  // Block the signals before any thread starts, so that only WaitForSignal receives them.
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&signals, signal);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);

  SpareCpu();
  hookd::ConfigureLog(options.log_format, options.log_level);
  IgnoreKeyLog();
  // Extends the start-up timeout of the systemd unit.
  options.on_slow_start = [] { sd_notify(0, "EXTEND_TIMEOUT_USEC=300000000"); };
  auto server = hookd::Server::Create(options);
  if (!server.ok()) {
    std::cerr << "hookd: " << server.status().message() << "\n";
    return 1;
  }
  const std::string address = hookd::AddressWithPort(options.listen.address, (*server)->port());
  hookd::LogInfo("gRPC server listening", {{"address", address}, {"version", hookd::kVersion}});
  if (const auto http_port = (*server)->http_port(); http_port.has_value()) {
    hookd::LogInfo("HTTP server listening",
                   {{"address", hookd::AddressWithPort(options.http_listen, *http_port)}});
    const std::string url =
        hookd::BrowserUrl({.address = options.http_listen, .tls = options.listen.tls}, *http_port);
    if (options.console && !url.empty()) hookd::LogInfo("console available", {{"url", url}});
  }
  if ((*server)->metrics_port() != 0) {
    const std::string metrics_host = options.metrics_listen.substr(0, options.metrics_listen.rfind(':'));
    hookd::LogInfo("metrics server listening",
                   {{"address", absl::StrCat(metrics_host, ":", (*server)->metrics_port())}});
  }
  hookd::LogInfo("store opened", {{"store", (*server)->store()}});
  if (options.encryption_key_file.empty()) {
    hookd::LogWarning("webhook secrets are stored unencrypted: set --encryption_key_file");
  }
  hookd::LogInfo("ready", {{"try", absl::StrCat("hookctl --server ", address, " webhooks list")}});
  sd_notify(0, "READY=1");

  const int signal = Serve(**server, signals);
  sd_notify(0, "STOPPING=1");
  hookd::LogInfo("shutting down", {{"signal", signal == SIGINT ? "SIGINT" : "SIGTERM"},
                                   {"drain_timeout", absl::FormatDuration(options.drain_timeout)}});
  // A second signal now ends the process at once. The data on disk is consistent at any moment.
  sigdelset(&signals, SIGHUP);
  pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
  (*server)->Shutdown();
  hookd::LogInfo("stopped");
  return 0;
}
