#include <fstream>

#include "tests/unit/client/hookctl_run.h"

namespace hookctl {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

class EmitTest : public HookctlTest {
 protected:
  // Every event goes to two webhooks.
  EmitTest() {
    hookd_.events.emit.Set([](const v1::EmitEventRequest&, v1::EmitEventResponse* response) {
      response->set_event("projects/shop/events/one");
      response->set_webhook_count(2);
      return grpc::Status::OK;
    });
    hookd_.events.batch.Set(
        [](const v1::BatchEmitEventsRequest& request, v1::BatchEmitEventsResponse* response) {
          for (int i = 0; i < request.requests_size(); ++i) {
            auto* each = response->add_responses();
            each->set_event("projects/shop/events/e" + std::to_string(i));
            each->set_webhook_count(2);
          }
          return grpc::Status::OK;
        });
  }

  static std::string Lines(int count) {
    std::string lines;
    for (int i = 0; i < count; ++i) lines += "{\"sent\": {\"sent_at\": " + std::to_string(i) + "}}\n";
    return lines;
  }
};

TEST_F(EmitTest, OneEventFromStdinIsOneCall) {
  const Result result = Hookctl({"emit", "-", "--request-id", "r1"}, R"({"sent": {"sent_at": 7}})");
  EXPECT_EQ(result.code, kOk) << result.err;
  EXPECT_EQ(result.out,
            "EVENT  TYPE  EMITTED  WEBHOOKS\n"
            "one    sent  -        2\n"
            "Emitted 1 event, 2 deliveries.\n");
  ASSERT_THAT(hookd_.events.emit.requests(), SizeIs(1));
  const auto request = hookd_.events.emit.requests()[0];
  EXPECT_EQ(request.parent(), "projects/shop");
  EXPECT_EQ(request.request_id(), "r1");
  EXPECT_EQ(request.event().sent().sent_at(), 7);
  EXPECT_THAT(hookd_.events.batch.requests(), IsEmpty());
}

TEST_F(EmitTest, ReadsAFile) {
  const std::string path = testing::TempDir() + "/hookctl_emit_test.json";
  std::ofstream(path) << Lines(2);
  EXPECT_EQ(Hookctl({"emit", path}).code, kOk);
  EXPECT_THAT(hookd_.events.batch.requests()[0].requests(), SizeIs(2));
}

TEST_F(EmitTest, EverySampleIsOneBatch) {
  const Result result = Hookctl({"emit", "--sample", "all", "--sample", "sent"});
  EXPECT_EQ(result.code, kOk) << result.err;
  ASSERT_THAT(hookd_.events.batch.requests(), SizeIs(1));
  const auto request = hookd_.events.batch.requests()[0];
  EXPECT_THAT(request.requests(), SizeIs(13));
  EXPECT_THAT(request.request_id(), SizeIs(36));
  EXPECT_EQ(request.requests(5).event().bounced().bounce_code(), 550);
  EXPECT_THAT(result.out, HasSubstr("Emitted 13 events, 26 deliveries.\n"));
}

TEST_F(EmitTest, MoreThanAThousandGoInSeveralBatchesOfRepeatableIds) {
  const Result result = Hookctl({"emit", "-", "--request-id", "import"}, Lines(2500));
  EXPECT_EQ(result.code, kOk) << result.err;
  const auto requests = hookd_.events.batch.requests();
  ASSERT_THAT(requests, SizeIs(3));
  EXPECT_THAT(requests[0].requests(), SizeIs(1000));
  EXPECT_THAT(requests[2].requests(), SizeIs(500));
  EXPECT_EQ(requests[2].requests(0).event().sent().sent_at(), 2000);
  EXPECT_EQ(requests[0].request_id(), "import-1");
  EXPECT_EQ(requests[2].request_id(), "import-3");
  EXPECT_EQ(result.out, "Emitted 2,500 events, 5,000 deliveries.\n");
}

TEST_F(EmitTest, BatchesStayUnderTheSizeOfAMessage) {
  std::string lines;
  for (int i = 0; i < 100; ++i) {
    lines += R"({"complained": {"event": {"data": {"text": ")" + std::string(200000, 'x') + "\"}}}}\n";
  }
  const Result result = Hookctl({"emit", "-"}, lines);
  EXPECT_EQ(result.code, kOk) << result.err;
  EXPECT_THAT(hookd_.events.batch.requests(), SizeIs(2));
}

