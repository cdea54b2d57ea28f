// hookctl deliveries: the delivery status of events.
#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "hookctl/commands.h"
#include "hookctl/delivery_filter.h"
#include "hookctl/listing.h"
#include "hookctl/output.h"
#include "hookctl/values.h"

namespace hookctl {
namespace {

constexpr char kListFooter[] =
    R"(A --page-token is valid only with the same filter: combine it with --since as a time, not as a duration.

Examples:
  hookctl deliveries list --webhook billing --state failed,canceled --since 2h
  hookctl deliveries list --status-code 5xx
  hookctl deliveries list --error timeout --error connection
  hookctl deliveries list --email ann@example.com
  hookctl deliveries list --filter 'event_type = BOUNCED AND create_time >= "2026-01-31T00:00:00Z"')";

constexpr int kAttemptsAPage = 1000;

std::string ResponseText(int status) { return status == 0 ? "" : std::to_string(status); }

void PrintHeaders(std::ostream& out, absl::string_view label,
                  const google::protobuf::RepeatedPtrField<v1::HttpHeader>& headers,
                  absl::string_view indent) {
  if (headers.empty()) return;
  out << indent << label << "\n";
  for (const v1::HttpHeader& header : headers) {
    out << indent << "  " << Printable(header.name()) << ": " << Printable(header.value()) << "\n";
  }
}

std::vector<std::string> Cells(const v1::Delivery& delivery) {
  return {IdOf(delivery.name()),
          TimeText(delivery.create_time()),
          IdOf(delivery.event()),
          EventTypeName(delivery.event_type()),
          IdOf(delivery.webhook()),
          DeliveryStateName(delivery.state()),
          std::to_string(delivery.attempt_count()),
          ResponseText(delivery.response_status()),
          delivery.error()};
}

int List(Session& session, const DeliveryFilter& filter, const PageOptions& options) {
  v1::ListDeliveriesRequest request;
  request.set_parent(session.Parent());
  request.set_filter(filter.Build(session, absl::Now()));
  return ShowList<v1::ListDeliveriesRequest, v1::ListDeliveriesResponse, v1::Delivery>(
      session, request, options,
      {.call =
           [&](auto* context, const auto& page_request, auto* page) {
             return session.client().deliveries().ListDeliveries(context, page_request, page);
           },
       .items = [](auto* page) { return page->mutable_deliveries(); },
       .none = absl::StrCat("No matching deliveries in ", Printable(session.Parent()), "."),
       .headings = {"DELIVERY", "CREATED", "EVENT", "TYPE", "WEBHOOK", "STATE", "ATTEMPTS", "STATUS",
                    "ERROR"},
       .cells = Cells,
       .dispensable = {"EVENT", "ATTEMPTS", "TYPE", "CREATED", "WEBHOOK"}});
}

// Includes the attempts that GetDelivery leaves out.
grpc::Status ReadAllAttempts(Session& session, v1::Delivery& delivery) {
  v1::ListAttemptsRequest request;
  request.set_parent(delivery.name());
  request.set_page_size(kAttemptsAPage);
  google::protobuf::RepeatedPtrField<v1::Attempt> all;
  do {
    v1::ListAttemptsResponse page;
    const auto status = session.Call([&](grpc::ClientContext* context) {
      return session.client().deliveries().ListAttempts(context, request, &page);
    });
    if (!status.ok()) return status;
    all.MergeFrom(page.attempts());
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  *delivery.mutable_attempts() = std::move(all);
  return grpc::Status::OK;
}

int Get(Session& session, const std::string& name) {
  v1::GetDeliveryRequest request;
  request.set_name(session.Name("deliveries", name));
  v1::Delivery delivery;
  const auto status = session.Call([&](grpc::ClientContext* context) {
    return session.client().deliveries().GetDelivery(context, request, &delivery);
  });
  if (!status.ok()) return session.FailOf("deliveries", name, status);
  if (delivery.attempts_size() > 0 && delivery.attempt_count() > delivery.attempts_size()) {
    const auto read = ReadAllAttempts(session, delivery);
    if (!read.ok()) return session.Fail(read);
  }
  std::ostream& out = session.terminal.out;
  if (session.json) {
    out << ToJson(delivery);
    return kOk;
  }
  PrintDelivery(out, delivery);
  if (!delivery.request_body().empty()) {
    const std::string body = PrettyJson(delivery.request_body()).value_or(delivery.request_body());
    out << "\nRequest body\n" << Indented(Printable(body, true), "  ");
  }
  for (const v1::Attempt& attempt : delivery.attempts()) {
    out << "\nAttempt " << attempt.number() << "\n";
    PrintAttempt(out, attempt, "  ");
  }
  return kOk;
}

}  // namespace

void PrintAttempt(std::ostream& out, const v1::Attempt& attempt, absl::string_view indent) {
  std::vector<std::string> phases;
  // A phase that did not happen, such as TLS with plain HTTP, is unset or 0.
  const auto add = [&](const char* label, const google::protobuf::Duration& duration) {
    if (duration.seconds() != 0 || duration.nanos() != 0)
      phases.push_back(absl::StrCat(label, " ", DurationText(duration)));
  };
  add("name lookup", attempt.name_lookup_duration());
  add("connect", attempt.connect_duration());
  add("TLS", attempt.tls_duration());
  add("first byte", attempt.first_byte_duration());
  add("total", attempt.total_duration());
  const std::string protocol = attempt.http_version().empty() ? "" : "HTTP/" + attempt.http_version();
  PrintFields(out,
              {{"Trigger", AttemptTriggerName(attempt.trigger())},
               {"URL", attempt.url()},
               {"Address", attempt.remote_address()},
               {"Protocol", protocol},
               {"Status", ResponseText(attempt.response_status())},
               {"Error", attempt.error()},
               {"Error class", ErrorClassName(attempt.error_class())},
               {"Retry after", attempt.has_retry_after() ? DurationText(attempt.retry_after()) : ""},
               {"Started", TimeText(attempt.start_time(), true)},
               {"Took", absl::StrJoin(phases, ", ")},
               {"Node", attempt.node()}},
              indent);
  PrintHeaders(out, "Request headers", attempt.request_headers(), indent);
  PrintHeaders(out, "Response headers", attempt.response_headers(), indent);
  if (attempt.response_body().empty()) return;
  const std::string body = PrettyJson(attempt.response_body()).value_or(attempt.response_body());
  out << indent << "Body" << (attempt.response_body_truncated() ? " (truncated)" : "") << "\n"
      << Indented(Printable(body, true), absl::StrCat(indent, "  "));
}

void PrintDelivery(std::ostream& out, const v1::Delivery& delivery) {
  PrintFields(out, {{"Name", delivery.name()},
                    {"Event", delivery.event()},
                    {"Webhook", delivery.webhook()},
                    {"Type", EventTypeName(delivery.event_type())},
                    {"State", DeliveryStateName(delivery.state())},
                    {"Created", TimeText(delivery.create_time(), true)},
                    {"Attempts", std::to_string(delivery.attempt_count())},
                    {"Next attempt", TimeText(delivery.next_attempt_time(), true)},
                    {"Error", delivery.error()},
                    {"Error class", ErrorClassName(delivery.error_class())}});
}

void AddDeliveries(CLI::App& app, Session& session) {
  auto* deliveries = app.add_subcommand("deliveries", "Show the delivery status of events, and redeliver");
  deliveries->require_subcommand(1);

  auto* list = deliveries->add_subcommand("list", "List deliveries, newest first");
  auto filter = std::make_shared<DeliveryFilter>();
  auto options = std::make_shared<PageOptions>();
  filter->Add(*list);
  filter->AddTimes(*list);
  filter->AddContent(*list);
  AddPageOptions(*list, *options);
  SetFooter(*list, kListFooter);
  list->callback([&session, filter, options] {
    session.command = [&session, filter, options] { return List(session, *filter, *options); };
  });

  auto* get = deliveries->add_subcommand("get", "Show one delivery with its attempts");
  auto name = std::make_shared<std::string>();
  get->add_option("DELIVERY", *name, "Id or full name of the delivery")->required()->type_name("");
  get->callback([&session, name] { session.command = [&session, name] { return Get(session, *name); }; });

  AddDeliveryRetries(*deliveries, session);
  AddDeliveryWatch(*deliveries, session);
  AddDeliveryExport(*deliveries, session);
}

}  // namespace hookctl
