// hookd: flags, a server, a signal, the end.
#include <csignal>
#include <iostream>
#include <string>

#include "CLI/CLI.hpp"
#include "base/version.h"
#include "flags.h"
#include "server.h"
#include "spdlog/spdlog.h"

int main(int argc, char** argv) {
  hookd::Server::Options options;
  CLI::App app("hookd takes events in over gRPC and delivers them to webhooks as documented JSON.", "hookd");
  hookd::AddFlags(app, options);
  CLI11_PARSE(app, argc, argv);

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
  if (options.encryption_key_file.empty()) {
    spdlog::warn("the webhooks' secrets are readable in its data: encrypt them with --encryption_key_file");
  }
  spdlog::info("try: hookctl --server {}:{} webhooks list", host, (*server)->port());

  int signal = 0;
  sigwait(&signals, &signal);
  spdlog::info("told to stop by {}: ending what is under way", signal == SIGINT ? "SIGINT" : "SIGTERM");
  (*server)->Shutdown();
  spdlog::info("stopped");
  return 0;
}
