// hookctl events: reads and searches stored events, and prints samples.
#include <memory>

#include "absl/strings/str_cat.h"
#include "hookctl/commands.h"
#include "hookctl/output.h"
#include "hookctl/values.h"
#include "hookd/v1/samples.h"

namespace hookctl {
namespace {

struct GetFlags {
  std::string event;
  bool document = false;
};

int Get(Session& session, const GetFlags& flags) {
  v1::GetEventRequest request;
  request.set_name(session.Name("events", flags.event));
  if (flags.document) request.set_view(v1::EVENT_VIEW_DOCUMENT);
  v1::Event event;
  const auto status = session.Call([&](grpc::ClientContext* context) {
    return session.client().events().GetEvent(context, request, &event);
  });
  if (!status.ok()) return session.FailOf("events", flags.event, status);
  if (session.json) {
    session.terminal.out << ToJson(event);
    return kOk;
  }
  if (flags.document) {
    session.terminal.out << Printable(event.document(), true) << "\n";
    return kOk;
  }
  PrintFields(session.terminal.out, {{"Name", event.name()},
                                     {"Type", EventTypeName(event)},
                                     {"Emitted", TimeText(event.emit_time(), true)},
                                     {"Webhooks", std::to_string(event.webhook_count())}});
  event.clear_name();
  event.clear_emit_time();
  event.clear_webhook_count();
  const std::string json = ToJson(event);
  session.terminal.out << "\n" << Printable(PrettyJson(json).value_or(json), true) << "\n";
  return kOk;
}

}  // namespace

void AddEvents(CLI::App& app, Session& session) {
  auto* events = app.add_subcommand("events", "Read and search stored events, and print samples");
  events->require_subcommand(1);

  auto* get = events->add_subcommand("get", "Show one event");
  auto flags = std::make_shared<GetFlags>();
  get->add_option("EVENT", flags->event, "Id or full name of the event")->required()->type_name("");
  get->add_flag("--document", flags->document,
                "Print the documented JSON that endpoints receive; with -o json, add it to the event");
  get->callback([&session, flags] { session.command = [&session, flags] { return Get(session, *flags); }; });

  AddEventList(*events, session);
  AddEventWatch(*events, session);
  AddEventExport(*events, session);

  auto* sample =
      events->add_subcommand("sample", "Print the documented sample of an event type, as input for emit");
  auto type = std::make_shared<std::string>();
  auto* option = sample->add_option("TYPE", *type, "Event type")->required();
  TakesEventType(option);
  option->type_name("");
  SetFooter(
      *sample,
      "Example:\n  hookctl events sample bounced > event.json; edit event.json; hookctl emit event.json");
  sample->callback([&session, type] {
    session.command = [&session, type]() -> int {
      session.terminal.out << hookd::v1::SampleEventJson(EventTypeName(*ParseEventType(*type))) << "\n";
      return kOk;
    };
  });
}

}  // namespace hookctl
