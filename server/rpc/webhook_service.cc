#include "rpc/webhook_service.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "base/fingerprint.h"
#include "base/limits.h"
#include "delivery/signing.h"
#include "rpc/caller_trace.h"
#include "rpc/common_fields.h"
#include "rpc/delivery_conversion.h"
#include "rpc/page.h"
#include "rpc/page_token.h"
#include "rpc/status.h"
#include "rpc/unary_call.h"
#include "rpc/webhook_conversion.h"
#include "rpc/webhook_credentials.h"

namespace hookd {
namespace {

absl::Status NoSuchWebhook(absl::string_view name) {
  return absl::NotFoundError(absl::StrCat("there is no ", name));
}

// Answers a call with a webhook, or with why there is none. With `show_secret`, the signing secret too.
template <typename Call>
Webhooks::Done AnswerWithWebhook(Call* call, std::string name, bool show_secret = false) {
  return [call, name = std::move(name), show_secret](absl::StatusOr<Webhook> webhook) {
    if (!webhook.ok()) return call->Fail(ToGrpc(webhook.status(), name));
    ToProto(*webhook, call->response());
    if (show_secret) ShowSigningSecret(*webhook, call->response());
    call->Answer();
  };
}

// The number with every bit of it.
std::string Exactly(double number) { return absl::StrFormat("%a", number); }

// What a caller sets of a webhook that is secret, or about secrets.
std::string CredentialsOf(const Webhook& webhook, const SigningChoice& signing) {
  const BasicAuth auth = webhook.basic_auth.value_or(BasicAuth());
  const ClientCertificate certificate = webhook.client_certificate.value_or(ClientCertificate());
  return absl::StrCat(static_cast<int>(signing.algorithm), "\n", signing.secret.value_or(SigningSecret()).key,
                      "\n", absl::StrJoin(webhook.headers, "\n", absl::PairFormatter(":")), "\n",
                      auth.username, "\n", auth.password, "\n", certificate.certificate_chain, "\n",
                      certificate.private_key, "\n", webhook.tls_ca);
}

// Everything of a webhook that a caller sets: what makes two creates the same.
std::string FingerprintOf(const Webhook& webhook, const SigningChoice& signing) {
  const RateLimit limit = webhook.rate_limit.value_or(RateLimit());
  const RetryPolicy& policy = webhook.retry_policy;
  return Fingerprint(absl::StrCat(
      "CreateWebhook\n", webhook.project, "\n", webhook.id, "\n", webhook.url, "\n",
      webhook.event_types.to_ullong(), "\n", webhook.disabled, "\n", absl::FormatDuration(webhook.timeout),
      "\n", webhook.ordered, "\n", webhook.max_concurrency, "\n", limit.burst, "\n",
      Exactly(limit.per_second), "\n", policy.max_attempts, "\n", absl::FormatDuration(policy.min_backoff),
      "\n", absl::FormatDuration(policy.max_backoff), "\n", Exactly(policy.multiplier), "\n",
      CredentialsOf(webhook, signing), "\n", webhook.display_name));
}

// What a person can do about a test that failed.
absl::string_view Advice(absl::string_view error) {
  if (absl::StrContains(error, "--egress_allow")) return "";  // it says what to do
  if (absl::StartsWith(error, "could not resolve")) return " Is the host name in the URL right?";
  if (absl::StartsWith(error, "could not connect"))
    return " Is something listening there, and reachable from hookd?";
  if (absl::StartsWith(error, "timed out"))
    return " Answer first, with a 2xx status, and do the work afterwards.";
  if (absl::StartsWith(error, "TLS")) return " Look at the endpoint's certificate.";
  if (absl::StrContains(error, "redirects are not followed"))
    return " Use the final URL as the webhook's URL.";
  if (absl::StrContains(error, "status")) return " Answer with a 2xx status once the event is taken.";
  return "";
}

std::string Explain(const Attempt& attempt) {
  const std::string took = absl::FormatDuration(absl::Floor(
      attempt.total, attempt.total < absl::Milliseconds(10) ? absl::Microseconds(1) : absl::Milliseconds(1)));
  if (attempt.error.empty()) {
    return absl::StrCat("The endpoint took it: it answered with status ", attempt.response_status, " after ",
                        took, ".");
  }
  return absl::StrCat("The test failed after ", took, ": ", attempt.error, ".", Advice(attempt.error));
}

v1::EventType FirstType(const Webhook& webhook) {
  size_t type = 1;
  while (type < webhook.event_types.size() - 1 && !webhook.event_types[type]) ++type;
  return static_cast<v1::EventType>(type);
}

}  // namespace

void WebhookService::CheckEgress(const std::string& url, FieldViolations& violations) const {
  if (url.empty()) return;
  const absl::Status status = egress_->CheckUrl(url);
  if (!status.ok()) violations.Add("webhook.url", status.message());
}

grpc::ServerUnaryReactor* WebhookService::CreateWebhook(grpc::CallbackServerContext* context,
                                                        const grpc::ByteBuffer* request,
                                                        grpc::ByteBuffer* response) {
  using Call = UnaryCall<v1::CreateWebhookRequest, v1::Webhook>;
  return Call::Start(callers_, Role::kManage, context, request, response, [this](Call* call) {
    const v1::CreateWebhookRequest& create = call->request();
    FieldViolations violations;
    Webhook webhook;
    SigningChoice signing;
    if (create.has_webhook()) {
      webhook = ReadWebhook(WebhookFields(), create.webhook(), clock_->Now(), violations);
      CheckEgress(webhook.url, violations);
      RequireCredentials(webhook, violations);
      signing = ReadSigningChoice(create.webhook().signing_secret(), create.webhook().signing_algorithm(),
                                  SigningAlgorithm::kHmacSha256, "webhook.", violations);
    } else {
      violations.Add("webhook", "is required");
    }
    webhook.project = ReadParent(create.parent(), violations);
    webhook.id = create.webhook_id();
    if (!webhook.id.empty() && !IsValidId(webhook.id)) {
      violations.Add("webhook_id", kIdRule);
    }
    CheckRequestId(create.request_id(), violations);
    if (!violations.empty()) return call->Fail(violations.ToStatus());

    const std::string name = webhook.id.empty() ? "" : WebhookName(webhook.project, webhook.id);
    if (create.validate_only()) {
      if (!webhook.id.empty() && webhooks_->Get(webhook.project, webhook.id) != nullptr) {
        return call->Fail(
            ToGrpc(absl::AlreadyExistsError(absl::StrCat("there is a ", name, " already")), name));
      }
      ToProto(webhook, call->response());
      return call->Answer();
    }
    std::optional<RequestId> request_id;
    if (!create.request_id().empty()) {
      request_id = RequestId{.id = create.request_id(), .fingerprint = FingerprintOf(webhook, signing)};
    }
    webhook.signing_secrets = {signing.Secret()};
    webhooks_->Create(std::move(webhook), std::move(request_id),
                      AnswerWithWebhook(call, name, /*show_secret=*/true));
  });
}

grpc::ServerUnaryReactor* WebhookService::GetWebhook(grpc::CallbackServerContext* context,
                                                     const grpc::ByteBuffer* request,
                                                     grpc::ByteBuffer* response) {
  using Call = UnaryCall<v1::GetWebhookRequest, v1::Webhook>;
  return Call::Start(callers_, Role::kRead, context, request, response, [this](Call* call) {
    FieldViolations violations;
    const ResourceName name = ReadWebhookName(call->request().name(), "name", violations);
    if (!violations.empty()) return call->Fail(violations.ToStatus());
    const auto webhook = webhooks_->Get(name.project, name.id);
    if (webhook == nullptr)
      return call->Fail(ToGrpc(NoSuchWebhook(call->request().name()), call->request().name()));
    ToProto(*webhook, call->response());
    call->Answer();
  });
}

grpc::ServerUnaryReactor* WebhookService::ListWebhooks(grpc::CallbackServerContext* context,
                                                       const grpc::ByteBuffer* request,
                                                       grpc::ByteBuffer* response) {
  using Call = UnaryCall<v1::ListWebhooksRequest, v1::ListWebhooksResponse>;
  return Call::Start(callers_, Role::kRead, context, request, response, [this](Call* call) {
    const v1::ListWebhooksRequest& list = call->request();
    FieldViolations violations;
    const std::string project = ReadParent(list.parent(), violations);
    const int size = ReadPageSize(list.page_size(), violations);
    const std::string query = absl::StrCat("ListWebhooks\n", project);
    const auto after_id = ReadToken(query, list.page_token(), violations);
    if (!violations.empty()) return call->Fail(violations.ToStatus());

    // One more than the page tells whether there is another.
    const auto found = webhooks_->List(project, after_id.value_or(""), size + 1);
    const size_t count = FillPage(found.size(), size, *call->response().mutable_webhooks(),
                                  [&found](size_t i, v1::Webhook& proto) { ToProto(*found[i], proto); });
    if (count < found.size())
      call->response().set_next_page_token(MakePageToken(query, found[count - 1]->id));
    call->Answer();
  });
}

grpc::ServerUnaryReactor* WebhookService::UpdateWebhook(grpc::CallbackServerContext* context,
                                                        const grpc::ByteBuffer* request,
                                                        grpc::ByteBuffer* response) {
  using Call = UnaryCall<v1::UpdateWebhookRequest, v1::Webhook>;
  return Call::Start(callers_, Role::kManage, context, request, response, [this](Call* call) {
    const v1::UpdateWebhookRequest& update = call->request();
    FieldViolations violations;
    const ResourceName name = ReadWebhookName(update.webhook().name(), "webhook.name", violations);
    const auto stored = webhooks_->Get(name.project, name.id);
    WebhookUpdate changes = ReadUpdate(update.update_mask(), update.webhook(), stored.get(), violations);
    const absl::Time now = clock_->Now();
    Webhook values = ReadWebhook(
        changes.fields, FillParts(changes.parts, update.webhook(), stored == nullptr ? Webhook() : *stored),
        now, violations);
    CheckEgress(values.url, violations);
    // A mask that lists its fields leaves the rest of `webhook` out of it.
    const auto& paths = update.update_mask().paths();
    if (stored != nullptr && (paths.empty() || paths[0] == "*")) {
      CheckSigningIsKept(update.webhook(), *stored, violations);
    }
    if (!violations.empty()) return call->Fail(violations.ToStatus());

    webhooks_->Update(
        name.project, name.id, update.webhook().etag(),
        [changes = std::move(changes), given = update.webhook(), values = std::move(values),
         now](Webhook& webhook) mutable {
          if (!changes.parts.paths().empty()) {
            // Read again, as the parts that are kept are those of now.
            FieldViolations changed;
            values = ReadWebhook(changes.fields, FillParts(changes.parts, given, webhook), now, changed);
            if (!changed.empty()) {
              return absl::AbortedError("the webhook was changed at the same time: try again");
            }
          }
          absl::Status copied;
          for (const WebhookField& field : changes.fields) copied.Update(field.copy(values, webhook));
          copied.Update(CheckOneAuthorization(webhook));
          return copied;
        },
        update.validate_only(), AnswerWithWebhook(call, update.webhook().name()));
  });
}

grpc::ServerUnaryReactor* WebhookService::DeleteWebhook(grpc::CallbackServerContext* context,
                                                        const grpc::ByteBuffer* request,
                                                        grpc::ByteBuffer* response) {
  using Call = UnaryCall<v1::DeleteWebhookRequest, google::protobuf::Empty>;
  return Call::Start(callers_, Role::kManage, context, request, response, [this](Call* call) {
    const v1::DeleteWebhookRequest& remove = call->request();
    FieldViolations violations;
    const ResourceName name = ReadWebhookName(remove.name(), "name", violations);
    if (!violations.empty()) return call->Fail(violations.ToStatus());
    webhooks_->Delete(name.project, name.id, remove.etag(), remove.validate_only(),
                      [call, asked = remove.name()](absl::StatusOr<Webhook> webhook) {
                        if (!webhook.ok()) return call->Fail(ToGrpc(webhook.status(), asked));
                        call->Answer();
                      });
  });
}

template <typename Request>
grpc::ServerUnaryReactor* WebhookService::SetDisabled(bool disabled, grpc::CallbackServerContext* context,
                                                      const grpc::ByteBuffer* request,
                                                      grpc::ByteBuffer* response) {
  using Call = UnaryCall<Request, v1::Webhook>;
  return Call::Start(callers_, Role::kManage, context, request, response, [this, disabled](Call* call) {
    FieldViolations violations;
    const ResourceName name = ReadWebhookName(call->request().name(), "name", violations);
    if (!violations.empty()) return call->Fail(violations.ToStatus());
    webhooks_->Update(
        name.project, name.id, call->request().etag(),
        [disabled, now = clock_->Now()](Webhook& webhook) {
          hookd::SetDisabled(webhook, disabled, DisableReason::kRequested, now);
          return absl::OkStatus();
        },
        /*validate_only=*/false, AnswerWithWebhook(call, call->request().name()));
  });
}

grpc::ServerUnaryReactor* WebhookService::EnableWebhook(grpc::CallbackServerContext* context,
                                                        const grpc::ByteBuffer* request,
                                                        grpc::ByteBuffer* response) {
  return SetDisabled<v1::EnableWebhookRequest>(false, context, request, response);
}

grpc::ServerUnaryReactor* WebhookService::DisableWebhook(grpc::CallbackServerContext* context,
                                                         const grpc::ByteBuffer* request,
                                                         grpc::ByteBuffer* response) {
  return SetDisabled<v1::DisableWebhookRequest>(true, context, request, response);
}

grpc::ServerUnaryReactor* WebhookService::RotateSigningSecret(grpc::CallbackServerContext* context,
                                                              const grpc::ByteBuffer* request,
                                                              grpc::ByteBuffer* response) {
  using Call = UnaryCall<v1::RotateSigningSecretRequest, v1::Webhook>;
  return Call::Start(callers_, Role::kManage, context, request, response, [this](Call* call) {
    const v1::RotateSigningSecretRequest& rotate = call->request();
    FieldViolations violations;
    const ResourceName name = ReadWebhookName(rotate.name(), "name", violations);
    absl::Duration grace_period = limits::kDefaultSecretGracePeriod;
    if (rotate.has_grace_period()) {
      grace_period = ReadDuration(rotate.grace_period(), absl::ZeroDuration(), limits::kMaxSecretGracePeriod,
                                  "grace_period", violations)
                         .value_or(grace_period);
    }
    const auto webhook = webhooks_->Get(name.project, name.id);
    const bool signs = webhook != nullptr && !webhook->signing_secrets.empty();
    const SigningChoice signing = ReadSigningChoice(
        rotate.signing_secret(), rotate.signing_algorithm(),
        signs ? webhook->signing_secrets.front().algorithm : SigningAlgorithm::kHmacSha256, "", violations);
    if (!violations.empty()) return call->Fail(violations.ToStatus());
    webhooks_->Update(
        name.project, name.id, rotate.etag(),
        [secret = signing.Secret(), grace_period, now = clock_->Now()](Webhook& edited) {
          return ReplaceSigningSecret(edited.signing_secrets, secret, grace_period, now);
        },
        /*validate_only=*/false, AnswerWithWebhook(call, rotate.name(), /*show_secret=*/true));
  });
}

grpc::ServerUnaryReactor* WebhookService::TestWebhook(grpc::CallbackServerContext* context,
                                                      const grpc::ByteBuffer* request,
                                                      grpc::ByteBuffer* response) {
  using Call = UnaryCall<v1::TestWebhookRequest, v1::TestWebhookResponse>;
  return Call::Start(callers_, Role::kManage, context, request, response, [this, context](Call* call) {
    const v1::TestWebhookRequest& test = call->request();
    FieldViolations violations;
    const ResourceName name = ReadWebhookName(test.name(), "name", violations);
    if (!v1::EventType_IsValid(test.event_type())) {
      violations.Add("event_type",
                     absl::StrCat(int{test.event_type()}, " is not a type of event: see hookd.v1.EventType"));
    }
    if (!violations.empty()) return call->Fail(violations.ToStatus());
    const auto webhook = webhooks_->Get(name.project, name.id);
    if (webhook == nullptr) return call->Fail(ToGrpc(NoSuchWebhook(test.name()), test.name()));

    const v1::EventType type =
        test.event_type() == v1::EVENT_TYPE_UNSPECIFIED ? FirstType(*webhook) : test.event_type();
    auto place = tests_.Take({absl::StrCat("projects/", name.project), call->access().Holder()});
    if (!place.ok()) return call->Fail(ToGrpc(place.status()));
    const auto trace = CallerTrace(*context);
    const auto done = [call, type, place = *std::move(place)](absl::StatusOr<Tester::Result> result) {
      if (!result.ok()) return call->Fail(ToGrpc(result.status()));
      v1::TestWebhookResponse& answer = call->response();
      answer.set_success(result->attempt.error.empty());
      answer.set_message(Explain(result->attempt));
      answer.set_event_type(type);
      answer.mutable_request()->set_url(result->request.url);
      for (const auto& [header, value] : result->request.headers) {
        (*answer.mutable_request()->mutable_headers())[header] = value;
      }
      answer.mutable_request()->set_body(*result->request.body);
      result->attempt.request_headers = std::move(result->request.headers);
      ToProto(result->attempt, *answer.mutable_attempt());
      call->Answer();
    };
    tester_->Test(*webhook, type, trace.get(), done);
  });
}

}  // namespace hookd
