#include <fstream>

#include "tests/unit/client/hookctl_run.h"

namespace hookctl {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

using Stream = hookd::FakeEventService::Stream;

class EmitStreamTest : public HookctlTest {
 protected:
  // Refuses events that were sent at a negative time.
  EmitStreamTest() {
    hookd_.events.stream = [this](grpc::ServerContext*, Stream* calls) {
      v1::StreamEventsRequest request;
      while (calls->Read(&request)) {
        v1::StreamEventsResponse answer = hookd::FakeEventService::Accept(request);
        if (request.event().sent().sent_at() < 0) {
          answer.mutable_error()->ParseFromString(
              hookd::InvalidArgument({{"event.sent.sent_at", "is negative"}}).error_details());
        }
        requests_.push_back(request);
        calls->Write(answer);
      }
      return grpc::Status::OK;
    };
  }

  static std::string Line(int sent_at) {
    return "{\"sent\": {\"sent_at\": " + std::to_string(sent_at) + "}}\n";
  }

  std::vector<v1::StreamEventsRequest> requests_;  // read after hookctl has ended alone
};

TEST_F(EmitStreamTest, SendsEachLineWithItsNumber) {
  const Result result = Hookctl({"emit", "--stream", "-", "--request-id", "r"}, Line(1) + "\n" + Line(2));
  EXPECT_EQ(result.code, kOk) << result.err;
  EXPECT_EQ(result.out, "Emitted 2 events, 4 deliveries; refused 0 lines.\n");
  EXPECT_EQ(result.err, "");
  ASSERT_THAT(requests_, SizeIs(2));
  EXPECT_EQ(requests_[0].parent(), "projects/shop");
  EXPECT_EQ(requests_[0].request_id(), "r-1");
  EXPECT_EQ(requests_[1].request_id(), "r-3");
  EXPECT_EQ(requests_[1].sequence_number(), 3);
  EXPECT_EQ(requests_[1].event().sent().sent_at(), 2);
}

TEST_F(EmitStreamTest, ReadsAFile) {
  const std::string path = testing::TempDir() + "/hookctl_emit_stream_test.ndjson";
  {
    std::ofstream file(path);
    for (int i = 0; i < 1000; ++i) file << Line(i);
  }
  EXPECT_EQ(Hookctl({"emit", path, "--stream"}).out,
            "Emitted 1,000 events, 2,000 deliveries; refused 0 lines.\n");
}

TEST_F(EmitStreamTest, ARefusedLineIsToldAndDoesNotHoldUpTheRest) {
  const Result result = Hookctl({"emit", "--stream", "-"}, Line(1) + Line(-1) + "{\n[]\n" + Line(2));
  EXPECT_EQ(result.code, kInvalidArgument);
  EXPECT_EQ(result.out, "Emitted 2 events, 4 deliveries; refused 3 lines.\n");
  EXPECT_THAT(result.err, AllOf(HasSubstr("line 2: refused: INVALID_ARGUMENT\n  sent.sent_at: is negative\n"),
                                HasSubstr("line 3: refused: INVALID_ARGUMENT: "),
                                HasSubstr("line 4: refused: INVALID_ARGUMENT: a line must be one event\n")));
}

TEST_F(EmitStreamTest, TheExitCodeIsThatOfTheFirstRefusal) {
  hookd_.events.stream = [](grpc::ServerContext*, Stream* calls) {
    v1::StreamEventsRequest request;
    while (calls->Read(&request)) {
      v1::StreamEventsResponse answer;
      answer.set_sequence_number(request.sequence_number());
      answer.mutable_error()->set_code(grpc::StatusCode::RESOURCE_EXHAUSTED);
      answer.mutable_error()->set_message("the disk is full");
      calls->Write(answer);
    }
    return grpc::Status::OK;
  };
  const Result result = Hookctl({"emit", "--stream", "-"}, Line(1));
  EXPECT_EQ(result.code, kUnavailable);
  EXPECT_EQ(result.err, "line 1: refused: RESOURCE_EXHAUSTED: the disk is full\n");
}

TEST_F(EmitStreamTest, AsJsonEachAnswerIsOneLine) {
  const Result result = Hookctl({"emit", "--stream", "-", "-o", "json"}, Line(1) + Line(-1));
  EXPECT_EQ(std::count(result.out.begin(), result.out.end(), '\n'), 2) << result.out;
  EXPECT_EQ(result.out.find(R"({"sequence_number":"1","accepted":{"event":"projects/shop/events/e")"), 0U)
      << result.out;
  EXPECT_THAT(result.out, AllOf(HasSubstr("\n{\"sequence_number\":\"2\",\"error\":{\"code\":3,"),
                                HasSubstr(R"("field":"event.sent.sent_at")")));
}

TEST_F(EmitStreamTest, ABrokenStreamSaysHowToGoOn) {
  hookd_.events.stream = [](grpc::ServerContext*, Stream* calls) {
    v1::StreamEventsRequest request;
    calls->Read(&request);
    calls->Write(hookd::FakeEventService::Accept(request));
    return grpc::Status(grpc::StatusCode::UNAVAILABLE, "the server stops");
  };
  std::string lines;
  for (int i = 0; i < 1000; ++i) lines += Line(i);
  const Result result = Hookctl({"emit", "--stream", "-", "--request-id", "import"}, lines);
  EXPECT_EQ(result.code, kUnavailable);
  EXPECT_EQ(result.out, "Emitted 1 event, 2 deliveries; refused 0 lines.\n");
  EXPECT_THAT(result.err, AllOf(HasSubstr("error: UNAVAILABLE: the server stops\n"),
                                HasSubstr("Answered up to line 1;"), HasSubstr("--request-id import:")));
}

TEST_F(EmitStreamTest, ShowsHowMuchOfAFileIsReadOnATerminalOnly) {
  const std::string path = testing::TempDir() + "/hookctl_emit_stream_progress_test.ndjson";
  std::ofstream(path) << Line(1) << Line(2);
  hookd_.events.stream = [](grpc::ServerContext*, Stream* calls) {
    v1::StreamEventsRequest request;
    while (calls->Read(&request)) {
      absl::SleepFor(absl::Milliseconds(150));  // slow enough to be long work
      calls->Write(hookd::FakeEventService::Accept(request));
    }
    return grpc::Status::OK;
  };
  const Result drawn = Hookctl({"emit", "--stream", path}, "", 0, 80);
  EXPECT_EQ(drawn.code, kOk);
  EXPECT_THAT(drawn.err, AllOf(HasSubstr("\r["), HasSubstr("2 events")));
  EXPECT_EQ(Hookctl({"emit", "--stream", path}).err, "");
}

TEST_F(EmitStreamTest, NeedsAFileThatCanBeRead) {
  EXPECT_EQ(Hookctl({"emit", "--stream", "--sample", "sent"}).code, kUsage);
  EXPECT_EQ(Hookctl({"emit", "--stream", "-", "--dry-run"}, Line(1)).code, kUsage);
  EXPECT_EQ(Hookctl({"emit", "--stream", "/nowhere/at/all.ndjson"}).err,
            "error: /nowhere/at/all.ndjson: No such file or directory\n");
  EXPECT_EQ(Hookctl({"emit", "--stream", "/"}).code, kUsage);
}

TEST_F(EmitStreamTest, ADocumentIsSentAsItIs) {
  hookd_.events.stream = [this](grpc::ServerContext*, Stream* calls) {
    v1::StreamEventsRequest request;
    while (calls->Read(&request)) {
      requests_.push_back(request);
      v1::StreamEventsResponse answer = hookd::FakeEventService::Accept(request);
      if (request.document() == R"({"type":"sent","x":1})") {
        answer.mutable_error()->ParseFromString(
            hookd::InvalidArgument({{"document.x", "is not documented"}}).error_details());
      }
      calls->Write(answer);
    }
    return grpc::Status::OK;
  };
  const Result result = Hookctl({"emit", "--stream", "-", "--request-id", "r"},
                                "{\"type\": \"bounced\"}\n{\"type\":\"sent\",\"x\":1}\n" + Line(3));
  EXPECT_EQ(result.code, kInvalidArgument);
  EXPECT_EQ(result.err, "line 2: refused: INVALID_ARGUMENT\n  x: is not documented\n");
  ASSERT_THAT(requests_, SizeIs(3));
  EXPECT_EQ(requests_[0].document(), "{\"type\": \"bounced\"}");
  EXPECT_FALSE(requests_[0].has_event());
  EXPECT_EQ(requests_[0].parent(), "projects/shop");
  EXPECT_EQ(requests_[0].request_id(), "r-1");
  EXPECT_EQ(requests_[2].event().sent().sent_at(), 3);
}

TEST_F(EmitStreamTest, WarnsAtItsEndOfTypesThatNoWebhookWants) {
  hookd_.events.stream = [](grpc::ServerContext*, Stream* calls) {
    v1::StreamEventsRequest request;
    while (calls->Read(&request)) {
      v1::StreamEventsResponse answer = hookd::FakeEventService::Accept(request);
      if (!request.event().has_sent()) answer.mutable_accepted()->set_webhook_count(0);
      calls->Write(answer);
    }
    return grpc::Status::OK;
  };
  const Result result = Hookctl({"emit", "--stream", "-"},
                                Line(1) + "{\"opened\":{}}\n{\"type\":\"bounced\"}\n{\"opened\":{}}\n");
  EXPECT_EQ(result.code, kOk);
  EXPECT_EQ(result.err, "warning: no enabled webhook of projects/shop subscribes to opened, bounced\n");
  EXPECT_EQ(result.out, "Emitted 4 events, 2 deliveries; refused 0 lines.\n");
}

}  // namespace
}  // namespace hookctl
