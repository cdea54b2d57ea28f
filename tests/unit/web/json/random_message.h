// Fills messages with random values, for tests of conversions. Not thread-safe.
#ifndef HOOKD_TESTS_UNIT_WEB_JSON_RANDOM_MESSAGE_H_
#define HOOKD_TESTS_UNIT_WEB_JSON_RANDOM_MESSAGE_H_

#include <random>
#include <string>

#include "google/protobuf/message.h"
#include "google/protobuf/struct.pb.h"

namespace hookd {

class RandomMessage {
 public:
  // `anys` says whether fields of the type google.protobuf.Any get a value.
  RandomMessage(uint32_t seed, bool anys) : random_(seed), anys_(anys) {}

  // Sets about half of the fields, of messages at most `depth` levels deep, to values that JSON can have. The
  // same seed gives the same messages.
  void Fill(google::protobuf::Message& message, int depth);

 private:
  int64_t Number(int64_t min, int64_t max);
  bool Chance(int percent) { return Number(1, 100) <= percent; }
  std::string Text();
  double Double();
  void FillField(const google::protobuf::FieldDescriptor* field, google::protobuf::Message& message,
                 int depth);
  void FillValue(google::protobuf::Value& value, int depth);
  // Returns whether the message is of a well-known type, after filling it.
  bool FillWellKnown(google::protobuf::Message& message, int depth);

  std::mt19937 random_;
  const bool anys_;
};

}  // namespace hookd

#endif  // HOOKD_TESTS_UNIT_WEB_JSON_RANDOM_MESSAGE_H_
