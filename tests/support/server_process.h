// The real programs as processes of their own: hookd, which can be stopped and killed, and hookctl.
//
// Not thread-safe. A process that still runs is killed with its ServerProcess.
#ifndef HOOKD_TESTS_SUPPORT_SERVER_PROCESS_H_
#define HOOKD_TESTS_SUPPORT_SERVER_PROCESS_H_

#include <sys/types.h>

#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "grpcpp/grpcpp.h"

namespace hookd {

// What a program that has ended left behind.
struct ProgramResult {
  int exit_code = -1;  // -1 if a signal ended it
  std::string output;  // what it printed, both streams
};

class ServerProcess {
 public:
  // Starts hookd on free ports of 127.0.0.1, for gRPC and HTTP, and waits until it serves; null, with a test
  // failure, if it does not. `environment` ("NAME=value") is added to this program's own. With
  // "HOOKD_HTTP_LISTEN" alone, HTTP has its default port.
  static std::unique_ptr<ServerProcess> Start(const std::string& data_dir,
                                              std::vector<std::string> flags = {},
                                              std::vector<std::string> environment = {});
  ~ServerProcess();

  std::string address() const;
  std::shared_ptr<grpc::Channel> channel() const { return channel_; }
  pid_t pid() const { return pid_; }

  // The port it serves HTTP on; 0 if it does not.
  int http_port();

  // The port it serves metrics on; 0 if it does not.
  int metrics_port();

  // What it has printed until now, both streams.
  std::string printed();

  // kill -9, and waits for the end.
  void Kill();

  // SIGTERM, and waits for the end.
  ProgramResult Stop();

  // Likewise, and kills it if it does not end within `limit`.
  ProgramResult StopWithin(absl::Duration limit);

  // Sends it a signal.
  void Signal(int signal);

  // Waits until it has printed this; false if it ends, or much time passes, without.
  bool WaitUntilItSays(const std::string& text) ABSL_LOCKS_EXCLUDED(mutex_);

  // Waits for the end.
  ProgramResult Wait();

 private:
  ServerProcess(pid_t pid, int output);
  int PortAfter(absl::string_view words) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool SaysPort() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  pid_t pid_;
  int port_ = 0;
  std::shared_ptr<grpc::Channel> channel_;

  absl::Mutex mutex_;
  std::string printed_ ABSL_GUARDED_BY(mutex_);
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;  // it has closed its output
  std::thread reader_;                           // so that a process that says much is never held up
};

// The hookd that tests start: the one that was built, or HOOKD_TEST_PROGRAM in the environment, so that
// versions can be compared.
std::string HookdProgram();

// Runs hookd until it ends by itself: for starts that are refused.
ProgramResult RunHookd(std::vector<std::string> flags, std::vector<std::string> environment = {});

// Runs hookctl until it ends, with `input` as its standard input.
ProgramResult RunHookctl(std::vector<std::string> arguments, const std::string& input = "");

// Starts hookctl, and ends it by kill -9 once `when` has returned.
void KillHookctl(std::vector<std::string> arguments, const std::function<void()>& when);

}  // namespace hookd

#endif  // HOOKD_TESTS_SUPPORT_SERVER_PROCESS_H_
