// hookctl webhooks: manages the webhooks of a project, and tries them out.
#include <map>
#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "hookctl/commands.h"
#include "hookctl/credential_flags.h"
#include "hookctl/listing.h"
#include "hookctl/output.h"
#include "hookctl/values.h"
#include "hookctl/webhook_flags.h"

namespace hookctl {
namespace {

std::string EventTypesText(const v1::Webhook& webhook) {
  if (webhook.event_types_size() == static_cast<int>(EventTypeNames().size())) return "all";
  return absl::StrJoin(webhook.event_types(), ",", [](std::string* out, int type) {
    absl::StrAppend(out, EventTypeName(static_cast<v1::EventType>(type)));
  });
}

// Why it is disabled, in a sentence's end.
std::string DisableReasonText(v1::DisableReason reason) {
  switch (reason) {
    case v1::DISABLE_REASON_REQUESTED:
      return "somebody asked for it";
    case v1::DISABLE_REASON_GONE:
      return "its endpoint answered 410 Gone";
    case v1::DISABLE_REASON_FAILING:
      return "every attempt failed for days";
    default:
      return DisableReasonName(reason);
  }
}

std::string StateText(const v1::Webhook& webhook) {
  if (!webhook.disabled()) return "enabled";
  std::string text = "disabled";
  if (webhook.has_disable_time()) absl::StrAppend(&text, " since ", TimeText(webhook.disable_time(), true));
  const std::string reason = DisableReasonText(webhook.disable_reason());
  if (!reason.empty()) absl::StrAppend(&text, ": ", reason);
  return text;
}

std::string RetriesText(const v1::Webhook& webhook) {
  if (!webhook.has_retry_policy()) return "";
  const v1::RetryPolicy& policy = webhook.retry_policy();
  std::string text = Counted(policy.max_attempts(), "attempt", "attempts");
  if (policy.has_min_backoff() && policy.has_max_backoff()) {
    absl::StrAppend(&text, ", pauses up to ", absl::FormatDuration(FromProto(policy.min_backoff())),
                    ", growing to ", absl::FormatDuration(FromProto(policy.max_backoff())));
  }
  if (policy.multiplier() != 0) absl::StrAppend(&text, ", by ", policy.multiplier(), " each");
  return text;
}

// How it is sent to, as far as that is not the default, for a table's cell.
std::string SendingText(const v1::Webhook& webhook) {
  std::vector<std::string> parts;
  if (webhook.ordered()) parts.emplace_back("ordered");
  if (webhook.has_rate_limit()) parts.push_back(absl::StrCat(webhook.rate_limit().per_second(), "/s"));
  if (webhook.has_retry_policy()) {
    parts.push_back(Counted(webhook.retry_policy().max_attempts(), "attempt", "attempts"));
  }
  return absl::StrJoin(parts, ", ");
}

std::string HeadersText(const v1::Webhook& webhook) {
  const std::map<std::string, std::string> sorted(webhook.headers().begin(), webhook.headers().end());
  return absl::StrJoin(sorted, ", ", [](std::string* out, const auto& header) { *out += header.first; });
}

std::string SigningText(const v1::Webhook& webhook) {
  std::string text = SigningAlgorithmName(webhook.signing_algorithm());
  if (webhook.has_previous_secrets_expire_time()) {
    absl::StrAppend(&text, ", and with the secret before until ",
                    TimeText(webhook.previous_secrets_expire_time()));
  }
  return text;
}

// A webhook that a command answers with; after `validate_only`, one that is only thought of.
int Show(const Session& session, const grpc::Status& status, const v1::Webhook& webhook,
         bool validate_only = false) {
  if (!status.ok()) return session.Fail(status);
  if (validate_only)
    session.terminal.err << "Valid. Nothing was changed; this is what the webhook would be.\n";
  if (session.json) {
    session.terminal.out << ToJson(webhook);
    return kOk;
  }
  PrintFields(
      session.terminal.out,
      {{"Name", webhook.name()},
       {"Display name", webhook.display_name()},
       {"URL", webhook.url()},
       {"Events", EventTypesText(webhook)},
       {"State", StateText(webhook)},
       {"Timeout", webhook.has_timeout() ? absl::FormatDuration(FromProto(webhook.timeout())) : ""},
       {"Ordered", webhook.ordered() ? "yes" : ""},
       {"Concurrency", webhook.max_concurrency() == 0 ? "" : std::to_string(webhook.max_concurrency())},
       {"Rate limit", RateLimitText(webhook.rate_limit())},
       {"Retries", RetriesText(webhook)},
       {"Headers", HeadersText(webhook)},
       {"Basic auth", webhook.has_basic_auth() ? absl::StrCat(webhook.basic_auth().username(), ":***") : ""},
       {"Certificate", webhook.has_client_certificate() ? "shows one of its own" : ""},
       {"Trusts", webhook.tls_ca().empty() ? "" : "certificates of its own"},
       {"Signed with", SigningText(webhook)},
       {"Public key", webhook.signing_public_key()},
       {"Secret", webhook.signing_secret()},
       {"Created", TimeText(webhook.create_time(), true)},
       {"Updated", TimeText(webhook.update_time(), true)},
       {"Etag", webhook.etag()}});
  if (!webhook.signing_secret().empty()) {
    session.terminal.err
        << "The secret is not shown again. Receivers verify with it: try hookctl listen --secret.\n";
  }
  return kOk;
}

// What the commands about one webhook share.
struct OneWebhook {
  std::string webhook;
  std::string etag;
  bool validate_only = false;

