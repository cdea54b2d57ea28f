// The documented sample of each event type, compiled into the program. Thread-safe.
#ifndef HOOKD_V1_SAMPLES_H_
#define HOOKD_V1_SAMPLES_H_

#include <string_view>

namespace hookd::v1 {

// Returns samples/<type>.json: a hookd.v1.Event as protobuf JSON. `type` is a documented name such as
// `user_created`. Returns an empty view for an unknown type. The result is valid for the whole process.
std::string_view SampleEventJson(std::string_view type);

}  // namespace hookd::v1

#endif  // HOOKD_V1_SAMPLES_H_
