// hookctl webhooks rotate-secret.
#include <memory>

#include "hookctl/commands.h"
#include "hookctl/credential_flags.h"
#include "hookctl/values.h"
#include "hookctl/webhook_flags.h"
#include "hookctl/webhook_output.h"

namespace hookctl {

void AddWebhookRotateSecret(CLI::App& webhooks, Session& session) {
  auto* command = webhooks.add_subcommand(
      "rotate-secret", "Sign with a new secret; the old secret also signs for the grace period");
  struct Flags {
    WebhookArguments one;
    std::string secret;
    std::string algorithm;
    std::string grace_period;
  };
  auto flags = std::make_shared<Flags>();
  flags->one.Add(*command);
  flags->one.AddEtag(*command);
  TakesSecret(command->add_option("--signing-secret", flags->secret, "New secret; default: generated"));
  TakesSigningAlgorithm(command->add_option("--signing-algorithm", flags->algorithm,
                                            "hmac-sha256 or ed25519; default: unchanged"));
  TakesDuration(command->add_option("--grace-period", flags->grace_period,
                                    "How long the old secret continues to sign, 0s to 30d [24h]"));
  SetFooter(
      *command,
      "Until the grace period ends, receivers can verify with either secret: configure the new one by then.\n"
      "If a secret leaked, use --grace-period 0s: the old secret stops signing at once.");
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
      return ShowWebhook(session, status, webhook);
    };
  });
}

}  // namespace hookctl
