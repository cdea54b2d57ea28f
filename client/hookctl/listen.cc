// hookctl listen: a local receiver that shows the requests it gets.
#include <httplib.h>

#include <memory>

#include "absl/base/thread_annotations.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/synchronization/mutex.h"
#include "hookctl/color.h"
#include "hookctl/commands.h"
#include "hookctl/credential_flags.h"
#include "hookctl/listen_forward.h"
#include "hookctl/output.h"
#include "hookctl/signature.h"
#include "hookctl/values.h"
#include "rapidjson/stringbuffer.h"
#include "rapidjson/writer.h"

namespace hookctl {
namespace {

constexpr char kListenFooter[] =
    R"(Prints its URL on stderr and the requests on stdout. With --output json each request is one line:
  {"number": 1, "time": ..., "method": "POST", "path": "/", "headers": {...}, "body": "...", "status": 200}
where `body` is the exact text of the body (`body_base64` if it is not UTF-8). With --secret there is also `verified`,
and `verification_error` if that is false.

Examples:
  hookctl listen --port 8080
  hookctl listen --port 8080 --status 503               a failing endpoint
  hookctl listen --port 8080 --delay 6s                 a slow endpoint
  hookctl listen --port 8080 --secret whsec_...         verifies signatures
  hookctl listen -o json --count 1 | jq '.body | fromjson'

With --forward-to, events of hookd are POSTed to a program on this machine, one after another, as hookd would send
them: signed with the secret that is printed on stderr, with the event's id as the Webhook-Id. No webhook is created.
Failures are shown and not repeated. --server can be a hookd elsewhere. With --output json each event is one line:
  {"event": "projects/...", "event_type": "bounced", "time": ..., "url": ..., "status": 200,
   "duration_ms": 3.1, "error": ""}
  hookctl listen --forward-to http://localhost:3000/hook
  hookctl listen --forward-to http://localhost:3000/hook --events bounced,complained --since 1h)";

struct Flags {
  std::string host = "127.0.0.1";
  int port = 0;
  int status = 200;
  std::string delay;
  int count = 0;
  std::string secret;
  ForwardFlags forward;
};

// How a request was answered.
struct Verdict {
  int number = 0;
  int status = 0;
  std::string refusal;  // why the signature is invalid; empty if it is valid or was not checked
  bool verified = false;
  absl::Time time;
};

// What receivers should answer to an invalid signature.
constexpr int kUnauthorized = 401;
// httplib uses a thread for each connection, as long as it is kept alive. hookd opens up to 16 connections
// per webhook: this is enough for several webhooks, so that attempts do not time out because of the receiver.
constexpr int kThreads = 128;
constexpr time_t kKeepAliveSeconds = 2;
// Far more than hookd sends, which is at most 256 KiB.
constexpr size_t kMaxBodyBytes = size_t{16} * 1024 * 1024;

// httplib adds its own entries about the connection to the headers.
bool IsHeader(const std::string& name) {
  return name != "REMOTE_ADDR" && name != "REMOTE_PORT" && name != "LOCAL_ADDR" && name != "LOCAL_PORT";
}

void PrintText(std::ostream& out, const httplib::Request& request, const Verdict& shown) {
  out << "#" << shown.number << "  " << absl::FormatTime("%H:%M:%E3SZ", shown.time, absl::UTCTimeZone())
      << "  " << Printable(request.method) << " " << Printable(request.target) << "  answering "
      << shown.status << "\n";
  if (shown.verified) {
    out << "  signature: "
        << (shown.refusal.empty() ? Colored(out, Color::kGreen, "valid")
                                  : Colored(out, Color::kRed, "INVALID: " + shown.refusal))
        << "\n";
  }
  for (const auto& [name, value] : request.headers) {
    if (IsHeader(name)) out << "  " << Printable(name) << ": " << Printable(value) << "\n";
  }
  if (!request.body.empty()) {
    out << "\n" << Indented(Printable(PrettyJson(request.body).value_or(request.body), true), "  ");
  }
  out << std::endl;
}

void PrintJson(std::ostream& out, const httplib::Request& request, const Verdict& shown) {
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> writer(buffer);
  const auto add = [&](const std::string& key, const std::string& value) {
    writer.Key(key.data(), key.size());
    // JSON must be UTF-8.
    const std::string text = IsUtf8(value) ? value : Printable(value);
    writer.String(text.data(), text.size());
  };
  writer.StartObject();
  writer.Key("number");
  writer.Int(shown.number);
  add("time", absl::FormatTime("%Y-%m-%dT%H:%M:%E3SZ", shown.time, absl::UTCTimeZone()));
  add("method", request.method);
  add("path", request.target);
  writer.Key("headers");
  writer.StartObject();
  for (auto header = request.headers.begin(); header != request.headers.end();) {
    const auto next = request.headers.upper_bound(header->first);
    std::string values;
    const std::string name = header->first;
    for (; header != next; ++header) absl::StrAppend(&values, values.empty() ? "" : ", ", header->second);
    if (IsHeader(name)) add(IsUtf8(name) ? name : Printable(name), values);
  }
  writer.EndObject();
  if (IsUtf8(request.body)) {
    add("body", request.body);
  } else {
    add("body_base64", absl::Base64Escape(request.body));
  }
  writer.Key("status");
  writer.Int(shown.status);
  if (shown.verified) {
    writer.Key("verified");
    writer.Bool(shown.refusal.empty());
    if (!shown.refusal.empty()) add("verification_error", shown.refusal);
  }
  writer.EndObject();
  out << buffer.GetString() << std::endl;
}

// Shows requests, one at a time, and answers them. Thread-safe: httplib calls it on the threads of its
// connections.
class Receiver {
 public:
  Receiver(const Session& session, const Flags& flags)
      : session_(session),
        flags_(flags),
        secret_(SecretOf(flags.secret)),
        delay_(flags.delay.empty() ? absl::ZeroDuration() : *ParseDuration(flags.delay)) {
    server_.new_task_queue = [] { return new httplib::ThreadPool(kThreads); };
    server_.set_tcp_nodelay(true);
    // httplib would also set SO_REUSEPORT, with which a second listener on the port gets every other
    // connection of the first listener.
    server_.set_socket_options([this](socket_t socket) {
      const int yes = 1;
      setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
      socket_ = socket;
    });
    server_.set_keep_alive_timeout(kKeepAliveSeconds);
    server_.set_keep_alive_max_count(1000000);
    server_.set_payload_max_length(kMaxBodyBytes);
    const auto handler = [this](const httplib::Request& request, httplib::Response& response) {
      Answer(request, response);
    };
    for (auto method : {&httplib::Server::Get, &httplib::Server::Options}) (server_.*method)(".*", handler);
    server_.Post(".*", handler).Put(".*", handler).Patch(".*", handler).Delete(".*", handler);
    server_.set_logger([this](const httplib::Request&, const httplib::Response&) { CountAnswer(); });
  }