  void Add(CLI::App& command) {
    command.add_option("WEBHOOK", webhook, "Id or full name of the webhook")->required()->type_name("");
  }
  void AddEtag(CLI::App& command) {
    command.add_option("--etag", etag, "Only if the webhook still has this etag");
  }
  void AddValidateOnly(CLI::App& command) {
    command.add_flag("--validate-only,--dry-run", validate_only, "Check, but change nothing");
  }
};

void AddCreate(CLI::App& webhooks, Session& session) {
  auto* command =
      webhooks.add_subcommand("create", "Create a webhook; it gets the events accepted from then on");
  struct Flags {
    WebhookFlags webhook;
    std::string id;
    std::string request_id;
    bool validate_only = false;
  };
  auto flags = std::make_shared<Flags>();
  flags->webhook.Add(*command, true);
  command->add_option("--id", flags->id,
                      "Its id: 1 to 63 lower-case letters, digits and hyphens; default: hookd makes one");
  command->add_option("--request-id", flags->request_id,
                      "Create it once, however often this is run; default: a new one");
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
      return Show(session, status, webhook, request.validate_only());
    };
  });
}

void AddGet(CLI::App& webhooks, Session& session) {
  auto* command = webhooks.add_subcommand("get", "Show one webhook");
  auto flags = std::make_shared<OneWebhook>();
  flags->Add(*command);
  command->callback([&session, flags] {
    session.command = [&session, flags] {
      v1::GetWebhookRequest request;
      request.set_name(session.Name("webhooks", flags->webhook));
      v1::Webhook webhook;
      const auto status = session.Call([&](grpc::ClientContext* context) {
        return session.client().webhooks().GetWebhook(context, request, &webhook);
      });
      return Show(session, status, webhook);
    };
  });
}

std::vector<std::string> Cells(const v1::Webhook& webhook) {
  std::string state = webhook.disabled() ? "disabled" : "enabled";
  for (const std::string& text :
       {TimeText(webhook.disable_time()), DisableReasonName(webhook.disable_reason())}) {
    if (!text.empty()) absl::StrAppend(&state, " ", text);
  }
  return {IdOf(webhook.name()),
          state,
          EventTypesText(webhook),
          SendingText(webhook),
          TimeText(webhook.update_time()),
          webhook.display_name(),
          webhook.url()};
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
       .headings = {"WEBHOOK", "STATE", "EVENTS", "SENDING", "UPDATED", "DISPLAY NAME", "URL"},
       .cells = Cells});
}

void AddList(CLI::App& webhooks, Session& session) {
  auto* command = webhooks.add_subcommand("list", "List the webhooks of the project, by id");
  auto options = std::make_shared<PageOptions>();
  AddPageOptions(*command, *options);
  command->callback(
      [&session, options] { session.command = [&session, options] { return List(session, *options); }; });
}

