// Converts deliveries, attempts, times and durations to the messages of the API. Thread-safe; no state.
#ifndef HOOKD_API_CONVERSION_DELIVERY_CONVERSION_H_
#define HOOKD_API_CONVERSION_DELIVERY_CONVERSION_H_

#include <string>

#include "absl/time/time.h"
#include "google/protobuf/duration.pb.h"
#include "google/protobuf/timestamp.pb.h"
#include "hookd/v1/delivery.pb.h"
#include "store/records.h"

namespace hookd {

void ToProto(absl::Time time, google::protobuf::Timestamp& proto);
void ToProto(absl::Duration duration, google::protobuf::Duration& proto);
void ToProto(const Attempt& attempt, v1::Attempt& proto);
void ToProto(const std::string& project, const Delivery& delivery, v1::Delivery& proto);

}  // namespace hookd

#endif  // HOOKD_API_CONVERSION_DELIVERY_CONVERSION_H_
