// What the commands of one hookctl run share: the global flags, the terminal, and the client. Not
// thread-safe.
#ifndef HOOKCTL_SESSION_H_
#define HOOKCTL_SESSION_H_

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "hookctl/hookctl.h"
#include "hookd/client.h"

namespace hookctl {

namespace v1 = hookd::v1;

// What scripts are told of an error of hookd's.
ExitCode ExitCodeOf(grpc::StatusCode code);

class Session {
 public:
  explicit Session(Terminal run_terminal) : terminal(run_terminal) {}

  // Made at the first use, from the flags.
  const hookd::client::Client& client();

  // `projects/<the project>`.
  std::string Parent() const;

  // The full resource name of what a person wrote: a full name stays as it is; `0f3k` becomes
  // `projects/<the project>/<collection>/0f3k`.
  std::string Name(absl::string_view collection, absl::string_view text) const;

  // Makes one call: `call` gets the ClientContext to use.
  grpc::Status Call(const std::function<grpc::Status(grpc::ClientContext*)>& call) const;

  // Says on stderr what went wrong, each violated field on a line of its own, and gives the exit code for it.
  // `field_text` turns a field's path into what the person knows it by; without it, the path stands as it is.
  using FieldText = std::function<std::string(const std::string& field)>;
  int Fail(const grpc::Status& status, const FieldText& field_text = nullptr) const;
  int Fail(ExitCode code, absl::string_view message) const;

  const Terminal terminal;

  // The global flags.
  std::string server = "127.0.0.1:50051";
  std::string project = "default";
  std::string token;  // a secret, or @FILE
  bool tls = false;
  std::string cacert, cert, key;  // files
  bool json = false;
  std::optional<absl::Duration> timeout;

  // The chosen command; set while the command line is parsed.
  std::function<int()> command;

 private:
  std::unique_ptr<hookd::client::Client> client_;
};

}  // namespace hookctl

#endif  // HOOKCTL_SESSION_H_
