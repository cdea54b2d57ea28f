// The parts of an event's way that are CPU alone.
#include <benchmark/benchmark.h>

#include "absl/strings/str_cat.h"
#include "api/conversion/page_token.h"
#include "delivery/attempts/signing.h"
#include "delivery/statistics/tallies.h"
#include "delivery/webhook_table.h"
#include "payload/payload.h"

namespace hookd {
namespace {

void Payload(benchmark::State& state) {
  const v1::Event& event = Sample(static_cast<v1::EventType>(state.range(0)));
  state.SetLabel(TypeName(TypeOf(event)));
  for (auto _ : state) benchmark::DoNotOptimize(ToJson(event));
}
BENCHMARK(Payload)->DenseRange(1, kLastEventType);

void Signature(benchmark::State& state) {
  const auto algorithm = static_cast<SigningAlgorithm>(state.range(0));
  state.SetLabel(algorithm == SigningAlgorithm::kHmacSha256 ? "v1" : "v1a");
  const std::vector<SigningSecret> secrets = {NewSigningSecret(algorithm)};
  const std::string body = ToJson(Sample(v1::EVENT_TYPE_SENT));
  const absl::Time now = absl::FromUnixSeconds(1'700'000'000);
  for (auto _ : state) benchmark::DoNotOptimize(SignatureHeader(secrets, "06cdtz3n80h40", now, body));
}
BENCHMARK(Signature)->DenseRange(1, 2);

// Which webhooks an event goes to, of a project with so many, one of which wants it.
void Matching(benchmark::State& state) {
  WebhookTable table;
  std::vector<Webhook> webhooks(static_cast<size_t>(state.range(0)));
  for (size_t i = 0; i < webhooks.size(); ++i) {
    webhooks[i].key = static_cast<int64_t>(i + 1);
    webhooks[i].project = "p";
    webhooks[i].id = absl::StrCat("w", i);
    webhooks[i].event_types.set(i == 0 ? v1::EVENT_TYPE_SENT : v1::EVENT_TYPE_FAILED);
  }
  table.Put(std::move(webhooks));
  for (auto _ : state) {
    benchmark::DoNotOptimize(table.Wanting("p", v1::EVENT_TYPE_SENT));
  }
}
BENCHMARK(Matching)->Arg(1)->Arg(1000)->Arg(100'000);

// Counting an event of one webhook and its outcome, of that many webhooks in turn; 1,000 events a second.
void Counting(benchmark::State& state) {
  Tallies tallies;
  const CountedOutcome outcome{.state = DeliveryState::kDelivered, .attempt = StatsCount::k2xx};
  int64_t event = 0;
  for (auto _ : state) {
    const int64_t webhook = (event % state.range(0) + 1) << 20, minute = event / 60'000;
    const int of_webhook = StatsPartitionOfWebhook(webhook), of_project = StatsPartitionOfProject("p");
    tallies.CountEvent(of_project, {"p", 1}, minute, true);
    tallies.CountMatch(of_webhook, webhook, minute);
    CountedOutcome counted = outcome;
    counted.latency = absl::Microseconds(1000 + event * 7919 % 50'000);
    tallies.CountOutcome(of_project, {"p", 1}, minute, counted);
    tallies.CountOutcome(of_webhook, webhook, minute, counted);
    ++event;
  }
}
BENCHMARK(Counting)->Arg(1)->Arg(1000)->Arg(100'000);

void PageToken(benchmark::State& state) {
  for (auto _ : state) {
    benchmark::DoNotOptimize(ReadPageToken("a query", MakePageToken("a query", "06cdtz3n80h40")));
  }
}
BENCHMARK(PageToken);

}  // namespace
}  // namespace hookd
