// Addresses to listen on, as operators write them. Thread-safe; no state.
#ifndef HOOKD_BASE_HOST_AND_PORT_H_
#define HOOKD_BASE_HOST_AND_PORT_H_

#include "absl/strings/numbers.h"
#include "absl/strings/string_view.h"

namespace hookd {

// Whether it is one host and a port from 0 to 65535: "127.0.0.1:50051", "[::1]:0". What libraries make of
// anything else differs: a port that is cut to 16 bits, 443 for one that is missing, every host for none.
inline bool IsHostAndPort(absl::string_view address) {
  const size_t colon = address.rfind(':');
  int port = 0;
  return colon != absl::string_view::npos && colon > 0 &&
         address.find_first_of(", ") == absl::string_view::npos &&
         absl::SimpleAtoi(address.substr(colon + 1), &port) && port >= 0 && port <= 65535;
}

}  // namespace hookd

#endif  // HOOKD_BASE_HOST_AND_PORT_H_