void AddUpdate(CLI::App& webhooks, Session& session) {
  auto* command = webhooks.add_subcommand("update", "Change the fields that are given, and no other");
  struct Flags {
    OneWebhook one;
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
        // What somebody changes in between is not to be lost.
        if (etag.empty()) etag = current.etag();
      }
      for (std::string& path : flags->webhook.Fill(request.mutable_webhook())) {
        request.mutable_update_mask()->add_paths(std::move(path));
      }
      if (request.update_mask().paths().empty()) {
        return session.Fail(kUsage,
                            "nothing to change: give at least one of the webhook's fields (see --help)");
      }
      request.mutable_webhook()->set_name(name);
      request.mutable_webhook()->set_etag(etag);
      request.set_validate_only(flags->one.validate_only);
      v1::Webhook webhook;
      const auto status = session.Call([&](grpc::ClientContext* context) {
        return session.client().webhooks().UpdateWebhook(context, request, &webhook);
      });
      return Show(session, status, webhook, request.validate_only());
    };
  });
}

void AddDelete(CLI::App& webhooks, Session& session) {
  auto* command = webhooks.add_subcommand("delete", "Delete a webhook; its waiting deliveries are canceled");
  auto flags = std::make_shared<OneWebhook>();
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
  auto flags = std::make_shared<OneWebhook>();
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
      return Show(session, status, webhook);
    };
  });
}

void AddRotateSecret(CLI::App& webhooks, Session& session) {
  auto* command = webhooks.add_subcommand(
      "rotate-secret", "Sign with a new secret; the old one signs beside it for the grace period");
  struct Flags {
    OneWebhook one;
    std::string secret;
    std::string algorithm;
    std::string grace_period;
  };
  auto flags = std::make_shared<Flags>();
  flags->one.Add(*command);
  flags->one.AddEtag(*command);
  TakesSecret(
      command->add_option("--signing-secret", flags->secret, "The new one; default: hookd makes one"));
  TakesSigningAlgorithm(command->add_option("--signing-algorithm", flags->algorithm,
                                            "hmac-sha256 or ed25519; default: as before"));
  TakesDuration(command->add_option("--grace-period", flags->grace_period,
                                    "How long the old one goes on signing, 0s to 30d [24h]"));
  SetFooter(*command,
            "Receivers verify with either secret meanwhile: take the new one up within the grace period.\n"
            "With --grace-period 0s the old one ends at once: what a secret that leaked calls for.");
  command->callback([&session, flags] {
    session.command = [&session, flags] {
      v1::RotateSigningSecretRequest request;
      request.set_name(session.Name("webhooks", flags->one.webhook));
      request.set_etag(flags->one.etag);
      if (!flags->secret.empty()) request.set_signing_secret(SecretOf(flags->secret));
      if (!flags->algorithm.empty()) request.set_signing_algorithm(SigningAlgorithmOf(flags->algorithm));
      if (!flags->grace_period.empty()) {
        *request.mutable_grace_period() = ToProto(*ParseDuration(flags->grace_period));
      }
      v1::Webhook webhook;
      const auto status = session.Call([&](grpc::ClientContext* context) {
        return session.client().webhooks().RotateSigningSecret(context, request, &webhook);
      });
      return Show(session, status, webhook);
    };
  });
}

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
  attempt.clear_request_headers();  // they stand above
  PrintAttempt(out, attempt, "  ");
}

void AddTest(CLI::App& webhooks, Session& session) {
  auto* command =
      webhooks.add_subcommand("test", "Send a documented sample to it, now, and say what came of it");
  struct Flags {
    OneWebhook one;
    std::string type;
  };
  auto flags = std::make_shared<Flags>();
  flags->one.Add(*command);
  TakesEventType(
      command->add_option("--type", flags->type, "Which sample; default: the first type the webhook wants"));
  SetFooter(*command,
            "Works on a disabled webhook too. Exits with 7 if the endpoint did not answer with success.");
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

}  // namespace

void AddWebhooks(CLI::App& app, Session& session) {
  auto* webhooks = app.add_subcommand("webhooks", "Manage webhooks, and try them out");
  webhooks->require_subcommand(1);
  AddCreate(*webhooks, session);
  AddList(*webhooks, session);
  AddGet(*webhooks, session);
  AddUpdate(*webhooks, session);
  AddDelete(*webhooks, session);
  AddToggle<v1::EnableWebhookRequest>(*webhooks, session, "enable", "Enable a webhook",
                                      [](auto& stub, auto... call) { return stub.EnableWebhook(call...); });
  AddToggle<v1::DisableWebhookRequest>(*webhooks, session, "disable",
                                       "Disable a webhook; its waiting deliveries are canceled",
                                       [](auto& stub, auto... call) { return stub.DisableWebhook(call...); });
  AddRotateSecret(*webhooks, session);
  AddTest(*webhooks, session);
}

}  // namespace hookctl
