// The delivery engine on fakes: a store in memory, an HTTP client the test answers for, a clock that stands
// still. Not thread-safe.
#ifndef HOOKD_TESTS_UNIT_DELIVERY_TEST_ENGINE_H_
#define HOOKD_TESTS_UNIT_DELIVERY_TEST_ENGINE_H_

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/limits.h"
#include "delivery/engine.h"
#include "gtest/gtest.h"
#include "hookd/v1/event.pb.h"
#include "payload/payload.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fake_cluster.h"
#include "tests/support/fake_http_client.h"
#include "tests/support/fake_random.h"
#include "tests/support/fake_store.h"

namespace hookd {

struct TestEngine {
  // With `shared`, other processes have its store open too, and it holds no shard yet.
  explicit TestEngine(Scheduler::Options scheduler = {}, PendingCounts::Limits waiting = {},
                      bool shared = false)
      : cluster(&store), engine(Make(scheduler, waiting, shared)) {
    EXPECT_TRUE(engine->Start().ok());
  }
  // As the server does: the HTTP client goes first and calls the dispatcher back.
  ~TestEngine() {
    dispatcher->Drain(absl::ZeroDuration());
    http.reset();
  }

  // A new webhook of project p that wants type 1, with these settings besides; its key.
  int64_t Create(const std::string& id, Webhook webhook = {}) {
    webhook.project = "p";
    webhook.id = id;
    webhook.url = "http://" + id + "/";
    webhook.event_types = EventTypes(0b10);
    webhook.timeout = absl::Seconds(5);
    if (webhook.max_concurrency == 0) webhook.max_concurrency = limits::kDefaultMaxConcurrency;
    int64_t key = 0;
    webhooks.Create(webhook, std::nullopt,
                    [&](absl::StatusOr<Webhook> created) { key = created.value().key; });
    return key;
  }

  // Accepts `count` events of type 1 (sent) in project p; their keys.
  std::vector<int64_t> Emit(int count = 1) {
    v1::Event event;
    event.mutable_sent();
    // Shared: an answer may come after this returns, when commits are held.
    auto keys = std::make_shared<std::vector<int64_t>>();
    for (int i = 0; i < count; ++i) {
      acceptor.Accept("p",
                      {{.type = v1::EVENT_TYPE_SENT,
                        .event = event.SerializeAsString(),
                        .json = std::make_shared<std::string>(ToJson(event))}},
                      std::nullopt, [keys](absl::StatusOr<Store::Accepted> accepted) {
                        ASSERT_TRUE(accepted.ok()) << accepted.status();
                        keys->push_back(accepted->events.at(0).key);
                      });
    }
    return *keys;
  }

  // Records that an attempt of a delivery failed, and when it is made again, as a process before this one
  // would have.
  void RecordFailure(int64_t delivery, absl::Time next_attempt) {
    Attempt attempt;
    attempt.error = "no";
    store.RecordOutcome({.delivery_key = delivery,
                         .state = DeliveryState::kPending,
                         .next_attempt_time = next_attempt,
                         .attempt = attempt},
                        [](auto) {});
  }

  void SetDisabled(const std::string& id, bool disabled) {
    Edit(id, [disabled](Webhook& webhook) { webhook.disabled = disabled; });
  }

  void Edit(const std::string& id, const std::function<void(Webhook&)>& edit) {
    webhooks.Update(
        "p", id, "",
        [edit](Webhook& webhook) {
          edit(webhook);
          return absl::OkStatus();
        },
        false, [](absl::StatusOr<Webhook> updated) { ASSERT_TRUE(updated.ok()); });
  }

  Delivery Get(int64_t key) {
    Delivery found;
    store.GetDelivery("p", key, [&](absl::StatusOr<Delivery> delivery) { found = delivery.value(); });
    return found;
  }

  int Count(DeliveryState state) {
    int count = 0;
    store.ListDeliveries(
        {.project = "p", .filter = {.states = {state}}, .limit = 1 << 20, .max_examined = 1 << 20},
        [&](auto page) { count = static_cast<int>(page->deliveries.size()); });
    return count;
  }

  // URLs of the requests that wait for an answer.
  std::vector<std::string> UnderWay() {
    std::vector<std::string> urls;
    for (const HttpRequest& request : http->waiting()) urls.push_back(request.url);
    return urls;
  }

  static HttpResult Status(int status) {
    HttpResult result;
    result.status = status;
    return result;
  }

  // Answers whatever waits, and what comes then, until nothing does.
  void AnswerAllWith(int status) {
    while (http->AnswerNext(Status(status))) {
    }
  }

  std::unique_ptr<Engine> Make(const Scheduler::Options& scheduler, const PendingCounts::Limits& waiting,
                               bool shared) {
    if (shared) store.SetCluster(&cluster);
    return Engine::Create({.store = &store,
                           .http = http.get(),
                           .clock = &clock,
                           .random = &random,
                           .metrics = &metrics,
                           .scheduler = scheduler,
                           .waiting = waiting})
        .value();
  }

  FakeClock clock;
  Metrics metrics;
  FakeRandom random;
  FakeStore store{&clock};
  FakeCluster cluster;
  std::unique_ptr<FakeHttpClient> http = std::make_unique<FakeHttpClient>();
  std::unique_ptr<Engine> engine;
  WebhookTable& table = *engine->table();
  PendingCounts& counts = *engine->counts();
  OutcomeFeed& feed = *engine->feed();
  Dispatcher* const dispatcher = engine->dispatcher();
  Webhooks& webhooks = *engine->webhooks();
  AutoDisable& auto_disable = *engine->auto_disable();
  Acceptor& acceptor = *engine->acceptor();
  Redelivery& redelivery = *engine->redelivery();
};

}  // namespace hookd

#endif  // HOOKD_TESTS_UNIT_DELIVERY_TEST_ENGINE_H_
