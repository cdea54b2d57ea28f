// hookctl webhooks: manages the webhooks of a project.
#include <memory>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "hookctl/commands.h"
#include "hookctl/listing.h"
#include "hookctl/output.h"
#include "hookctl/values.h"
#include "hookctl/webhook_flags.h"
#include "hookctl/webhook_output.h"

namespace hookctl {
namespace {

// --timeout is a flag of every command, and easily taken for that of the webhook.
void HintAtTimeout(const Session& session, const WebhookFlags& flags) {
  if (!session.timeout.has_value() || flags.has_timeout()) return;
  session.terminal.err
      << "Note: --timeout is the timeout of this call. The timeout of the webhook's attempts is "
         "--attempt-timeout.\n";
}

void AddCreate(CLI::App& webhooks, Session& session) {
  auto* command =
      webhooks.add_subcommand("create", "Create a webhook; it receives the events accepted from then on");
  struct Flags {
    WebhookFlags webhook;
    std::string id;
    std::string request_id;
    bool validate_only = false;
  };
  auto flags = std::make_shared<Flags>();
  flags->webhook.Add(*command, WebhookFlags::Use::kCreate);
  command->add_option("--id", flags->id,
                      "Id: 1 to 63 lower-case letters, digits and hyphens; default: generated");
  command->add_option("--request-id", flags->request_id,
                      "Idempotency key: repeated runs create it once; default: a new one");
  command->add_flag("--validate-only,--dry-run", flags->validate_only,
                    "Show what would be created, but create nothing");
  SetFooter(
      *command,
      "Examples:\n"
      "  hookctl webhooks create --url https://example.com/hook --event-types all\n"
      "  hookctl webhooks create --id billing --url https://example.com/hook --event-types "
      "bounced,complained \\\n"
      "      --display-name 'Billing' --attempt-timeout 10s\n"
      "  hookctl webhooks create --url https://example.com/hook --event-types all --ordered \\\n"
      "      --rate-limit 50:100 --retry-max-attempts 8 --retry-min-backoff 10s --retry-max-backoff 6h");
  command->callback([&session, flags] {
    session.command = [&session, flags] {
      v1::CreateWebhookRequest request;
      request.set_parent(session.Parent());
      flags->webhook.Fill(request.mutable_webhook());
      HintAtTimeout(session, flags->webhook);
      request.set_webhook_id(flags->id);
      request.set_validate_only(flags->validate_only);
      request.set_request_id(flags->request_id.empty() ? hookd::client::NewRequestId() : flags->request_id);
      v1::Webhook webhook;
      const auto status = session.Call([&](grpc::ClientContext* context) {
        return session.client().webhooks().CreateWebhook(context, request, &webhook);
      });
      return ShowWebhook(session, status, webhook, request.validate_only());
    };
  });
}

void AddGet(CLI::App& webhooks, Session& session) {
  auto* command = webhooks.add_subcommand("get", "Show one webhook");
  auto flags = std::make_shared<WebhookArguments>();
  flags->Add(*command);
  command->callback([&session, flags] {
    session.command = [&session, flags] {
      v1::GetWebhookRequest request;
      request.set_name(session.Name("webhooks", flags->webhook));
      v1::Webhook webhook;
      const auto status = session.Call([&](grpc::ClientContext* context) {
        return session.client().webhooks().GetWebhook(context, request, &webhook);
      });
      return ShowWebhook(session, status, webhook);
    };
  });
}

struct ListFlags {
  PageOptions pages;
  std::string filter, order_by, event_type, health, circuit;
  bool enabled = false, disabled = false, all_projects = false;

