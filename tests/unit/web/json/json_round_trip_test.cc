// The reader and the writer agree with protobuf's own conversion, for every message of the API.
#include <gmock/gmock.h>
#include <google/protobuf/util/json_util.h>
#include <google/protobuf/util/message_differencer.h>
#include <gtest/gtest.h>

#include <memory>
#include <set>

#include "hookd/v1/admin_service.pb.h"
#include "hookd/v1/delivery_service.pb.h"
#include "hookd/v1/event_service.pb.h"
#include "hookd/v1/samples.h"
#include "hookd/v1/token_service.pb.h"
#include "hookd/v1/webhook_service.pb.h"
#include "tests/unit/web/json/all_kinds.pb.h"
#include "tests/unit/web/json/random_message.h"
#include "web/json/json_reader.h"
#include "web/json/json_writer.h"

namespace hookd {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::Message;
using google::protobuf::util::MessageDifferencer;

// The request and response types of all methods, and one with every kind of field.
std::vector<const Descriptor*> Types() {
  std::set<const Descriptor*> types = {hookd::test::AllKinds::descriptor()};
  for (const auto* file :
       {v1::EmitEventRequest::descriptor()->file(), v1::Webhook::descriptor()->file(),
        v1::CreateWebhookRequest::descriptor()->file(), v1::ListDeliveriesRequest::descriptor()->file(),
        v1::CreateTokenRequest::descriptor()->file(), v1::BackupRequest::descriptor()->file()}) {
    for (int s = 0; s < file->service_count(); ++s) {
      for (int m = 0; m < file->service(s)->method_count(); ++m) {
        types.insert(file->service(s)->method(m)->input_type());
        types.insert(file->service(s)->method(m)->output_type());
      }
    }
  }
  return {types.begin(), types.end()};
}

std::unique_ptr<Message> New(const Descriptor* type) {
  return std::unique_ptr<Message>(
      google::protobuf::MessageFactory::generated_factory()->GetPrototype(type)->New());
}

// Messages with NaN are not equal to themselves; the random ones have none.
void ExpectEqual(const Message& actual, const Message& expected, const std::string& json) {
  EXPECT_TRUE(MessageDifferencer::Equals(actual, expected)) << json << "\n"
                                                            << actual.DebugString() << "\nis not\n"
                                                            << expected.DebugString();
}

constexpr uint32_t kSeeds = 40;

TEST(JsonRoundTripTest, ProtobufReadsWhatIsWritten) {
  ASSERT_GT(Types().size(), 30u);
  for (const Descriptor* type : Types()) {
    for (uint32_t seed = 0; seed < kSeeds; ++seed) {
      const auto message = New(type), read = New(type);
      RandomMessage(seed, true).Fill(*message, 5);
      std::string json;
      WriteJson(*message, json);
      const auto status = google::protobuf::util::JsonStringToMessage(json, read.get());
      ASSERT_TRUE(status.ok()) << type->full_name() << " " << seed << ": " << status.ToString() << "\n"
                               << json;
      ExpectEqual(*read, *message, json);
    }
  }
}

TEST(JsonRoundTripTest, WhatProtobufWritesIsRead) {
  for (const Descriptor* type : Types()) {
    for (uint32_t seed = 0; seed < kSeeds; ++seed) {
      const auto message = New(type), read = New(type);
      RandomMessage(seed, false).Fill(*message, 5);
      google::protobuf::util::JsonPrintOptions options;
      options.preserve_proto_field_names = seed % 2 == 0;
      options.add_whitespace = seed % 3 == 0;
      options.always_print_enums_as_ints = seed % 5 == 0;
      options.always_print_primitive_fields = seed % 7 == 0 && type != hookd::test::AllKinds::descriptor();
      std::string json;
      ASSERT_TRUE(google::protobuf::util::MessageToJsonString(*message, &json, options).ok());
      const absl::Status status = ReadJson(json, "", *read, nullptr);
      ASSERT_TRUE(status.ok()) << type->full_name() << " " << seed << ": " << status << "\n" << json;
      ExpectEqual(*read, *message, json);
    }
  }
}

TEST(JsonRoundTripTest, WhatIsWrittenIsReadAndWrittenTheSame) {
  for (const Descriptor* type : Types()) {
    for (uint32_t seed = 0; seed < kSeeds; ++seed) {
      const auto message = New(type), read = New(type);
      RandomMessage(seed, false).Fill(*message, 5);
      std::string json, again;
      WriteJson(*message, json);
      const absl::Status status = ReadJson(json, "", *read, nullptr);
      ASSERT_TRUE(status.ok()) << type->full_name() << " " << seed << ": " << status << "\n" << json;
      ExpectEqual(*read, *message, json);
      WriteJson(*read, again);
      EXPECT_EQ(again, json);
    }
  }
}

}  // namespace
}  // namespace hookd
