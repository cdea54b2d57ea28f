// hookctl webhooks test: sends a sample, or an event of the user's, to an endpoint. The webhook need not be
// stored.
#include <map>
#include <memory>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "hookctl/color.h"
#include "hookctl/commands.h"
#include "hookctl/event_input.h"
#include "hookctl/input_file.h"
#include "hookctl/output.h"
#include "hookctl/values.h"
#include "hookctl/webhook_flags.h"

namespace hookctl {
namespace {

constexpr char kFooter[] =
    R"(With WEBHOOK, the stored webhook is tested, with the changes that the flags give for this test only: nothing is
stored. Its headers and credentials stay the same, also with another --url. Without WEBHOOK, --url and the other flags
of `webhooks create` describe a webhook that does not exist yet. A disabled webhook can be tested too. Flags without
an effect on one request, such as --rate-limit, are only validated.

--data is an event as its documented JSON, or as the JSON of the API, as for `hookctl emit`: the text itself, @FILE, or
@- for stdin. The exit code is 7 if the endpoint did not respond with success.

Examples:
  hookctl webhooks test billing
  hookctl webhooks test billing --type bounced --url https://example.com/new-hook
  hookctl webhooks test --url https://example.com/hook --header 'X-Api-Key: @key.txt' --type bounced
  hookctl webhooks test --url https://example.com/hook --data @event.json)";

// Of --data. An event has at most 256 KiB, which can be six times that with escapes.
constexpr size_t kMaxDataBytes = size_t{4} << 20U;

struct Flags {
  std::string webhook;
  WebhookFlags changes;
  std::string type;
  std::string data;
};

// Prints the result; `of_user` says that the event was not a sample.
void PrintTest(std::ostream& out, const v1::TestWebhookResponse& test, bool of_user) {
  out << (test.success() ? Colored(out, Color::kGreen, "Success:") : Colored(out, Color::kRed, "Failed:"))
      << " " << Printable(test.message()) << "\n\n";
  const std::string type = EventTypeName(test.event_type());
  out << "Request: POST " << Printable(test.request().url()) << ", "
      << (of_user ? absl::StrCat("your event, ", type) : absl::StrCat("the sample of ", type)) << "\n";
  const std::map<std::string, std::string> headers(test.request().headers().begin(),
                                                   test.request().headers().end());
  for (const auto& [name, value] : headers)
    out << "  " << Printable(name) << ": " << Printable(value) << "\n";
  const std::string& body = test.request().body();
  const auto indented = PrettyJson(body);
  out << "\n  Body (" << Counted(static_cast<long long>(body.size()), "byte", "bytes")
      << (indented.has_value() ? ", sent on one line" : "") << ")\n"
      << Indented(Printable(indented.value_or(body), true), "    ") << "\n";
  out << "Response:\n";
  v1::Attempt attempt = test.attempt();
  attempt.clear_request_headers();  // printed above, as is the URL
  attempt.clear_url();
  PrintAttempt(out, attempt, "  ");
}

// The text of --data.
absl::StatusOr<std::string> ReadData(std::istream& in, const std::string& data) {
  if (data.empty() || data.front() != '@') return data;
  auto text = data == "@-" ? ReadStream(in, kMaxDataBytes) : ReadFile(data.substr(1), kMaxDataBytes);
  if (text.ok()) return text;
  return absl::Status(text.status().code(), absl::StrCat(data.substr(1), ": ", text.status().message()));
}

// Sets the event that --data gives.
absl::Status FillEvent(std::istream& in, const std::string& data, v1::TestWebhookRequest& request) {
  const auto text = ReadData(in, data);
  if (!text.ok()) return text.status();
  const auto events = ParseEvents(*text);
  if (!events.ok()) return events.status();
  if (events->size() != 1) {
    return absl::InvalidArgumentError(absl::StrCat("must be one event, not ", events->size()));
  }
  SetEvent(events->front(), request);
  return absl::OkStatus();
}

int Test(Session& session, const Flags& flags, bool has_data) {
  v1::TestWebhookRequest request;
  if (!flags.type.empty()) request.set_event_type(*ParseEventType(flags.type));
  if (has_data) {
    const absl::Status filled = FillEvent(session.terminal.in, flags.data, request);
    if (!filled.ok()) {
      return session.Fail(kUsage, absl::StrCat("--data: ", Printable(std::string(filled.message()))));
    }
  }
  if (!flags.webhook.empty()) {
    request.set_name(session.Name("webhooks", flags.webhook));
    v1::Webhook changes;
    const auto filled =
        FillUpdate(session, request.name(), flags.changes, &changes, request.mutable_update_mask());
    if (!filled.ok()) return session.Fail(filled);
    if (!changes.signing_secret().empty() ||
        changes.signing_algorithm() != v1::SIGNING_ALGORITHM_UNSPECIFIED) {
      return session.Fail(kUsage, "a stored webhook keeps its signing secret: leave --signing-secret out");
    }
    if (request.update_mask().paths().empty()) {
      request.clear_update_mask();
    } else {
      *request.mutable_webhook() = changes;
    }
  } else if (flags.changes.has_url()) {
    if (!has_data && flags.type.empty() && !flags.changes.has_event_types()) {
      return session.Fail(
          kUsage, "say what to send: a sample by --type, such as --type bounced, or an event by --data");
    }
    request.set_parent(session.Parent());
    flags.changes.Fill(request.mutable_webhook());
  } else {
    return session.Fail(kUsage,
                        "give either a WEBHOOK, or the --url of one that does not exist yet (see --help)");
  }
  v1::TestWebhookResponse test;
  const auto status = session.Call([&](grpc::ClientContext* context) {
    return session.client().webhooks().TestWebhook(context, request, &test);
  });
  if (!status.ok()) return session.Fail(status);
  if (session.json) {
    session.terminal.out << ToJson(test);
  } else {
    PrintTest(session.terminal.out, test, has_data);
  }
  return test.success() ? kOk : kTestFailed;
}

}  // namespace

void AddWebhookTest(CLI::App& webhooks, Session& session) {
  auto* command = webhooks.add_subcommand(
      "test", "Send a sample or an event to a webhook now, stored or not, and show the result");
  auto flags = std::make_shared<Flags>();
  command
      ->add_option("WEBHOOK", flags->webhook,
                   "Id or full name of a stored webhook; default: one that --url gives")
      ->type_name("");
  TakesEventType(command->add_option("--type", flags->type,
                                     "Event type of the sample; default: the first type of the webhook"));
  const CLI::Option* data =
      command->add_option("--data", flags->data, "Event to send instead of a sample, as JSON")
          ->type_name("JSON|@FILE|@-");
  flags->changes.Add(*command, WebhookFlags::Use::kTest);
  SetFooter(*command, kFooter);
  command->callback([&session, flags, data] {
    session.command = [&session, flags, has_data = data->count() > 0] {
      return Test(session, *flags, has_data);
    };
  });
}

}  // namespace hookctl
