#include "tests/support/server_process.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/notification.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"

namespace hookd {
namespace {

// Generous: a sanitizer build on a busy machine.
constexpr absl::Duration kStartTimeout = absl::Seconds(30);

struct Process {
  pid_t pid;
  int input;   // writes its standard input
  int output;  // reads both of its streams
};

// It is killed when the thread that started it ends: none outlives a test that crashes.
Process Spawn(const std::string& program, std::vector<std::string> arguments,
              std::vector<std::string> environment = {}) {
  int input[2], output[2];
  if (pipe2(input, O_CLOEXEC) != 0 || pipe2(output, O_CLOEXEC) != 0) abort();
  std::vector<char*> argv = {const_cast<char*>(program.c_str())};
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  std::vector<char*> envp;
  for (std::string& variable : environment) envp.push_back(variable.data());  // the first of a name counts
  for (char** inherited = environ; *inherited != nullptr; ++inherited) envp.push_back(*inherited);
  envp.push_back(nullptr);
  const pid_t parent = getpid();
  const pid_t pid = fork();
  if (pid == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(127);
    dup2(input[0], STDIN_FILENO);
    dup2(output[1], STDOUT_FILENO);
    dup2(output[1], STDERR_FILENO);
    execve(argv[0], argv.data(), envp.data());
    _exit(127);
  }
  close(input[0]);
  close(output[1]);
  return {.pid = pid, .input = input[1], .output = output[0]};
}

// Appends what can be read; false at the end of the stream.
bool ReadSome(int descriptor, std::string& text) {
  char buffer[4096];
  const ssize_t count = read(descriptor, buffer, sizeof(buffer));
  if (count <= 0) return false;
  text.append(buffer, static_cast<size_t>(count));
  return true;
}

int WaitFor(pid_t pid) {
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

ProgramResult Run(const std::string& program, std::vector<std::string> arguments, const std::string& input,
                  std::vector<std::string> environment = {}) {
  signal(SIGPIPE, SIG_IGN);  // a program may end without reading its input
  const Process process = Spawn(program, std::move(arguments), std::move(environment));
  if (write(process.input, input.data(), input.size()) < 0) perror("writing a program's input");
  close(process.input);
  ProgramResult result;
  while (ReadSome(process.output, result.output)) {
  }
  close(process.output);
  result.exit_code = WaitFor(process.pid);
  return result;
}

}  // namespace

ServerProcess::ServerProcess(pid_t pid, int output)
    : pid_(pid), reader_([this, output] {
        std::string text;
        while (ReadSome(output, text)) {
          absl::MutexLock lock(&mutex_);
          printed_ += text;
          text.clear();
        }
        close(output);
        absl::MutexLock lock(&mutex_);
        closed_ = true;
      }) {}

int ServerProcess::PortAfter(absl::string_view words) const {
  constexpr absl::string_view kAddress = "127.0.0.1:";  // in either format of the log
  const size_t line = printed_.find(words.data(), 0, words.size());
  if (line == std::string::npos || printed_.find('\n', line) == std::string::npos) return 0;
  const size_t found = printed_.find(kAddress.data(), line, kAddress.size());
  if (found > printed_.find('\n', line)) return 0;
  const size_t begin = found + kAddress.size();
  const size_t end = printed_.find_first_not_of("0123456789", begin);
  int port = 0;
  return absl::SimpleAtoi(printed_.substr(begin, end - begin), &port) ? port : 0;
}

// Once it has said all that it says at the start.
bool ServerProcess::SaysPort() {
  port_ = PortAfter("gRPC server listening");
  return port_ != 0 && printed_.find("hookctl --server") != std::string::npos;
}

int ServerProcess::metrics_port() {
  absl::MutexLock lock(&mutex_);
  return PortAfter("metrics server listening");
}

int ServerProcess::http_port() {
  absl::MutexLock lock(&mutex_);
  return PortAfter("HTTP server listening");
}

std::string ServerProcess::printed() {
  absl::MutexLock lock(&mutex_);
  return printed_;
}

std::unique_ptr<ServerProcess> ServerProcess::Start(const std::string& data_dir,
                                                    std::vector<std::string> flags,
                                                    std::vector<std::string> environment) {
  flags.insert(flags.begin(),
               {"--listen=127.0.0.1:0", "--data_dir=" + data_dir, "--egress_allow=127.0.0.0/8"});
  // Not a flag, which the caller's configuration could not override.
  const bool chosen = std::any_of(environment.begin(), environment.end(), [](const std::string& variable) {
    return absl::StartsWith(variable, "HOOKD_HTTP_LISTEN");
  });
  if (!chosen) environment.emplace_back("HOOKD_HTTP_LISTEN=127.0.0.1:0");
  const Process process = Spawn(HookdProgram(), std::move(flags), std::move(environment));
  close(process.input);
  std::unique_ptr<ServerProcess> server(new ServerProcess(process.pid, process.output));
  absl::MutexLock lock(&server->mutex_);
  const auto started = [&server]()
                           ABSL_NO_THREAD_SAFETY_ANALYSIS { return server->SaysPort() || server->closed_; };
  server->mutex_.AwaitWithTimeout(absl::Condition(&started), kStartTimeout);
  if (server->port_ != 0) {
    server->channel_ = grpc::CreateChannel(server->address(), grpc::InsecureChannelCredentials());
    return server;
  }
  ADD_FAILURE() << "hookd did not start; it said: " << server->printed_;
  return nullptr;
}

ServerProcess::~ServerProcess() {
  Kill();
  if (reader_.joinable()) reader_.join();
}

std::string ServerProcess::address() const { return absl::StrCat("127.0.0.1:", port_); }

void ServerProcess::Kill() {
  if (pid_ <= 0) return;
  kill(pid_, SIGKILL);
  WaitFor(pid_);
  pid_ = 0;
}

ProgramResult ServerProcess::Stop() {
  Signal(SIGTERM);
  return Wait();
}

ProgramResult ServerProcess::StopWithin(absl::Duration limit) {
  absl::Notification ended;
  std::thread killer([limit, &ended, pid = pid_] {
    if (!ended.WaitForNotificationWithTimeout(limit)) kill(pid, SIGKILL);
  });
  Signal(SIGTERM);
  const int exit_code = WaitFor(pid_);
  ended.Notify();
  killer.join();
  pid_ = 0;
  reader_.join();
  absl::MutexLock lock(&mutex_);
  return {.exit_code = exit_code, .output = printed_};
}

void ServerProcess::Signal(int signal) { kill(pid_, signal); }

bool ServerProcess::WaitUntilItSays(const std::string& text) {
  absl::MutexLock lock(&mutex_);
  const auto said = [this, &text]() ABSL_NO_THREAD_SAFETY_ANALYSIS {
    return closed_ || printed_.find(text) != std::string::npos;
  };
  mutex_.AwaitWithTimeout(absl::Condition(&said), kStartTimeout);
  return printed_.find(text) != std::string::npos;
}

ProgramResult ServerProcess::Wait() {
  ProgramResult result{.exit_code = WaitFor(pid_), .output = ""};
  pid_ = 0;
  reader_.join();
  absl::MutexLock lock(&mutex_);
  result.output = printed_;
  return result;
}

std::string HookdProgram() {
  const char* const other = std::getenv("HOOKD_TEST_PROGRAM");
  return other == nullptr ? HOOKD_PROGRAM : other;
}

ProgramResult RunHookd(std::vector<std::string> flags, std::vector<std::string> environment) {
  return Run(HookdProgram(), std::move(flags), "", std::move(environment));
}

ProgramResult RunHookctl(std::vector<std::string> arguments, const std::string& input) {
  return Run(HOOKCTL_PROGRAM, std::move(arguments), input);
}

void KillHookctl(std::vector<std::string> arguments, const std::function<void()>& when) {
  const Process process = Spawn(HOOKCTL_PROGRAM, std::move(arguments));
  when();
  kill(process.pid, SIGKILL);
  WaitFor(process.pid);
  close(process.input);
  close(process.output);
}

}  // namespace hookd