  // The filter of the request: that of --filter and those of the other flags.
  std::string Filter() const {
    std::vector<std::string> parts;
    if (!filter.empty()) parts.push_back(filter);
    if (!event_type.empty()) {
      parts.push_back(absl::StrCat("event_type = ", v1::EventType_Name(*ParseEventType(event_type))));
    }
    if (enabled || disabled) parts.push_back(absl::StrCat("enabled = ", enabled ? "true" : "false"));
    if (!health.empty()) parts.push_back(absl::StrCat("health = ", absl::AsciiStrToUpper(health)));
    if (!circuit.empty()) {
      parts.push_back(
          absl::StrCat("circuit = ", absl::AsciiStrToUpper(absl::StrReplaceAll(circuit, {{"-", "_"}}))));
    }
    return absl::StrJoin(parts, " AND ");
  }
};

int List(Session& session, const ListFlags& flags) {
  v1::ListWebhooksRequest request;
  request.set_parent(flags.all_projects ? "projects/-" : session.Parent());
  request.set_filter(flags.Filter());
  request.set_order_by(flags.order_by);
  const bool all = request.filter().empty();
  return ShowList<v1::ListWebhooksRequest, v1::ListWebhooksResponse, v1::Webhook>(
      session, request, flags.pages,
      {.call =
           [&](auto* context, const auto& page_request, auto* page) {
             return session.client().webhooks().ListWebhooks(context, page_request, page);
           },
       .items = [](auto* page) { return page->mutable_webhooks(); },
       .none = absl::StrCat(all ? "No webhooks in " : "No matching webhooks in ",
                            flags.all_projects ? "any project" : Printable(session.Parent()), "."),
       .headings = WebhookHeadings(session.wide),
       .cells =
           [&](const v1::Webhook& webhook) {
             std::vector<std::string> cells = WebhookCells(webhook, session.wide);
             if (flags.all_projects) cells[0] = webhook.name();  // the id alone could be of several projects
             return cells;
           },
       .dispensable = {"EVENTS", "PENDING"}});
}

void AddList(CLI::App& webhooks, Session& session) {
  auto* command = webhooks.add_subcommand("list", "List the webhooks of the project, with their health");
  auto flags = std::make_shared<ListFlags>();
  TakesEventType(command->add_option("--event-type", flags->event_type, "Those that subscribe to this type"));
  CLI::Option* enabled = command->add_flag("--enabled", flags->enabled, "Those that are enabled");
  command->add_flag("--disabled", flags->disabled, "Those that are disabled")->excludes(enabled);
  command->add_option("--health", flags->health, "Those whose last attempt succeeded or failed")
      ->check(CLI::IsMember({"healthy", "failing"}, CLI::ignore_case));
  command->add_option("--circuit", flags->circuit, "Those whose circuit breaker has this state")
      ->check(CLI::IsMember({"closed", "open", "half-open"}, CLI::ignore_case));
  command->add_flag("--all-projects", flags->all_projects, "Those of all projects");
  TakesCondition(command->add_option("--filter", flags->filter,
                                     "Filter of ListWebhooks, in addition to the other flags"));
  command->add_option("--order-by", flags->order_by,
                      "id, display_name, create_time, last_failure_time, failing_since,\n"
                      "consecutive_failures or pending_deliveries; 'FIELD desc' reverses it [id]");
  AddPageOptions(*command, flags->pages);
  SetFooter(*command,
            "HEALTH and ERROR are those of the last attempt. -o wide has more columns.\n\n"
            "Examples:\n"
            "  hookctl webhooks list --health failing --order-by failing_since\n"
            "  hookctl webhooks list --all-projects --circuit open\n"
            "  hookctl webhooks list --order-by 'pending_deliveries desc' --limit 10 -o wide");
  command->callback(
      [&session, flags] { session.command = [&session, flags] { return List(session, *flags); }; });
}

void AddUpdate(CLI::App& webhooks, Session& session) {
  auto* command = webhooks.add_subcommand("update", "Change the given fields of a webhook");
  struct Flags {
    WebhookArguments one;
    WebhookFlags webhook;
  };
  auto flags = std::make_shared<Flags>();
  flags->one.Add(*command);
  flags->webhook.Add(*command, WebhookFlags::Use::kUpdate);
  flags->one.AddEtag(*command);
  flags->one.AddValidateOnly(*command);
  SetFooter(*command,
            "Examples:\n"
            "  hookctl webhooks update billing --url https://example.com/new-hook\n"
            "  hookctl webhooks update billing --display-name '' --attempt-timeout default\n"
            "  hookctl webhooks update billing --retry-max-attempts 20\n"
            "  hookctl webhooks update billing --no-retries --no-rate-limit --max-concurrency default");
  command->callback([&session, flags] {
    session.command = [&session, flags]() -> int {
      v1::UpdateWebhookRequest request;
      const auto filled = FillUpdate(session, session.Name("webhooks", flags->one.webhook), flags->webhook,
                                     request.mutable_webhook(), request.mutable_update_mask());
      if (!filled.ok()) return session.Fail(filled);
      if (request.update_mask().paths().empty()) {
        return session.Fail(kUsage, "nothing to change: give at least one field of the webhook (see --help)");
      }
      if (!flags->one.etag.empty()) request.mutable_webhook()->set_etag(flags->one.etag);
      HintAtTimeout(session, flags->webhook);
      request.set_validate_only(flags->one.validate_only);
      v1::Webhook webhook;
      const auto status = session.Call([&](grpc::ClientContext* context) {
        return session.client().webhooks().UpdateWebhook(context, request, &webhook);
      });
      return ShowWebhook(session, status, webhook, request.validate_only());
    };
  });
}

void AddDelete(CLI::App& webhooks, Session& session) {
  auto* command = webhooks.add_subcommand("delete", "Delete a webhook; its pending deliveries are canceled");
  auto flags = std::make_shared<WebhookArguments>();
  flags->Add(*command);
  flags->AddEtag(*command);
  flags->AddValidateOnly(*command);
  command->callback([&session, flags] {
    session.command = [&session, flags] {
      v1::DeleteWebhookRequest request;
      request.set_name(session.Name("webhooks", flags->webhook));
      request.set_etag(flags->etag);
      request.set_validate_only(flags->validate_only);
      google::protobuf::Empty nothing;
      const auto status = session.Call([&](grpc::ClientContext* context) {
        return session.client().webhooks().DeleteWebhook(context, request, &nothing);
      });
      if (!status.ok()) return session.Fail(status);
      if (session.json) {
        session.terminal.out << "{}\n";
      } else {
        session.terminal.out << (flags->validate_only ? "Would delete " : "Deleted ")
                             << Printable(request.name()) << "\n";
      }
      return static_cast<int>(kOk);
    };
  });
}

template <typename Request, typename Rpc>
void AddToggle(CLI::App& webhooks, Session& session, const char* name, const char* help, Rpc rpc) {
  auto* command = webhooks.add_subcommand(name, help);
  auto flags = std::make_shared<WebhookArguments>();
  flags->Add(*command);
  flags->AddEtag(*command);
  command->callback([&session, flags, rpc] {
    session.command = [&session, flags, rpc] {
      Request request;
      request.set_name(session.Name("webhooks", flags->webhook));
      request.set_etag(flags->etag);
      v1::Webhook webhook;
      const auto status = session.Call([&](grpc::ClientContext* context) {
        return rpc(session.client().webhooks(), context, request, &webhook);
      });
      return ShowWebhook(session, status, webhook);
    };
  });
}

}  // namespace

void AddWebhooks(CLI::App& app, Session& session) {
  auto* webhooks = app.add_subcommand("webhooks", "Manage and test webhooks");
  webhooks->require_subcommand(1);
  AddCreate(*webhooks, session);
  AddList(*webhooks, session);
  AddGet(*webhooks, session);
  AddUpdate(*webhooks, session);
  AddDelete(*webhooks, session);
  AddToggle<v1::EnableWebhookRequest>(*webhooks, session, "enable", "Enable a webhook",
                                      [](auto& stub, auto... call) { return stub.EnableWebhook(call...); });
  AddToggle<v1::DisableWebhookRequest>(*webhooks, session, "disable",
                                       "Disable a webhook; its pending deliveries are canceled",
                                       [](auto& stub, auto... call) { return stub.DisableWebhook(call...); });
  AddWebhookRotateSecret(*webhooks, session);
  AddWebhookTest(*webhooks, session);
  AddWebhookStats(*webhooks, session);
}

}  // namespace hookctl
