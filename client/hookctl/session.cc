#include "hookctl/session.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "hookctl/credential_flags.h"
#include "hookctl/diagnosis.h"
#include "hookctl/input_file.h"
#include "hookctl/report.h"

namespace hookctl {

namespace {

// The contents of a file of credentials; empty for none.
std::string Contents(const std::string& path) { return ReadFile(path).value_or(""); }

// gRPC connects through the proxy of these variables, which is often meant for the internet only.
std::string ProxyHint() {
  for (const char* variable : {"grpc_proxy", "https_proxy", "http_proxy"}) {
    const char* proxy = std::getenv(variable);
    if (proxy == nullptr || *proxy == '\0') continue;
    return absl::StrCat(" The connection uses the proxy in ", variable, "; exclude the host with no_proxy.");
  }
  return "";
}

}  // namespace

ExitCode ExitCodeOf(grpc::StatusCode code) {
  switch (code) {
    case grpc::StatusCode::OK:
      return kOk;
    case grpc::StatusCode::NOT_FOUND:
      return kNotFound;
    case grpc::StatusCode::INVALID_ARGUMENT:
      return kInvalidArgument;
    case grpc::StatusCode::ALREADY_EXISTS:
    case grpc::StatusCode::ABORTED:
    case grpc::StatusCode::FAILED_PRECONDITION:
      return kConflict;
    case grpc::StatusCode::UNAVAILABLE:
    case grpc::StatusCode::DEADLINE_EXCEEDED:
    case grpc::StatusCode::RESOURCE_EXHAUSTED:
      return kUnavailable;
    default:
      return kError;
  }
}

const hookd::client::Client& Session::client() {
  if (client_ == nullptr) {
    hookd::client::Options options;
    options.target = server;
    options.token = SecretOf(token);
    if (UsesTls()) {
      options.tls = hookd::client::Tls{.root_certificates = Contents(cacert),
                                       .certificate_chain = Contents(cert),
                                       .private_key = Contents(key)};
    }
    if (timeout.has_value()) options.timeout = absl::ToChronoMilliseconds(*timeout);
    options.sets_request_ids = true;
    client_ = std::make_unique<hookd::client::Client>(options);
  }
  return *client_;
}

std::string Session::Parent() const { return absl::StrCat("projects/", project); }

std::string Session::Name(absl::string_view collection, absl::string_view text) const {
  if (absl::StartsWith(text, "projects/")) return std::string(text);
  if (absl::StartsWith(text, absl::StrCat(collection, "/"))) return absl::StrCat(Parent(), "/", text);
  return absl::StrCat(Parent(), "/", collection, "/", text);
}

grpc::Status Session::Call(const std::function<grpc::Status(grpc::ClientContext*)>& call) const {
  grpc::ClientContext context;
  if (timeout.has_value()) context.set_deadline(absl::ToChronoTime(absl::Now() + *timeout));
  return call(&context);
}

int Session::Fail(const grpc::Status& status, const FieldText& field_text) const {
  Report report = ReportOf(status);
  report.exit_code = ExitCodeOf(status.error_code());
  if (field_text) {
    for (auto& violation : report.violations) violation.field = field_text(violation.field);
  }
  const std::string source =
      server_from_context ? absl::StrCat("context ", context_name) : "--server, HOOKD_SERVER";
  switch (status.error_code()) {
    case grpc::StatusCode::UNAVAILABLE:
      if (report.retry_delay.has_value()) break;  // hookd itself answered
      if (const std::string reason = FindReason(); !reason.empty()) {
        report.message = absl::StrCat("cannot reach hookd at ", server, " (", source, "): ", reason);
      } else {
        report.hint = absl::StrCat("Tried ", server, ": is hookd running there? (", source, ")", ProxyHint());
      }
      break;
    case grpc::StatusCode::DEADLINE_EXCEEDED:
      report.hint = absl::StrCat("hookd at ", server, " did not respond in time (--timeout).");
      break;
    case grpc::StatusCode::UNIMPLEMENTED:
      report.hint = absl::StrCat("hookd at ", server, " may be older than this hookctl (" HOOKD_VERSION ").");
      break;
    case grpc::StatusCode::UNAUTHENTICATED:
      if (!token.empty()) break;
      report.hint =
          credentials_withheld
              ? absl::StrCat("The token of context ", context_name,
                             " is used only for the server of that context: give one with HOOKD_TOKEN.")
              : "Give a token with HOOKD_TOKEN, --token or hookctl config set.";
      break;
    default:
      break;
  }
  PrintError(terminal.err, json, report);
  return report.exit_code;
}

int Session::Fail(ExitCode code, absl::string_view message) const {
  PrintError(terminal.err, json, {.message = std::string(message), .exit_code = code});
  return code;
}

int Session::FailOf(absl::string_view collection, absl::string_view text, const grpc::Status& status) const {
  Report report = ReportOf(status);
  if (status.error_code() != grpc::StatusCode::INVALID_ARGUMENT || report.violations.size() != 1 ||
      report.violations.front().field != "name") {
    return Fail(status);
  }
  report.exit_code = kInvalidArgument;
  report.violations.clear();
  report.message = absl::StrCat("'", text, "' is neither an id nor a full name: hookctl ", collection,
                                " list shows the ids");
  PrintError(terminal.err, json, report);
  return report.exit_code;
}

int Session::FailLine(int64_t line, const grpc::Status& status, const FieldText& field_text) const {
  Report report = ReportOf(status);
  report.exit_code = ExitCodeOf(status.error_code());
  report.line = line;
  for (auto& violation : report.violations) violation.field = field_text(violation.field);
  PrintError(terminal.err, json, report);
  return report.exit_code;
}

void Session::Warn(absl::string_view message) const { PrintWarning(terminal.err, json, message); }

void Session::Note(absl::string_view message) const { PrintNote(terminal.err, json, message); }

bool Session::UsesTls() const { return tls || !cacert.empty() || !cert.empty(); }

std::string Session::FindReason() const {
  // Long enough for a connection across the world, short enough for a script that tries again.
  constexpr absl::Duration kLimit = absl::Seconds(3);
  return Diagnose({.server = server, .tls = UsesTls(), .roots = Contents(cacert)},
                  timeout.has_value() ? std::min(*timeout, kLimit) : kLimit);
}

}  // namespace hookctl