  int Listen() {
    const int port = flags_.port == 0 ? server_.bind_to_any_port(flags_.host)
                                      : (server_.bind_to_port(flags_.host, flags_.port) ? flags_.port : -1);
    if (port < 0) {
      return session_.Fail(kError,
                           absl::StrCat("cannot listen on ", Printable(flags_.host), " port ", flags_.port,
                                        ": it is in use, or not an address of this machine"));
    }
    // httplib has a backlog of only five connections. hookd opens 16 at once, and a connection that is
    // dropped is retried after a second.
    listen(socket_, kThreads);
    const bool ipv6 = flags_.host.find(':') != std::string::npos;
    session_.terminal.err << "Listening on http://" << (ipv6 ? "[" : "") << flags_.host << (ipv6 ? "]" : "")
                          << ":" << port << "/" << (flags_.count == 0 ? "  (press Ctrl-C to stop)" : "")
                          << std::endl;
    if (!server_.listen_after_bind()) return kError;
    absl::MutexLock lock(&mutex_);
    return refused_ == 0 ? kOk : kError;
  }

 private:
  void Answer(const httplib::Request& request, httplib::Response& response) {
    Verdict shown{.status = flags_.status, .verified = !secret_.empty(), .time = absl::Now()};
    if (shown.verified) {
      const SignedRequest signed_request{.id = request.get_header_value("Webhook-Id"),
                                         .timestamp = request.get_header_value("Webhook-Timestamp"),
                                         .signature = request.get_header_value("Webhook-Signature"),
                                         .body = request.body};
      shown.refusal = VerifySignature(secret_, signed_request, shown.time);
      if (!shown.refusal.empty()) shown.status = kUnauthorized;
    }
    response.status = shown.status;
    {
      absl::MutexLock lock(&mutex_);
      if (flags_.count != 0 && shown_ == flags_.count) return;
      shown.number = ++shown_;
      if (!shown.refusal.empty()) ++refused_;
      (session_.json ? PrintJson : PrintText)(session_.terminal.out, request, shown);
    }
    absl::SleepFor(delay_);
  }

