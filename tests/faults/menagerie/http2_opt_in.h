// How to start a hookd that speaks HTTP/2 to endpoints: with a newer libcurl than Debian 12's, if need be.
#ifndef HOOKD_TESTS_FAULTS_MENAGERIE_HTTP2_OPT_IN_H_
#define HOOKD_TESTS_FAULTS_MENAGERIE_HTTP2_OPT_IN_H_

#include <string>
#include <vector>

namespace hookd {

struct Http2OptIn {
  std::string reason;  // why it cannot be had here; empty if it can
  std::vector<std::string> flags;
  std::vector<std::string> environment;
};

// Found out once. May take as long as a download.
const Http2OptIn& GetHttp2OptIn();

}  // namespace hookd

#endif  // HOOKD_TESTS_FAULTS_MENAGERIE_HTTP2_OPT_IN_H_
