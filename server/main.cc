// hookd: flags, a server, a signal, the end.
#include <csignal>
#include <iostream>
#include <string>

#include "CLI/CLI.hpp"
#include "absl/strings/str_cat.h"
#include "base/version.h"
#include "server.h"
#include "spdlog/spdlog.h"

int main(int argc, char** argv) {
  hookd::Server::Options options;
  double drain_seconds = absl::ToDoubleSeconds(options.drain_timeout);
  CLI::App app("hookd takes events in over gRPC and delivers them to webhooks as documented JSON.", "hookd");
  app.set_version_flag("--version", absl::StrCat("hookd ", hookd::kVersion));
  app.add_option("--listen", options.listen, "host:port for gRPC; port 0 takes any free one")
      ->capture_default_str();
  app.add_option("--data_dir", options.data_dir, "folder of the embedded store; made if missing")
      ->capture_default_str();
  app.add_option("--tls_ca", options.tls_ca,
                 "PEM file of the certificates to trust in endpoints, instead of the system's");
  app.add_option("--drain_timeout", drain_seconds,
                 "seconds to wait, when told to stop, for the calls and attempts under way")
      ->capture_default_str()
      ->check(CLI::Range(0.0, 3600.0));
  CLI11_PARSE(app, argc, argv);
  options.drain_timeout = absl::Seconds(drain_seconds);

  // Blocked before any thread is made, so that only the sigwait below gets them.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
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

  int signal = 0;
  sigwait(&signals, &signal);
  spdlog::info("told to stop by {}: ending what is under way", signal == SIGINT ? "SIGINT" : "SIGTERM");
  (*server)->Shutdown();
  spdlog::info("stopped");
  return 0;
}
