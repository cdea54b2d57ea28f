// hookctl events list: stored events, newest first.
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "hookctl/commands.h"
#include "hookctl/content_flags.h"
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

// The conditions of ListEventsRequest.filter.
struct EventFlags {
  std::vector<std::string> types;
  std::string webhook, since, until, filter;
  ContentFlags content;
  bool documents = false;

  void Add(CLI::App& command) {
    TakesEventType(command.add_option("--type", types, "Only events of this type; may be repeated"));
    command.add_option("--webhook", webhook, "Only events that were sent to this webhook");
    TakesTime(
        command.add_option("--since", since, "Only events accepted since then, such as 2h or 2026-01-31"));
    TakesTime(command.add_option("--until", until, "Only events accepted before then"));
    content.Add(command);
    command.add_option("--filter", filter, "Further conditions, in the syntax of ListEventsRequest.filter");
    command.add_flag("--documents", documents,
                     "With -o json, add the documented JSON that endpoints receive to each event");
  }

  std::string Build(const Session& session, absl::Time now) const {
    std::vector<std::string> conditions;
    const auto add_time = [&](const char* comparison, const std::string& text) {
      if (text.empty()) return;
      const std::string time =
          absl::FormatTime(absl::RFC3339_full, *ParseTime(text, now), absl::UTCTimeZone());
      conditions.push_back(absl::StrCat("emit_time ", comparison, " ", Quoted(time)));
    };
    if (!types.empty()) {
      const auto equals = [](std::string* out, const std::string& type) {
        absl::StrAppend(out, "event_type = ", v1::EventType_Name(*ParseEventType(type)));
      };
      const std::string any = absl::StrJoin(types, " OR ", equals);
      conditions.push_back(types.size() == 1 ? any : absl::StrCat("(", any, ")"));
    }
    if (!webhook.empty()) {
      conditions.push_back(absl::StrCat("webhook = ", Quoted(session.Name("webhooks", webhook))));
    }
    add_time(">=", since);
    add_time("<", until);
    content.Build(conditions);
    if (!filter.empty()) conditions.push_back(filter);
    return absl::StrJoin(conditions, " AND ");
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
  request.set_filter(flags.Build(session, absl::Now()));
  if (flags.documents) request.set_view(v1::EVENT_VIEW_DOCUMENT);
  return ShowList<v1::ListEventsRequest, v1::ListEventsResponse, v1::Event>(
      session, request, options,
      {.call = [&](auto* context, const auto& page_request,
                   auto* page) { return session.client().events().ListEvents(context, page_request, page); },
       .items = [](auto* page) { return page->mutable_events(); },
       .none = absl::StrCat("No matching events in ", Printable(session.Parent()), "."),
       .headings = {"EVENT", "EMITTED", "TYPE", "USER", "CAMPAIGN", "WEBHOOKS"},
       .cells = Cells});
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
