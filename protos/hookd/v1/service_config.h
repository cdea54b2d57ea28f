// The gRPC service config for clients of hookd, for programs that have no files with them. Thread-safe.
#ifndef HOOKD_V1_SERVICE_CONFIG_H_
#define HOOKD_V1_SERVICE_CONFIG_H_

#include <string_view>

namespace hookd::v1 {

// service_config.json: which methods gRPC retries, and how. Lives for the whole process.
std::string_view ServiceConfigJson();

}  // namespace hookd::v1

#endif  // HOOKD_V1_SERVICE_CONFIG_H_
