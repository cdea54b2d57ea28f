// The documented sample of each event type, for programs that have no files with them. Thread-safe.
#ifndef HOOKD_V1_SAMPLES_H_
#define HOOKD_V1_SAMPLES_H_

#include <string_view>

namespace hookd::v1 {

// samples/<type>.json: a hookd.v1.Event as protobuf JSON. `type` is a documented name such as `user_created`;
// empty if it is not one. Lives for the whole process.
std::string_view SampleEventJson(std::string_view type);

}  // namespace hookd::v1

#endif  // HOOKD_V1_SAMPLES_H_
