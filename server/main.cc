// hookd: flags, a server, a signal, the end.
#include <csignal>
#include <iostream>
#include <string>

#include "CLI/CLI.hpp"
#include "absl/strings/str_cat.h"
#include "base/log.h"
#include "base/version.h"
#include "flags.h"
#include "server.h"

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

  hookd::ConfigureLog(options.log_format, options.log_level);
  auto server = hookd::Server::Create(options);
  if (!server.ok()) {
    std::cerr << "hookd: " << server.status().message() << "\n";
    return 1;
  }
  const std::string host = options.listen.substr(0, options.listen.rfind(':'));
  hookd::LogInfo(absl::StrCat("hookd ", hookd::kVersion, " listens on ", host, ":", (*server)->port()));
  if ((*server)->metrics_port() != 0) {
    const std::string metrics_host = options.metrics_listen.substr(0, options.metrics_listen.rfind(':'));
    hookd::LogInfo(absl::StrCat("its metrics are on ", metrics_host, ":", (*server)->metrics_port()));
  }
  hookd::LogInfo(absl::StrCat("its data is in ", options.data_dir));
  if (options.encryption_key_file.empty()) {
    hookd::LogWarning(
        "the webhooks' secrets are readable in its data: encrypt them with --encryption_key_file");
  }
  hookd::LogInfo(absl::StrCat("try: hookctl --server ", host, ":", (*server)->port(), " webhooks list"));

  int signal = 0;
  sigwait(&signals, &signal);
  hookd::LogInfo("told to stop: ending what is under way",
                 {{"signal", signal == SIGINT ? "SIGINT" : "SIGTERM"}});
  (*server)->Shutdown();
  hookd::LogInfo("stopped");
  return 0;
}
