// hookctl webhooks: manages the webhooks of a project.
#include <memory>

#include "absl/strings/str_cat.h"
#include "hookctl/commands.h"
#include "hookctl/listing.h"
#include "hookctl/output.h"
#include "hookctl/values.h"
#include "hookctl/webhook_flags.h"
#include "hookctl/webhook_output.h"

namespace hookctl {
namespace {

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
  flags->webhook.Add(*command, true);
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

int List(Session& session, const PageOptions& options) {
  v1::ListWebhooksRequest request;
  request.set_parent(session.Parent());
  return ShowList<v1::ListWebhooksRequest, v1::ListWebhooksResponse, v1::Webhook>(
      session, request, options,
      {.call =
           [&](auto* context, const auto& page_request, auto* page) {
             return session.client().webhooks().ListWebhooks(context, page_request, page);
           },
       .items = [](auto* page) { return page->mutable_webhooks(); },
       .none = absl::StrCat("No webhooks in ", Printable(session.Parent()), "."),
       .headings = WebhookHeadings(),
       .cells = WebhookCells});
}

void AddList(CLI::App& webhooks, Session& session) {
  auto* command = webhooks.add_subcommand("list", "List the webhooks of the project, by id");
  auto options = std::make_shared<PageOptions>();
  AddPageOptions(*command, *options);
  command->callback(
      [&session, options] { session.command = [&session, options] { return List(session, *options); }; });
}

void AddUpdate(CLI::App& webhooks, Session& session) {
  auto* command = webhooks.add_subcommand("update", "Change the given fields only");
  struct Flags {
    WebhookArguments one;
    WebhookFlags webhook;
  };
  auto flags = std::make_shared<Flags>();
  flags->one.Add(*command);
  flags->webhook.Add(*command, false);
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
      const std::string name = session.Name("webhooks", flags->one.webhook);
      std::string etag = flags->one.etag;
      if (flags->webhook.changes_retry_policy() || flags->webhook.changes_headers()) {
        v1::GetWebhookRequest get;
        get.set_name(name);
        v1::Webhook current;
        const auto status = session.Call([&](grpc::ClientContext* context) {
          return session.client().webhooks().GetWebhook(context, get, &current);
        });
        if (!status.ok()) return session.Fail(status);
        if (current.has_retry_policy()) {
          *request.mutable_webhook()->mutable_retry_policy() = current.retry_policy();
        }
        *request.mutable_webhook()->mutable_headers() = current.headers();
        // The etag protects changes that someone else makes in the meantime.
        if (etag.empty()) etag = current.etag();
      }
      for (std::string& path : flags->webhook.Fill(request.mutable_webhook())) {
        request.mutable_update_mask()->add_paths(std::move(path));
      }
      if (request.update_mask().paths().empty()) {
        return session.Fail(kUsage, "nothing to change: give at least one field of the webhook (see --help)");
      }
      request.mutable_webhook()->set_name(name);
      request.mutable_webhook()->set_etag(etag);
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