  void CountAnswer() {
    absl::MutexLock lock(&mutex_);
    if (++answered_ == flags_.count) server_.stop();
  }

  const Session& session_;
  const Flags flags_;
  const std::string secret_;
  const absl::Duration delay_;
  socket_t socket_ = INVALID_SOCKET;
  httplib::Server server_;
  absl::Mutex mutex_;
  int shown_ ABSL_GUARDED_BY(mutex_) = 0;
  int refused_ ABSL_GUARDED_BY(mutex_) = 0;
  int answered_ ABSL_GUARDED_BY(mutex_) = 0;
};

int Listen(Session& session, Flags& flags) {
  if (flags.forward.url.empty()) return Receiver(session, flags).Listen();
  flags.forward.secret = SecretOf(flags.secret);
  flags.forward.count = flags.count;
  if (absl::StartsWith(flags.forward.secret, "whpk_")) {
    return session.Fail(kUsage, "--secret: a public key cannot sign; give a secret that begins with whsec_");
  }
  return ForwardEvents(session, flags.forward);
}

}  // namespace

void AddListen(CLI::App& app, Session& session) {
  auto* listen = app.add_subcommand(
      "listen", "Receive webhooks on this machine and show the requests, or forward events to a program");
  auto flags = std::make_shared<Flags>();
  auto* port = listen->add_option("--port", flags->port, "Port to listen on; 0 picks a free port")
                   ->check(CLI::Range(0, 65535))
                   ->capture_default_str();
  auto* host = listen->add_option("--host", flags->host, "Address to listen on")->capture_default_str();
  auto* status = listen->add_option("--status", flags->status, "HTTP status to answer with")
                     ->check(CLI::Range(200, 599))
                     ->capture_default_str();
  auto* delay = listen->add_option("--delay", flags->delay, "Delay before each answer, such as 6s");
  TakesDuration(delay);
  listen->add_option("--count", flags->count, "Exit after this many requests or events; 0: never")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  TakesSecret(listen
                  ->add_option("--secret", flags->secret,
                               "Verify signatures with this secret (whsec_...) or public key (whpk_...), and "
                               "answer 401 to invalid ones; with --forward-to, sign with this secret")
                  ->check([](const std::string& text) { return CheckVerificationSecret(SecretOf(text)); }));
  auto* forward =
      listen->add_option("--forward-to", flags->forward.url, "Forward the events of hookd to this URL")
          ->type_name("URL")
          ->check(CheckForwardUrl);
  for (CLI::Option* other : {port, host, status, delay}) forward->excludes(other);
  auto* events =
      listen->add_option("--events", flags->forward.types, "Types of the events to forward; default: all");
  TakesEventTypes(events);
  events->needs(forward);
  auto* since = listen->add_option("--since", flags->forward.since,
                                   "Forward events since then first, such as 1h; default: now");
  TakesTime(since);
  since->needs(forward);
  SetFooter(*listen, kListenFooter);
  listen->callback(
      [&session, flags] { session.command = [&session, flags] { return Listen(session, *flags); }; });
}

}  // namespace hookctl
