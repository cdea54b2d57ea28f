#include "web/stream_format.h"

#include "api/status.h"
#include "base/status.h"
#include "google/protobuf/util/json_util.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "gtest/gtest.h"
#include "hookd/v1/admin_service.pb.h"
#include "hookd/v1/delivery_service.pb.h"
#include "hookd/v1/event_service.pb.h"

namespace hookd {
namespace {

v1::WatchDeliveriesResponse Outcome() {
  v1::WatchDeliveriesResponse response;
  response.mutable_delivery()->set_error("two\nlines\r\n");
  response.mutable_outcome_time()->set_seconds(1'700'000'000);
  response.mutable_outcome_time()->set_nanos(42'000'000);
  return response;
}

TEST(StreamFormatTest, WritesLinesOfJson) {
  const auto format = StreamFormat::Of(Representation::kJsonLines);
  EXPECT_EQ(format->media_type(), "application/x-ndjson");
  EXPECT_EQ(format->Part(Outcome()),
            "{\"result\":{\"delivery\":{\"attemptCount\":0,\"error\":\"two\\nlines\\r\\n\"},"
            "\"outcomeTime\":\"2023-11-14T22:13:20.042Z\"}}\n");
  EXPECT_EQ(format->Part(v1::WatchDeliveriesResponse()), "{\"result\":{}}\n") << "a heartbeat";
}

TEST(StreamFormatTest, WritesServerSentEventsWithIds) {
  const auto format = StreamFormat::Of(Representation::kEventStream);
  EXPECT_EQ(format->media_type(), "text/event-stream");
  EXPECT_EQ(format->Part(Outcome()),
            "id: 2023-11-14T22:13:20.042Z\n"
            "data: {\"delivery\":{\"attemptCount\":0,\"error\":\"two\\nlines\\r\\n\"},"
            "\"outcomeTime\":\"2023-11-14T22:13:20.042Z\"}\n\n");
  EXPECT_EQ(format->Part(v1::WatchDeliveriesResponse()), ": heartbeat\n\n");
  v1::BackupResponse chunk;
  chunk.set_data("abc");
  EXPECT_EQ(format->Part(chunk), "data: {\"data\":\"YWJj\"}\n\n") << "no id: it cannot be resumed";
}

TEST(StreamFormatTest, TheIdOfAnEventWithACursorIsTheCursor) {
  const auto format = StreamFormat::Of(Representation::kEventStream);
  v1::WatchEventsResponse response;
  response.set_cursor("c-1_2");
  EXPECT_EQ(format->Part(response), ": heartbeat\nid: c-1_2\n\n");
  response.mutable_event()->set_name("n");
  EXPECT_EQ(format->Part(response).substr(0, 16), "id: c-1_2\ndata: ");
}

TEST(StreamFormatTest, ACursorReplacesTheStartTime) {
  v1::WatchEventsRequest request;
  request.mutable_start_time()->set_seconds(7);
  EXPECT_TRUE(ResumeFrom("c-1_2", request).ok());
  EXPECT_EQ(request.cursor(), "c-1_2");
  EXPECT_FALSE(request.has_start_time());
}

TEST(StreamFormatTest, WritesTheErrorThatEndsAStream) {
  const absl::Status error = WithDetails(absl::ResourceExhaustedError("too \"slow\"\n"));
  const std::string line = StreamFormat::Of(Representation::kJsonLines)->ErrorPart(error);
  const std::string prefix = "{\"error\":";
  ASSERT_EQ(line.substr(0, prefix.size()), prefix);
  ASSERT_EQ(line.substr(line.size() - 2), "}\n");
  const std::string json = line.substr(prefix.size(), line.size() - prefix.size() - 2);
  google::rpc::Status read;
  ASSERT_TRUE(google::protobuf::util::JsonStringToMessage(json, &read).ok()) << json;
  EXPECT_EQ(read.code(), 8);
  EXPECT_EQ(read.message(), "too \"slow\"\n");
  ASSERT_EQ(read.details_size(), 1);
  EXPECT_TRUE(read.details(0).Is<google::rpc::RetryInfo>());
  EXPECT_EQ(StreamFormat::Of(Representation::kEventStream)->ErrorPart(error),
            "event: error\ndata: " + json + "\n\n");
}

TEST(StreamFormatTest, ResumesFromTheIdOfAnEvent) {
  v1::WatchDeliveriesRequest request;
  request.mutable_start_time()->set_seconds(7);
  EXPECT_TRUE(ResumeFrom("", request).ok());
  EXPECT_EQ(request.start_time().seconds(), 7);
  EXPECT_TRUE(ResumeFrom("2023-11-14T22:13:20.042Z", request).ok());
  EXPECT_EQ(request.start_time().SerializeAsString(), Outcome().outcome_time().SerializeAsString());
}

TEST(StreamFormatTest, RefusesAnIdThatIsNone) {
  v1::WatchDeliveriesRequest request;
  for (const char* id : {"7", "nonsense", "2023-11-14", "2023-11-14T22:13:20.042Z "}) {
    EXPECT_EQ(FieldOf(ResumeFrom(id, request)), "Last-Event-ID") << id;
  }
  v1::BackupRequest backup;
  EXPECT_EQ(FieldOf(ResumeFrom("2023-11-14T22:13:20.042Z", backup)), "Last-Event-ID");
}

}  // namespace
}  // namespace hookd
