// hookctl events list: stored events, newest first.
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "hookctl/commands.h"
#include "hookctl/event_filter.h"
#include "hookctl/listing.h"
#include "hookctl/output.h"
#include "hookctl/values.h"

namespace hookctl {
namespace {

constexpr char kFooter[] =
    R"(A --page-token is valid only with the same filter: combine it with --since as a time, not as a duration.

Examples:
  hookctl events list --email ann@example.com
  hookctl events list --type bounced --type complained --since 2h
  hookctl events list --user-id 123 --documents -o json
  hookctl events list --filter 'campaign.name = "Spring sale" OR campaign.name = "Summer sale"')";

struct EventFlags {
  EventFilter filter;
  bool documents = false;

  void Add(CLI::App& command) {
    filter.Add(command);
    filter.AddTimes(command);
    command.add_flag("--documents", documents,
                     "With -o json, add the documented JSON that endpoints receive to each event");
  }
};

// The user, the campaign and the message of an event, of any type.
struct About {
  std::string user, campaign;
};

std::string IdText(const v1::Id& id) { return id.has_number() ? absl::StrCat(id.number()) : id.text(); }

// Reads fields by name, as each type has a message of its own.
About Describe(const v1::Event& event) {
  About about;
  const auto* field =
      event.GetReflection()->GetOneofFieldDescriptor(event, v1::Event::descriptor()->FindOneofByName("type"));
  if (field == nullptr) return about;
  const google::protobuf::Message& type = event.GetReflection()->GetMessage(event, field);
  const auto read = [](const google::protobuf::Message& message, const char* name) -> std::string {
    const auto* part = message.GetDescriptor()->FindFieldByName(name);
    if (part == nullptr || !message.GetReflection()->HasField(message, part)) return "";
    if (part->message_type() == nullptr) return message.GetReflection()->GetString(message, part);
    return IdText(static_cast<const v1::Id&>(message.GetReflection()->GetMessage(message, part)));
  };
  const auto first_of = [&](const char* name, std::initializer_list<const char*> members) -> std::string {
    const auto* part = type.GetDescriptor()->FindFieldByName(name);
    if (part == nullptr || part->message_type() == nullptr) return "";
    const google::protobuf::Message& message = type.GetReflection()->GetMessage(type, part);
    for (const char* member : members) {
      std::string value = read(message, member);
      if (!value.empty()) return value;
    }
    return "";
  };
  about.user = first_of("user", {"email", "id"});
  about.campaign = first_of("campaign", {"name", "campaign_title", "id"});
  return about;
}

std::vector<std::string> Cells(const v1::Event& event) {
  const About about = Describe(event);
  return {IdOf(event.name()), TimeText(event.emit_time()),          EventTypeName(event), about.user,
          about.campaign,     std::to_string(event.webhook_count())};
}

int List(Session& session, const EventFlags& flags, const PageOptions& options) {
  v1::ListEventsRequest request;
  request.set_parent(session.Parent());
  request.set_filter(flags.filter.Build(session, absl::Now()));
  if (flags.documents) request.set_view(v1::EVENT_VIEW_DOCUMENT);
  return ShowList<v1::ListEventsRequest, v1::ListEventsResponse, v1::Event>(
      session, request, options,
      {.call = [&](auto* context, const auto& page_request,
                   auto* page) { return session.client().events().ListEvents(context, page_request, page); },
       .items = [](auto* page) { return page->mutable_events(); },
       .none = absl::StrCat("No matching events in ", Printable(session.Parent()), "."),
       .headings = {"EVENT", "EMITTED", "TYPE", "USER", "CAMPAIGN", "WEBHOOKS"},
       .cells = Cells,
       .dispensable = {"CAMPAIGN", "WEBHOOKS", "EMITTED"}});
}

}  // namespace

void AddEventList(CLI::App& events, Session& session) {
  auto* list = events.add_subcommand("list", "List stored events, newest first");
  auto flags = std::make_shared<EventFlags>();
  auto options = std::make_shared<PageOptions>();
  flags->Add(*list);
  AddPageOptions(*list, *options);
  SetFooter(*list, kFooter);
  list->callback([&session, flags, options] {
    session.command = [&session, flags, options] { return List(session, *flags, *options); };
  });
}

}  // namespace hookctl
