// The state of one hookctl run: the global flags, the terminal and the client. Not thread-safe.
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

// The exit code for a status from hookd.
ExitCode ExitCodeOf(grpc::StatusCode code);

class Session {
 public:
  explicit Session(Terminal run_terminal) : terminal(run_terminal) {}

  // Created from the flags at the first call.
  const hookd::client::Client& client();

  // The project's name, `projects/<project>`.
  std::string Parent() const;

  // Returns the full resource name: a full name is unchanged; `0f3k` becomes
  // `projects/<project>/<collection>/0f3k`.
  std::string Name(absl::string_view collection, absl::string_view text) const;

  // Makes one call. `call` gets the ClientContext to use.
  grpc::Status Call(const std::function<grpc::Status(grpc::ClientContext*)>& call) const;

  // Prints the error on stderr, with a line for each violated field, and returns the exit code. `field_text`
  // turns the path of a field into the user's name for it; without it the path is printed. If hookd cannot be
  // reached, connects again to find out why.
  using FieldText = std::function<std::string(const std::string& field)>;
  int Fail(const grpc::Status& status, const FieldText& field_text = nullptr) const;
  int Fail(ExitCode code, absl::string_view message) const;

  // Likewise of a call for one resource of a collection, such as `deliveries`, that `text` names: an id that
  // cannot be one gets an error in the words of the command line.
  int FailOf(absl::string_view collection, absl::string_view text, const grpc::Status& status) const;

  // Prints the error of a line of the input, and returns the exit code that it would have alone.
  int FailLine(int64_t line, const grpc::Status& status, const FieldText& field_text) const;

  // Prints a warning, or a sentence that people should know, on stderr.
  void Warn(absl::string_view message) const;
  void Note(absl::string_view message) const;

  const Terminal terminal;

  // The global flags, or what the context in use has in place of flags that are not given.
  std::string context_name;  // of the context in use; empty for none
  std::string server = "127.0.0.1:50051";
  std::string project = "default";
  std::string token;  // a secret, or @FILE
  bool tls = false;
  std::string cacert, cert, key;  // files
  std::string console_url;        // of the context alone
  bool json = false;
  bool wide = false;  // tables have all columns, and are not cut to the terminal
  std::optional<absl::Duration> timeout;

  // Whether the context gave the address; and whether its token and TLS settings are not used, because the
  // address is another one.
  bool server_from_context = false;
  bool credentials_withheld = false;

  // Whether calls use TLS, and whether they authenticate, by a token or a client certificate.
  bool UsesTls() const;
  bool Authenticates() const { return !token.empty() || !cert.empty(); }

  // The chosen command, which parsing the command line sets.
  std::function<int()> command;
  // Whether the command uses the context. A command that does not works with an invalid configuration file.
  bool uses_context = true;

 private:
  // The reason why calls to hookd fail, if it can be found out.
  std::string FindReason() const;

  std::unique_ptr<hookd::client::Client> client_;
};

}  // namespace hookctl

#endif  // HOOKCTL_SESSION_H_
