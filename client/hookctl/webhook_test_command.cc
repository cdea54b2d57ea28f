// hookctl webhooks test: sends a sample to an endpoint.
#include <map>
#include <memory>

#include "hookctl/commands.h"
#include "hookctl/output.h"
#include "hookctl/values.h"
#include "hookctl/webhook_flags.h"

namespace hookctl {
namespace {

void PrintTest(std::ostream& out, const v1::TestWebhookResponse& test) {
  out << (test.success() ? "Success: " : "Failed: ") << Printable(test.message()) << "\n\n";
  out << "Request: POST " << Printable(test.request().url()) << ", the sample of "
      << EventTypeName(test.event_type()) << "\n";
  const std::map<std::string, std::string> headers(test.request().headers().begin(),
                                                   test.request().headers().end());
  for (const auto& [name, value] : headers)
    out << "  " << Printable(name) << ": " << Printable(value) << "\n";
  const std::string& body = test.request().body();
  out << "\n" << Indented(Printable(PrettyJson(body).value_or(body), true), "  ") << "\n";
  out << "Response:\n";
  v1::Attempt attempt = test.attempt();
  attempt.clear_request_headers();  // printed above, as is the URL
  attempt.clear_url();
  PrintAttempt(out, attempt, "  ");
}

}  // namespace

void AddWebhookTest(CLI::App& webhooks, Session& session) {
  auto* command =
      webhooks.add_subcommand("test", "Send a documented sample to a webhook now, and show the result");
  struct Flags {
    WebhookArguments one;
    std::string type;
  };
  auto flags = std::make_shared<Flags>();
  flags->one.Add(*command);
  TakesEventType(command->add_option("--type", flags->type,
                                     "Event type of the sample; default: the first type of the webhook"));
  SetFooter(
      *command,
      "Works on a disabled webhook too. The exit code is 7 if the endpoint did not respond with success.");
  command->callback([&session, flags] {
    session.command = [&session, flags]() -> int {
      v1::TestWebhookRequest request;
      request.set_name(session.Name("webhooks", flags->one.webhook));
      if (!flags->type.empty()) request.set_event_type(*ParseEventType(flags->type));
      v1::TestWebhookResponse test;
      const auto status = session.Call([&](grpc::ClientContext* context) {
        return session.client().webhooks().TestWebhook(context, request, &test);
      });
      if (!status.ok()) return session.Fail(status);
      if (session.json) {
        session.terminal.out << ToJson(test);
      } else {
        PrintTest(session.terminal.out, test);
      }
      return test.success() ? kOk : kTestFailed;
    };
  });
}

}  // namespace hookctl