TEST_F(EmitTest, ViolationsNameTheEventOfTheInput) {
  hookd_.events.batch.Set(
      [](const v1::BatchEmitEventsRequest& request, v1::BatchEmitEventsResponse* response) {
        if (request.requests_size() == 1000) {
          for (int i = 0; i < 1000; ++i) response->add_responses()->set_webhook_count(1);
          return grpc::Status::OK;
        }
        return hookd::InvalidArgument(
            {{"requests[4].event.sent.sent_at", "is negative"}, {"parent", "is wrong"}});
      });
  const Result result = Hookctl({"emit", "-"}, "\n" + Lines(1500));
  EXPECT_EQ(result.code, kInvalidArgument);
  EXPECT_THAT(result.err,
              HasSubstr("\n  event 1005 (line 1006): sent.sent_at: is negative\n  parent: is wrong\n"));
  EXPECT_THAT(result.err, HasSubstr("Events 1001 to 1500 of 1500 failed; earlier events were emitted"));
  EXPECT_EQ(result.out, "Emitted 1,000 events, 1,000 deliveries.\n");
}

TEST_F(EmitTest, BadInputEmitsNothing) {
  const Result result = Hookctl({"emit", "-"}, Lines(1) + "{\"sent\": {\"sent_at\": \"soon\"}}");
  EXPECT_EQ(result.code, kUsage);
  EXPECT_THAT(result.err, HasSubstr("error: stdin: line 2: event 2: "));
  EXPECT_THAT(hookd_.events.emit.requests(), IsEmpty());
  EXPECT_THAT(hookd_.events.batch.requests(), IsEmpty());
}

TEST_F(EmitTest, NeedsAnInputAndOneAlone) {
  EXPECT_EQ(Hookctl({"emit"}).code, kUsage);
  EXPECT_EQ(Hookctl({"emit", "-", "--sample", "sent"}, Lines(1)).code, kUsage);
  EXPECT_EQ(Hookctl({"emit", "-"}, "").code, kUsage);
  EXPECT_EQ(Hookctl({"emit", "--sample", "sentt"}).code, kUsage);
  const Result missing = Hookctl({"emit", "/nowhere/at/all.json"});
  EXPECT_EQ(missing.code, kUsage);
  EXPECT_EQ(missing.err, "error: /nowhere/at/all.json: No such file or directory\n");
  const Result folder = Hookctl({"emit", "/tmp"});
  EXPECT_EQ(folder.code, kUsage);
  EXPECT_EQ(folder.err, "error: /tmp: Is a directory\n");
}

TEST_F(EmitTest, ValidateOnlyEmitsNothingAndSaysSo) {
  const Result result = Hookctl({"emit", "--sample", "sent,opened", "--validate-only"});
  EXPECT_TRUE(hookd_.events.batch.requests()[0].validate_only());
  EXPECT_EQ(result.out, "Valid, not emitted: 2 events, 4 deliveries.\n");
}

TEST_F(EmitTest, JsonHasTheSameShapeForOneAndForMany) {
  const Result one = Hookctl({"emit", "-", "-o", "json"}, Lines(1));
  EXPECT_EQ(one.out.find("{\n \"responses\": [\n  {\n   \"event\": \"projects/shop/events/one\""), 0U)
      << one.out;
  const Result many = Hookctl({"emit", "-", "-o", "json"}, Lines(2));
  EXPECT_EQ(many.out.find("{\n \"responses\": [\n"), 0U) << many.out;
  EXPECT_THAT(many.out, Not(HasSubstr("Emitted")));
}

TEST_F(EmitTest, ShowsTheProgressOfManyBatchesOnATerminalOnly) {
  hookd_.events.batch.Set(
      [](const v1::BatchEmitEventsRequest& request, v1::BatchEmitEventsResponse* response) {
        absl::SleepFor(absl::Milliseconds(150));  // slow enough to be long work
        for (int i = 0; i < request.requests_size(); ++i) response->add_responses()->set_webhook_count(1);
        return grpc::Status::OK;
      });
  const Result drawn = Hookctl({"emit", "-"}, Lines(1500), 0, 80);
  EXPECT_EQ(drawn.code, kOk);
  EXPECT_THAT(drawn.err, AllOf(HasSubstr("\r[#############.......]  66%  1,000 events"),
                               HasSubstr("1,500 events"), testing::EndsWith("\r\x1b[K")));
  EXPECT_EQ(Hookctl({"emit", "-"}, Lines(1500)).err, "");
}

// --- Documented JSON ---

