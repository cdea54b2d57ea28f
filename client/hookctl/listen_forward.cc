#include "hookctl/listen_forward.h"

#include <algorithm>
#include <csignal>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "hookctl/event_filter.h"
#include "hookctl/event_follower.h"
#include "hookctl/forward_request.h"
#include "hookctl/output.h"
#include "hookctl/server_address.h"
#include "hookctl/signature.h"
#include "hookctl/values.h"
#include "rapidjson/stringbuffer.h"
#include "rapidjson/writer.h"

namespace hookctl {
namespace {

// What became of one request.
struct Result {
  int status = 0;
  std::string error;  // empty: it succeeded
  absl::Time time;
  absl::Duration took;
};

class Forwarder {
 public:
  Forwarder(Session& session, const ForwardFlags& flags)
      : session_(session),
        flags_(flags),
        secret_(flags.secret.empty() ? NewSigningSecret() : flags.secret),
        client_(flags.url, flags.timeout) {}

  int Run() {
    v1::WatchEventsRequest request;
    const bool all = flags_.types.empty() || std::count(flags_.types.begin(), flags_.types.end(), "all") > 0;
    if (!all) request.set_filter(EventTypeCondition(flags_.types));
    request.set_view(v1::EVENT_VIEW_DOCUMENT);
    if (!flags_.since.empty()) {
      *request.mutable_start_time() = ToTimestamp(*ParseTime(flags_.since, absl::Now()));
    }
    std::ostream& err = session_.terminal.err;
    err << "Signing secret: " << secret_ << std::endl;
    const auto begun = [&] {
      err << "Forwarding events of " << Printable(session_.Parent()) << " to " << Printable(flags_.url)
          << (flags_.count == 0 ? "  (press Ctrl-C to stop)" : "") << std::endl;
    };
    EventFollower follower(session_, request);
    follower.OnInterrupt([this] { client_.Cancel(); });
    const int code = follower.Run(
        [&](const v1::WatchEventsResponse& response) {
          if (!response.has_event()) return true;
          const Result result = Post(response.event());
          if (!result.error.empty()) ++failed_;
          Print(response.event(), result);
          return ++forwarded_ != flags_.count && session_.terminal.out.good();
        },
        begun);
    if (code != kOk || flags_.count == 0) return code;
    return failed_ == 0 ? kOk : kError;
  }

 private:
  Result Post(const v1::Event& event) {
    Result result{.time = absl::Now()};
    const std::string id = IdOf(event.name());
    const std::string timestamp = absl::StrCat(absl::ToUnixSeconds(result.time));
    const httplib::Headers headers = {{"User-Agent", "hookctl/" HOOKD_VERSION},
                                      {"Webhook-Id", id},
                                      {"Webhook-Timestamp", timestamp},
                                      {"Webhook-Signature", Sign(secret_, id, timestamp, event.document())}};
    const ForwardClient::Result response = client_.Post(headers, event.document());
    result.took = absl::Now() - result.time;
    result.error = response.error;
    if (!result.error.empty()) return result;
    result.status = response.status;
    if (result.status / 100 != 2) {
      result.error = absl::StrCat("the program answered with status ", result.status);
    }
    return result;
  }

  void Print(const v1::Event& event, const Result& result) {
    std::ostream& out = session_.terminal.out;
    if (session_.json) return PrintJson(event, result);
    if (forwarded_ == 0) {
      table_.Add(out, session_.terminal.width, {"TIME", "EVENT", "TYPE", "STATUS", "TOOK", "ERROR"});
    }
    table_.Add(out, session_.terminal.width,
               {TimeText(ToTimestamp(result.time), true), IdOf(event.name()), EventTypeName(event),
                result.status == 0 ? "" : std::to_string(result.status), DurationText(ToProto(result.took)),
                result.error});
  }

  void PrintJson(const v1::Event& event, const Result& result) {
    rapidjson::StringBuffer buffer;
    rapidjson::Writer<rapidjson::StringBuffer> writer(buffer);
    const auto add = [&](const char* key, const std::string& text) {
      writer.Key(key);
      writer.String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
    };
    writer.StartObject();
    add("event", event.name());
    add("event_type", EventTypeName(event));
    add("time", absl::FormatTime("%Y-%m-%dT%H:%M:%E3SZ", result.time, absl::UTCTimeZone()));
    add("url", flags_.url);
    writer.Key("status");
    writer.Int(result.status);
    writer.Key("duration_ms");
    writer.Double(absl::ToDoubleMilliseconds(result.took));
    add("error", result.error);
    writer.EndObject();
    session_.terminal.out << buffer.GetString() << std::endl;
  }

  Session& session_;
  const ForwardFlags& flags_;
  const std::string secret_;
  ForwardClient client_;
  LiveTable table_{{24, 13, 12, 6, 8, 0}};
  int forwarded_ = 0;
  int failed_ = 0;
};

}  // namespace

std::string CheckForwardUrl(const std::string& url) {
  constexpr char kWanted[] = "must be a URL such as http://localhost:3000/hook";
  if (!absl::StartsWith(url, "http://") && !absl::StartsWith(url, "https://")) return kWanted;
  return CheckConsoleUrl(ForwardTargetOf(url).origin).empty() ? "" : kWanted;
}

int ForwardEvents(Session& session, const ForwardFlags& flags) {
  // The program may end its connection while an event is sent to it.
  std::signal(SIGPIPE, SIG_IGN);
  return Forwarder(session, flags).Run();
}

}  // namespace hookctl
