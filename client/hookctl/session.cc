#include "hookctl/session.h"

#include <chrono>
#include <fstream>
#include <iterator>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "hookctl/credential_flags.h"
#include "hookctl/output.h"

namespace hookctl {

namespace {

std::string ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
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
    if (tls || !cacert.empty() || !cert.empty()) {
      options.tls = hookd::client::Tls{.root_certificates = ReadFile(cacert),
                                       .certificate_chain = ReadFile(cert),
                                       .private_key = ReadFile(key)};
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
  terminal.err << "error: " << hookd::client::CodeName(status.error_code());
  const auto violations = hookd::client::FieldViolations(status);
  // The message repeats the violations on one line.
  if (violations.empty()) terminal.err << ": " << Printable(status.error_message());
  terminal.err << "\n";
  for (const auto& [field, description] : violations) {
    terminal.err << "  " << Printable(field_text ? field_text(field) : field) << ": "
                 << Printable(description) << "\n";
  }
  if (status.error_code() == grpc::StatusCode::UNAVAILABLE) {
    terminal.err << "Tried " << Printable(server) << ": is hookd running there? (--server, HOOKD_SERVER)\n";
  }
  if (status.error_code() == grpc::StatusCode::DEADLINE_EXCEEDED) {
    terminal.err << "hookd at " << Printable(server) << " did not respond in time (--timeout).\n";
  }
  if (const auto delay = hookd::client::RetryDelay(status)) {
    terminal.err << "Try again in " << absl::FormatDuration(absl::FromChrono(*delay)) << ".\n";
  }
  return ExitCodeOf(status.error_code());
}

int Session::Fail(ExitCode code, absl::string_view message) const {
  terminal.err << "error: " << message << "\n";
  return code;
}

}  // namespace hookctl