constexpr char kBounced[] = R"({
    "bounced_at":1435016238,
    "type":"bounced",
    "user": {"id":9007199254740993}
})";

TEST_F(EmitTest, ADocumentIsSentAsItIs) {
  const std::string path = testing::TempDir() + "/hookctl_emit_test_bounced.json";
  std::ofstream(path) << kBounced;
  const Result result = Hookctl({"emit", path});
  EXPECT_EQ(result.code, kOk) << result.err;
  EXPECT_THAT(result.out, HasSubstr("one    bounced  -        2\n"));
  const auto request = hookd_.events.emit.requests().at(0);
  EXPECT_EQ(request.document(), kBounced);
  EXPECT_FALSE(request.has_event());
}

TEST_F(EmitTest, AnArrayOfDocumentsIsABatch) {
  const Result result = Hookctl({"emit", "-"}, "[" + std::string(kBounced) + R"(, {"sent": {}}])");
  EXPECT_EQ(result.code, kOk) << result.err;
  const auto request = hookd_.events.batch.requests().at(0);
  ASSERT_THAT(request.requests(), SizeIs(2));
  EXPECT_EQ(request.requests(0).document(), kBounced);
  EXPECT_FALSE(request.requests(0).has_event());
  EXPECT_TRUE(request.requests(1).event().has_sent());
  EXPECT_EQ(request.requests(1).document(), "");
}

TEST_F(EmitTest, ViolationsOfDocumentsNameTheEventOfTheInput) {
  hookd_.events.batch.Set([](const v1::BatchEmitEventsRequest&, v1::BatchEmitEventsResponse*) {
    return hookd::InvalidArgument(
        {{"requests[1].document.campaign.trigger-event", "expected a string, got 12"}});
  });
  const Result result = Hookctl({"emit", "-"}, "{\"type\":\"sent\"}\n{\"type\":\"sent\"}");
  EXPECT_EQ(result.code, kInvalidArgument);
  EXPECT_THAT(result.err,
              HasSubstr("\n  event 2 (line 2): campaign.trigger-event: expected a string, got 12\n"));
}

TEST_F(EmitTest, BatchesOfDocumentsStayUnderTheSizeOfAMessage) {
  std::string lines;
  for (int i = 0; i < 100; ++i) lines += R"({"type":"sent","x":")" + std::string(200000, 'x') + "\"}\n";
  EXPECT_EQ(Hookctl({"emit", "-"}, lines).code, kOk);
  EXPECT_THAT(hookd_.events.batch.requests(), SizeIs(2));
}

// --- Events that no webhook wants ---

TEST_F(EmitTest, WarnsIfNoWebhookWantsTheEvent) {
  v1::EmitEventResponse none;
  none.set_event("projects/shop/events/one");
  hookd_.events.emit.Respond(none);
  for (const char* input : {kBounced, R"({"bounced": {}})"}) {
    const Result result = Hookctl({"emit", "-"}, input);
    EXPECT_EQ(result.code, kOk);
    EXPECT_EQ(result.err, "warning: no enabled webhook of projects/shop subscribes to bounced\n");
    EXPECT_THAT(result.out, HasSubstr("Emitted 1 event, 0 deliveries.\n"));
  }
  const Result json = Hookctl({"emit", "-", "-o", "json", "--validate-only"}, kBounced);
  EXPECT_EQ(json.err,
            "{\"warning\":{\"message\":\"no enabled webhook of projects/shop subscribes to bounced\"}}\n");
  EXPECT_THAT(json.out, Not(HasSubstr("warning")));
}

TEST_F(EmitTest, WarnsOfEachTypeOfABatchOnce) {
  hookd_.events.batch.Set(
      [](const v1::BatchEmitEventsRequest& request, v1::BatchEmitEventsResponse* response) {
        for (const auto& each : request.requests()) {
          response->add_responses()->set_webhook_count(each.event().has_opened() ? 1 : 0);
        }
        return grpc::Status::OK;
      });
  const Result result = Hookctl({"emit", "-"}, R"({"sent":{}} {"opened":{}} {"sent":{}} {"type":"bounced"})");
  EXPECT_EQ(result.code, kOk);
  EXPECT_EQ(result.err, "warning: no enabled webhook of projects/shop subscribes to sent, bounced\n");
  EXPECT_EQ(Hookctl({"emit", "-"}, R"([{"opened":{}}, {"opened":{}}])").err, "");
}

}  // namespace
}  // namespace hookctl
